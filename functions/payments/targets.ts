import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { type Dues, DuesByReference } from "../billing/events.ts";
import type { Target } from "./spreading.ts";

/** Where money goes that names this reference; undefined where nobody has it. */
export async function targetOf(here: Here, reference: string): Promise<(Dues & Target) | undefined> {
  const found = await here.ask(DuesByReference, { reference }).catch(absentIsNone);
  if (!found) return undefined;
  const { accountId, beyond } = found;
  return { ...found, ...(beyond === "account" && accountId !== undefined ? { creditOf: accountId } : {}) };
}

/** What the dues seem to be, before the commit that decides. */
export const seemingly = ({ dues }: Target) => {
  const due = new Map(dues.map(({ billId, dueMinor }) => [billId, dueMinor]));
  return (billId: string) => due.get(billId) ?? 0;
};

/** Dues of one service go where that service is paid; those of several, where all may be. */
export function serviceOf({ kind, dues, currency, dueMinor }: Dues) {
  const kinds = new Set(dues.map((due) => due.kind));
  return { kind: kind === "account" && kinds.size === 1 ? [...kinds][0]! : kind, currency, dueMinor };
}

/** The account with whose other dues it is paid; what is nobody's, or an offer that lapses, is by no rule of one. */
export const accountOfDues = ({ accountId, beyond, rule }: Dues): string | undefined =>
  rule === 0 && beyond === "suspense" ? undefined : accountId;

/** Which of our dues a payment is for. */
export const subjectOf = ({ of, billId, accountId }: Dues) => ({
  ...(billId === undefined ? {} : { billId }),
  ...(of === "account" && accountId !== undefined ? { accountId } : {}),
});
