import { drawReference } from "../../shared/reference.ts";
import type { Account, AccountChange, NewAccount } from "./schema.ts";

/** A new account. @param contact as `readContact` writes it @param drawn chance for its reference */
export function openedAccount(
  order: NewAccount,
  id: string,
  contact: string | undefined,
  now: Date,
  drawn: string,
): Account {
  const { number, name, address, district, lang } = order;
  return {
    id,
    // Not from the account's own id: its opener may choose that, and ids of one moment follow one another.
    reference: drawReference(drawn, "A"),
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
  const { id, number, openedAt, reference } = account;
  const where = { ...(address ? { address } : {}), ...(district ? { district } : {}) };
  const drawn = reference ? { reference } : {};
  return { id, ...drawn, number, name, ...where, ...(contact ? { contact } : {}), ...(lang ? { lang } : {}), openedAt };
}

/** Is it the same order, sent again? */
export function sameAccount(a: Account, b: Account): boolean {
  const said = ["number", "name", "address", "district", "contact", "lang"] as const;
  return said.every((field) => a[field] === b[field]);
}
