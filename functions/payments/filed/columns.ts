import type { Row } from "../../../shared/delimited.ts";
import { isCurrency } from "../../../shared/money.ts";

// Providers give files with columns in their own order and language, below lines that say whose file it is. A column
// is found by what it is called, in English or French; what is called otherwise, the treasurer names.

/** What is read of a file: one column each, but for fees. */
export const ROLES = [
  ...(["number", "date", "time", "amount", "credit", "debit", "currency"] as const),
  ...(["status", "type", "reference", "note"] as const),
] as const;
export type Role = (typeof ROLES)[number];
/** What the treasurer calls which column, as it stands in the file. */
export type Named = Partial<Record<Role, string>>;

export interface Columns {
  /** The line of the file that has the names. */
  line: number;
  names: string[];
  at: Partial<Record<Role, number>>;
  /** What is kept of money that comes, and of money that goes. */
  fees: { in: number[]; out: number[] };
  /** Whose wallet the money came to, and what else may be the number of a wallet: the payer's, or the city's own. */
  to: number | undefined;
  wallets: number[];
  /** The currency that the name of the amount's column says, as in `Amount (XOF)`. */
  currency?: string;
}

/** Under one name the first that is there counts. */
const NAMES: Record<Role, readonly string[]> = {
  number: [
    ...["transaction id", "financial transaction id", "id transaction", "id de transaction", "id de la transaction"],
    ...["identifiant de transaction", "identifiant transaction", "transaction number", "transaction no", "txn id"],
    ...["numero de transaction", "numero transaction", "n transaction", "n de transaction", "transaction reference"],
    ...["reference de transaction", "reference de la transaction", "reference transaction", "receipt no"],
    ...[
      "receipt number",
      "receipt",
      "numero de recu",
      "operation id",
      "id operation",
      "txnid",
      "id",
      "reference",
      "ref",
    ],
  ],
  date: [
    ...["completion time", "completion date", "completed at", "date and time", "date et heure", "date heure"],
    ...["transaction date", "date de transaction", "date de la transaction", "date transaction", "date operation"],
    ...["date d operation", "date de l operation", "creation date", "date de creation", "created at", "timestamp"],
    ...["transaction time", "date"],
  ],
  time: ["heure", "time", "heure de transaction", "heure transaction", "heure operation"],
  amount: [
    ...["transaction amount", "montant de la transaction", "montant transaction", "montant de l operation"],
    ...["montant operation", "amount", "montant", "value"],
  ],
  credit: ["credit", "paid in", "money in", "amount in", "montant credit", "credit amount", "entree", "entrees"],
  debit: ["debit", "withdrawn", "paid out", "money out", "amount out", "montant debit", "debit amount", "sortie"],
  currency: ["currency", "devise", "monnaie"],
  status: ["transaction status", "statut de la transaction", "status", "statut", "etat", "state"],
  type: [
    ...["transaction type", "type de transaction", "type transaction", "type d operation", "type operation"],
    ...["reason type", "type", "service", "operation"],
  ],
  reference: [
    ...["external id", "external transaction id", "external reference", "reference externe", "id externe"],
    ...["client reference", "client reference id", "reference client", "merchant reference", "reference marchand"],
    ...[
      "order id",
      "order number",
      "numero de commande",
      "a c no",
      "account no",
      "bill reference",
      "account reference",
    ],
  ],
  note: [
    ...["to message", "payee note", "message", "motif", "description", "narration", "libelle", "details", "detail"],
    ...["comment", "commentaire"],
  ],
};
const FEES = {
  in: ["fee", "fees", "frais", "commission", "commissions", "charge", "charges", "to fee", "to taxes"],
  out: ["fee", "fees", "frais", "commission", "commissions", "charge", "charges", "from fee", "from taxes"],
};
const WALLETS = ["account", "account number", "compte", "numero de compte", "n de compte"];

const NAME_MAX = 100;
/** A name without case, accents and signs: `N° de Compte` is `n de compte`, `transactionId` is `transaction id`. */
export const plainName = (name: string): string =>
  name
    .slice(0, NAME_MAX)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/\([^)]*\)/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** The names stand in one of so many first lines. */
export const HEAD_MAX = 40;

/**
 * The line with the columns' names, and which is which.
 * @param rows  the first of the file
 * @returns undefined: no line has a number, a date and an amount by their names
 */
export function columnsOf(rows: readonly Row[], named: Named = {}): Columns | undefined {
  for (const row of rows) {
    const found = columnsIn(row, named);
    if (isWhole(found)) return found;
  }
  return undefined;
}

const isWhole = ({ at }: Columns): boolean =>
  at.number !== undefined && at.date !== undefined && (at.amount ?? at.credit) !== undefined;

function columnsIn({ line, fields }: Row, named: Named): Columns {
  const plain = fields.map(plainName);
  const indexOf = (names: readonly string[]): number | undefined => {
    for (const name of names) {
      const index = plain.indexOf(name);
      if (index >= 0) return index;
    }
    return undefined;
  };
  const allOf = (names: readonly string[]) => plain.flatMap((name, i) => (names.includes(name) ? [i] : []));
  const at: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    const own = named[role];
    const index = own === undefined ? indexOf(NAMES[role]) : indexOf([plainName(own)]);
    if (index !== undefined) at[role] = index;
  }
  // Whoever says which column has the amount does not mean two others.
  if (named.amount !== undefined) for (const role of ["credit", "debit"] as const) if (!named[role]) delete at[role];
  if (named.credit !== undefined && named.amount === undefined) delete at.amount;
  // What tells a line apart is not what the payer typed.
  if (at.reference === at.number) delete at.reference;
  const money = at.amount ?? at.credit;
  // Where each amount has its currency beside it, the next one is meant.
  const beside = money === undefined ? -1 : plain.findIndex((name, i) => i > money && NAMES.currency.includes(name));
  if (named.currency === undefined && beside >= 0) at.currency = beside;
  const said = money === undefined ? undefined : /\(\s*([A-Z]{3})\s*\)/.exec(fields[money]!)?.[1];
  return {
    ...{ line, names: fields, at, to: indexOf(["to", "merchant account"]), wallets: allOf(WALLETS) },
    fees: { in: allOf(FEES.in), out: allOf(FEES.out) },
    ...(said !== undefined && isCurrency(said) ? { currency: said } : {}),
  };
}

/** Of a file whose columns are not found: what they may be called, so that somebody can say which is which. */
export function likelyNames(rows: readonly Row[]): string[] {
  const wordsIn = ({ fields }: Row) => fields.filter((field) => /\p{L}/u.test(field));
  let names: string[] = [];
  for (const row of rows) {
    const words = wordsIn(row);
    if (words.length > names.length) names = words;
  }
  return [...new Set(names.map((name) => name.slice(0, NAME_MAX)))].slice(0, 80);
}

/** What is not there of what a file must have. */
export function missing(rows: readonly Row[], named: Named): ("number" | "date" | "amount")[] {
  let best: Columns | undefined;
  const count = (columns: Columns) => Object.keys(columns.at).length;
  for (const row of rows) {
    const found = columnsIn(row, named);
    if (best === undefined || count(found) > count(best)) best = found;
  }
  const at = best?.at ?? {};
  return [
    ...(at.number === undefined ? (["number"] as const) : []),
    ...(at.date === undefined ? (["date"] as const) : []),
    ...((at.amount ?? at.credit) === undefined ? (["amount"] as const) : []),
  ];
}
