import type { Account, AccountChange, NewAccount } from "./schema.ts";

/** A new account. @param contact as `readContact` writes it */
export function openedAccount(order: NewAccount, id: string, contact: string | undefined, now: Date): Account {
  const { number, name, address, district, lang } = order;
  return {
    id,
    number,
    name,
    ...(address ? { address } : {}),
    ...(district ? { district } : {}),
    ...(contact ? { contact } : {}),
    ...(lang ? { lang } : {}),
    openedAt: now.toISOString(),
  };
}

export function changedAccount(
  account: Account,
  { name, address, district, lang }: AccountChange,
  contact: string | undefined,
): Account {
  const { id, number, openedAt } = account;
  const where = { ...(address ? { address } : {}), ...(district ? { district } : {}) };
  return { id, number, name, ...where, ...(contact ? { contact } : {}), ...(lang ? { lang } : {}), openedAt };
}

/** Is it the same order, sent again? */
export function sameAccount(a: Account, b: Account): boolean {
  const said = ["number", "name", "address", "district", "contact", "lang"] as const;
  return said.every((field) => a[field] === b[field]);
}
