import type { Account, AccountChange, NewAccount } from "./schema.ts";

/** A new account. @param contact as `readContact` writes it */
export function openedAccount(order: NewAccount, id: string, contact: string | undefined, now: Date): Account {
  const { number, name, address, district } = order;
  return {
    id,
    number,
    name,
    ...(address ? { address } : {}),
    ...(district ? { district } : {}),
    ...(contact ? { contact } : {}),
    openedAt: now.toISOString(),
  };
}

export function changedAccount(
  account: Account,
  { name, address, district }: AccountChange,
  contact: string | undefined,
): Account {
  const { id, number, openedAt } = account;
  const where = { ...(address ? { address } : {}), ...(district ? { district } : {}) };
  return { id, number, name, ...where, ...(contact ? { contact } : {}), openedAt };
}

/** Is it the same order, sent again? */
export function sameAccount(a: Account, b: Account): boolean {
  const said = ({ number, name, address, district, contact }: Account) => [number, name, address, district, contact];
  return said(a).every((one, i) => one === said(b)[i]);
}
