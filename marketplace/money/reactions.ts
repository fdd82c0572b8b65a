import { PayoutBooked, PayoutsDecided } from "../../functions/bank/events.ts";
import { BillRelieved } from "../../functions/billing/events.ts";
import {
  ChargeHeard,
  CreditReturned,
  DisputeLost,
  PaymentSettled,
  PaymentUndone,
  RefundApproved,
  RefundFailed,
} from "../../functions/payments/events.ts";
import { CaseMoved } from "../../functions/procedures/events.ts";
import { on, type Reaction } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { PartsChanged } from "../installs/events.ts";
import { isActive } from "../installs/life.ts";
import { offered } from "../installs/market.ts";
import { installStore } from "../installs/store.ts";
import { moduleOfCase, termsOf, usedWrites } from "./counting.ts";
import { changed } from "./deciding.ts";
import { move } from "./domain.ts";
import { drawPlanned } from "./drawing.ts";
import { cardSaid, settle, unchosen } from "./paying.ts";
import type { Payout } from "./schema.ts";
import { billLooked, sponsorRelieved } from "./sponsor-bills.ts";
import { moneyStore, serviceWrite } from "./store.ts";

/** Of an account of what is owed its invoice and to whom; undefined: another room's. */
function payableIn(account: string): { invoice: string; party: string } | undefined {
  const [kind, invoice, party] = account.split(":");
  return kind === "payable" && invoice && party ? { invoice, party } : undefined;
}

/** Something happened to bills of the city's: one of them may be a sponsor's, or what is given back of a credit note. */
const billHeard = async (here: Here, { data: { billId } }: { data: { billId?: string | undefined } }) => {
  if (billId !== undefined) await billLooked(here, billId);
  return [];
};

export const reactions: Reaction[] = [
  // From when on which price counts. What is free leaves a line too: it may take the place of what was not.
  on(PartsChanged, async (here, { data: { installId, module, version, digest }, time, sequence = 0 }) => {
    const store = moneyStore(here);
    const terms = version === undefined || digest === undefined ? undefined : await termsServed();
    const before = (await store.services()).filter((one) => one.installId === installId);
    // Of a module that never cost anything nothing is kept.
    if (terms === undefined && before.length === 0) return [];
    const service = serviceWrite({ installId, at: time, revision: sequence, terms });
    return terms === undefined ? [service] : [service, await drawPlanned(here, new Date(time))];

    async function termsServed(): Promise<string | undefined> {
      const installs = installStore(here);
      const install = await installs.find(module);
      const opened =
        install?.digest === digest ? await installs.opened(install!) : await offered(here, module, version);
      return termsOf(opened.module);
    }
  }),

  // Each application is one use, when it is handed in.
  on(CaseMoved, async (here, fact) => {
    const module = moduleOfCase(fact);
    const installs = installStore(here);
    const install = module === undefined ? undefined : await installs.find(module);
    if (!install || !isActive(install)) return [];
    return usedWrites(here, install.id, (await installs.opened(install)).module, fact.data.caseId);
  }),

  // The bank's second person agreed, or refused: then the treasurer chooses anew. Of an order that was asked for while its
  // treasurer's page was lost it is the same, as the ledger lets what is owed leave once.
  on(PayoutsDecided, async (here, { data: { orderId, isAgreed, accounts } }) => {
    const parties = accounts.map(payableIn).filter((one) => one !== undefined);
    const invoice = parties[0] && (await moneyStore(here).find(parties[0].invoice));
    if (!invoice) return [];
    if (isAgreed && (invoice.state === "paying" || invoice.state === "approved")) {
      const paying = invoice.state === "paying" ? invoice : move({ ...invoice, rail: "transfer" }, "paying");
      const isIn = (payout: Payout) => payout.state === "owed" && parties.some(({ party }) => party === payout.party);
      const payouts = invoice.payouts.map(
        (one): Payout => (isIn(one) ? { ...one, by: "bank", state: "ordered" } : one),
      );
      return changed(here, { ...paying, orderId, payouts }).writes;
    }
    if (isAgreed || invoice.state !== "paying" || invoice.orderId !== orderId) return [];
    return changed(here, unchosen(invoice)).writes;
  }),

  // The bank's statement has the last word on what was paid.
  on(PayoutBooked, async (here, { data: { account } }, seen) => {
    const of = payableIn(account);
    const invoice = of && (await moneyStore(here).find(of.invoice));
    if (!of || invoice?.state !== "paying") return [];
    await settle(here, invoice, [of.party], undefined, [seen]);
    return undefined;
  }),

  // The provider's signed word on a charge that the city opened: a second witness beside asking.
  on(ChargeHeard, async (here, { data: { id, connectedAccount, sessionId, ...word } }, seen) => {
    const isIt = ({ card }: Payout) =>
      card?.id === id && card.account === connectedAccount && card.sessionId === sessionId;
    const invoice = (await moneyStore(here).latest()).find(({ payouts }) => payouts.some(isIt));
    if (!invoice) return [];
    await cardSaid(here, invoice, invoice.payouts.find(isIt)!.party, word, [seen]);
    return undefined;
  }),

  ...[on(PaymentSettled, billHeard), on(RefundApproved, billHeard), on(RefundFailed, billHeard)],
  ...[on(DisputeLost, billHeard), on(PaymentUndone, billHeard), on(CreditReturned, billHeard)],
  on(BillRelieved, async (here, { data: { billId, amountMinor } }, seen) => {
    await sponsorRelieved(here, billId, amountMinor, seen);
    return undefined;
  }),
];
