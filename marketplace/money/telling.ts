import type { Here } from "../../shared/here.ts";
import type { Ran } from "../../shared/tasks.ts";
import { type PayoutStatement, payoutsAbout } from "../contract/payout-statement.ts";
import { HOUSE, type Invoice, type Payout } from "./schema.ts";
import { moneyStore } from "./store.ts";

type State = PayoutStatement["state"];

/** How the city's payment to one party stands. */
function standing(invoice: Invoice, payout: Payout | undefined): State {
  if (!payout) return "nothing_due";
  if (payout.state !== "owed") return payout.state;
  return invoice.state === "drawn" ? "drawn" : "approved";
}

/** What a party may know of an invoice: its own shares, or what it pays as a sponsor, and no other's. */
export function statementFor(here: Here, invoice: Invoice, party: string): PayoutStatement {
  const payout = invoice.payouts.find((one) => one.party === party);
  const lines = invoice.lines.flatMap(({ module, version, what, counted, netMinor, shares, sponsor }) => {
    const common = { module, version, what, counted, netMinor, ...(sponsor === undefined ? {} : { sponsor }) };
    return [
      ...shares
        .filter((share) => share.party === party)
        .map(({ role, amountMinor }) => ({ ...common, role, amountMinor })),
      ...(sponsor === party ? [{ ...common, role: "sponsor" as const, amountMinor: netMinor }] : []),
    ];
  });
  return {
    city: { slug: here.city.slug, name: here.city.name },
    ...{ month: invoice.month, currency: invoice.currency, lines },
    amountMinor: payout?.amountMinor ?? 0,
    state: standing(invoice, payout),
    ...(payout?.by ? { by: payout.by } : {}),
    ...(payout?.paidAt ? { paidAt: payout.paidAt } : {}),
    updatedAt: here.clock.now().toISOString(),
  };
}

export const partiesIn = ({ lines }: Invoice): string[] => [
  ...new Set(
    lines.flatMap(({ shares, sponsor }) => [...shares.map(({ party }) => party), ...(sponsor ? [sponsor] : [])]),
  ),
];

/** Tells the marketplace how a month stands with each party; the later word takes the place of the earlier. */
export async function tellParties(here: Here, month: string): Promise<Ran<object>> {
  const invoice = await moneyStore(here).get(month);
  for (const party of partiesIn(invoice).filter((one) => one !== HOUSE))
    await here.toMarket.put(
      payoutsAbout(party, month),
      Buffer.from(JSON.stringify(statementFor(here, invoice, party))),
    );
  return {};
}
