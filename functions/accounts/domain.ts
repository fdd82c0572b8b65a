import type { Account, AccountChange, NewAccount } from "./schema.ts";

/** A new account. @param contact as `readContact` writes it */
export function openedAccount(order: NewAccount, id: string, contact: string | undefined, now: Date): Account {
  const { number, name, address } = order;
  return {
    id,
    number,
    name,
    ...(address ? { address } : {}),
    ...(contact ? { contact } : {}),
    openedAt: now.toISOString(),
  };
}

export function changedAccount(
  account: Account,
  { name, address }: AccountChange,
  contact: string | undefined,
): Account {
  const { id, number, openedAt } = account;
  return { id, number, name, ...(address ? { address } : {}), ...(contact ? { contact } : {}), openedAt };
}

/** Is it the same order, sent again? */
export function sameAccount(a: Account, b: Account): boolean {
  return a.number === b.number && a.name === b.name && a.address === b.address && a.contact === b.contact;
}
