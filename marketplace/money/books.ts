import type { Transfer } from "../../shared/ledger.ts";
import { partsOf, sum } from "./lines.ts";
import type { CreditNote, Invoice, Line } from "./schema.ts";

// How invoices and credit notes stand in the books. What is owed to somebody is an account of its invoice; one that is
// below nothing is what they owe the city, until a later invoice or a bill takes it.

const VAT = "vat";
/** Where billing books what other rooms ask for: what sponsors pay, and what is given back by a bill. */
export const BILLED = "revenue:other";

export const costsOf = (module: string): string => `module_costs:${module.replace("/", ":")}`;
export const payableTo = (invoice: string, party: string): string => `payable:${invoice}:${party}`;
/** Which invoice a credit note is of: its number says it. */
export const invoiceOf = (note: string): string => note.slice(0, note.lastIndexOf("-C"));

type Booked = Pick<Invoice, "lines" | "offsets">;
const NOTHING: Booked = { lines: [], offsets: [] };
interface Move {
  debit: string;
  credit: string;
  amountMinor: number;
}

/** What modules cost and to whom that is owed, and what is not owed because it was credited. */
function movesOf({ id, payer }: Pick<Invoice, "id" | "payer">, { lines, offsets }: Booked): Map<string, Move> {
  const moves = new Map<string, Move>();
  const add = (debit: string, credit: string, amountMinor: number) => {
    const key = `${debit} ${credit}`;
    moves.set(key, { debit, credit, amountMinor: (moves.get(key)?.amountMinor ?? 0) + amountMinor });
  };
  for (const line of lines) {
    if (line.sponsor !== payer) continue;
    for (const { party, amountMinor } of partsOf(line)) add(costsOf(line.module), payableTo(id, party), amountMinor);
    if (line.tax.kind === "reverse_charge") add(costsOf(line.module), VAT, line.taxMinor);
  }
  for (const { note, party, amountMinor } of offsets)
    add(payableTo(id, party), payableTo(invoiceOf(note), party), amountMinor);
  return moves;
}

/** The transfers that take the books from the one to the other: of a new invoice all, of a credit the difference. */
export function transfersOf(
  invoice: Pick<Invoice, "id" | "payer" | "currency">,
  before: Booked = NOTHING,
  after: Booked = NOTHING,
): Transfer[] {
  const [from, to] = [movesOf(invoice, before), movesOf(invoice, after)];
  const { currency, id: memo } = invoice;
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((key): Transfer[] => {
    const { debit, credit } = (to.get(key) ?? from.get(key))!;
    const difference = (to.get(key)?.amountMinor ?? 0) - (from.get(key)?.amountMinor ?? 0);
    if (difference === 0) return [];
    const sides = difference > 0 ? { debit, credit } : { debit: credit, credit: debit };
    return [{ ...sides, amountMinor: Math.abs(difference), currency, code: "module_invoice", memo }];
  });
}

/** What a granted credit note takes back: of each what they got, and of the city's own tax its part. */
export function creditTransfers(
  { number, invoice, currency, back, taxMinor }: CreditNote,
  { module, tax }: Pick<Line, "module" | "tax">,
): Transfer[] {
  const credit = costsOf(module);
  const of = { credit, currency, code: "module_credit", memo: number };
  const own = tax.kind === "reverse_charge" && taxMinor > 0 ? [{ ...of, debit: VAT, amountMinor: taxMinor }] : [];
  return [...back.map(({ party, amountMinor }) => ({ ...of, debit: payableTo(invoice, party), amountMinor })), ...own];
}

/** What a note still has to take from one party. */
export const leftOf = ({ amountMinor, offsetMinor, bill }: CreditNote["back"][number]): number =>
  bill ? 0 : amountMinor - offsetMinor;
export const leftIn = ({ back }: Pick<CreditNote, "back">): number => sum(back.map(leftOf));
