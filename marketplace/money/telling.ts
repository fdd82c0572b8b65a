import type { Here } from "../../shared/here.ts";
import type { Ran } from "../../shared/tasks.ts";
import { type PayoutStatement, payoutsAbout } from "../contract/payout-statement.ts";
import { partsOf } from "./lines.ts";
import { type CreditNote, HOUSE, type Invoice, type Line, type Payout } from "./schema.ts";
import { moneyStore } from "./store.ts";

type State = PayoutStatement["state"];

/** How the payment to one party of one invoice stands. */
function standing(invoice: Invoice | undefined, payout: Payout | undefined): State {
  if (invoice?.state === "awaiting") return "awaiting";
  if (!invoice || !payout) return "nothing_due";
  if (payout.state !== "owed") return payout.state;
  return invoice.state === "drawn" ? "drawn" : "approved";
}

const paymentOf = (invoice: Invoice | undefined, party: string) => {
  const payout = invoice?.payouts.find((one) => one.party === party);
  return {
    amountMinor: payout?.amountMinor ?? 0,
    state: standing(invoice, payout),
    ...(payout?.by ? { by: payout.by } : {}),
    ...(payout?.paidAt ? { paidAt: payout.paidAt } : {}),
  };
};

/** A line as one party may see it: its own shares, with the tax that it charges, or what it pays as a sponsor. */
function lineFor(line: Line, party: string): PayoutStatement["lines"] {
  const { module, version, what, counted, netMinor, shares, sponsor, tax, taxMinor } = line;
  const common = { module, version, what, counted, netMinor, ...(sponsor === undefined ? {} : { sponsor }) };
  const ofSeller = { taxMinor, tax: tax.kind };
  return [
    ...shares
      .filter((share) => share.party === party)
      .map(({ role, amountMinor }) => ({
        ...{ ...common, role, amountMinor },
        ...(role === "publisher" ? ofSeller : {}),
      })),
    ...(sponsor === party ? [{ ...common, ...ofSeller, role: "sponsor" as const, amountMinor: netMinor }] : []),
  ];
}

/** What a party may know of a month's invoices and their credit notes: its own part, and no other's. */
export function statementFor(
  here: Here,
  month: string,
  invoices: readonly Invoice[],
  notes: readonly CreditNote[],
  party: string,
): PayoutStatement {
  const own = invoices.find(({ payer }) => payer === undefined);
  const sponsored = invoices.filter(
    ({ payer, lines }) => payer !== undefined && lines.some((line) => isIn(line, party)),
  );
  const path = (reference: string | undefined) =>
    reference === undefined ? {} : { reference, path: here.url(`/pay?${new URLSearchParams({ reference })}`) };
  return {
    city: { slug: here.city.slug, name: here.city.name },
    ...{ month, currency: here.city.currency },
    lines: invoices.flatMap(({ lines }) => lines.flatMap((line) => lineFor(line, party))),
    ...paymentOf(own, party),
    sponsored: sponsored.map((invoice) => ({ sponsor: invoice.payer!, ...paymentOf(invoice, party) })),
    bills: invoices.flatMap(({ id, payer, bill }) =>
      payer === party && bill
        ? [
            {
              ...{ invoice: id, amountMinor: bill.amountMinor, dueOn: bill.dueOn, ...path(bill.reference) },
              isPaid: bill.paidAt !== undefined,
            },
          ]
        : [],
    ),
    credits: notes.flatMap(({ number, cause, state, back }) =>
      back
        .filter((one) => state === "granted" && one.party === party)
        .map(({ amountMinor, offsetMinor, bill }) => ({
          ...{ number, cause, amountMinor, offsetMinor, ...path(bill?.reference) },
          isGivenBack: offsetMinor === amountMinor || bill?.paidAt !== undefined,
        })),
    ),
    updatedAt: here.clock.now().toISOString(),
  };
}

const isIn = (line: Line, party: string): boolean => partsOf(line).some((one) => one.party === party);

export const partiesIn = ({ lines }: Pick<Invoice, "lines">): string[] => [
  ...new Set(
    lines.flatMap(({ shares, sponsor }) => [...shares.map(({ party }) => party), ...(sponsor ? [sponsor] : [])]),
  ),
];

/**
 * Tells the marketplace how a month stands with each party of it; the later word takes the place of the earlier.
 * @param id  of an invoice; what is told is of all of its month
 */
export async function tellParties(here: Here, id: string): Promise<Ran<object>> {
  const store = moneyStore(here);
  const month = id.slice(0, 7);
  const invoices = await store.ofMonth(month);
  const notes = (await Promise.all(invoices.map((invoice) => store.notesOf(invoice.id)))).flat();
  const parties = new Set(invoices.flatMap(partiesIn));
  parties.delete(HOUSE);
  for (const party of parties)
    await here.toMarket.put(
      payoutsAbout(party, month),
      Buffer.from(JSON.stringify(statementFor(here, month, invoices, notes, party))),
    );
  return {};
}
