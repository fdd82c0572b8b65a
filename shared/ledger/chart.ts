/** The kinds of accounts, by the word before the first colon of an account's name, and the side that they stand on. */
export type Side = "debit" | "credit";
export interface AccountKind {
  /** What kind of figure it is in the books. */
  is: "asset" | "liability" | "income" | "expense";
  /** The side that makes it grow. A balance here is debits less credits: below 0 where the normal side is credit. */
  normal: Side;
}

const asset: AccountKind = { is: "asset", normal: "debit" };
const liability: AccountKind = { is: "liability", normal: "credit" };
const income: AccountKind = { is: "income", normal: "credit" };
const expense: AccountKind = { is: "expense", normal: "debit" };

export const KINDS: Readonly<Record<string, AccountKind>> = {
  /** Of a bill: what its customer owes. */
  due: asset,
  /** What a payment provider holds for the city. */
  provider: asset,
  bank: asset,
  cash: asset,
  /** Between a till and the bank, and between the bank and who is paid out. */
  in_transit: asset,
  /** What a bank took that nobody here ordered. */
  unexplained: asset,
  /** Of a payment: what its provider took back until a dispute is decided. */
  disputed: asset,
  /** A customer's money that is not matched to a bill yet. */
  credit: liability,
  /** Money that nobody could match. */
  suspense: liability,
  refunds_owed: liability,
  /** Of an invoice to the city: what it owes to whom. */
  payable: liability,
  vat: liability,
  revenue: income,
  fees: expense,
  /** What modules of the marketplace cost. */
  module_costs: expense,
  written_off: expense,
  /** What a lost dispute took of a payment that had been given back already. */
  dispute_losses: expense,
  /** What a count lacked; what it found too much stands against it. */
  cash_difference: expense,
  /** What lay at a bank before its first statement. */
  opening_balance: liability,
};

/** The kind of an account, or undefined for a word that the chart does not know. */
export const kindOf = (account: string): AccountKind | undefined => KINDS[account.split(":", 1)[0] as string];

/** A balance as its own side reads it: above 0 is usual, below 0 is worth a look. An unknown kind is read as debit. */
export const onNormalSide = (account: string, balanceMinor: number): number =>
  kindOf(account)?.normal === "credit" ? 0 - balanceMinor : balanceMinor;
