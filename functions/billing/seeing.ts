import type { Context } from "hono";
import { absent } from "../../shared/errors.ts";
import type { CityEnv } from "../../shared/room.ts";
import { type AccountFacts, AccountsOf } from "../accounts/events.ts";

// Who sees what of bills and accounts: staff all, residents what their own contacts are of.

export const READERS = ["agent", "treasurer", "administrator"] as const;
export const READ = "scope:billing.bills:read";

export const hasRole = ({ var: { who } }: Context<CityEnv>, ...roles: readonly string[]): boolean =>
  who.kind === "person" && who.roles.some((role) => roles.includes(role));

export const isStaff = (c: Context<CityEnv>): boolean => c.var.who.kind === "program" || hasRole(c, ...READERS);

export async function myAccounts(c: Context<CityEnv>): Promise<AccountFacts[]> {
  const { here, who } = c.var;
  return who.kind === "person" ? here.ask(AccountsOf, { contacts: who.contacts }) : [];
}

/** Another's account is as absent as one that is not there. @throws {Fault} absent */
export async function mustSee(c: Context<CityEnv>, accountId: string): Promise<void> {
  if (isStaff(c)) return;
  if (!(await myAccounts(c)).some(({ id }) => id === accountId)) throw absent();
}
