import type { Context } from "hono";
import { absent } from "../../shared/errors.ts";
import { faults } from "../../shared/http.ts";
import { type CityEnv, needs, secured } from "../../shared/room.ts";
import type { Needed, Role, Who } from "../../shared/who.ts";
import { AccountsOf } from "../accounts/events.ts";

// Who may do what in this room.

export const STAFF = ["agent", "treasurer", "administrator"] as const;
/** Who keeps rolls. */
export const KEEPERS = ["agent", "administrator"] as const;
/** Who proposes and approves what becomes money. */
export const MONEY = ["treasurer", "administrator"] as const;

export const SCOPES = {
  readRolls: "scope:assessment.rolls:read",
  writeRolls: "scope:assessment.rolls:write",
  readAssessments: "scope:assessment.assessments:read",
  writeDues: "scope:assessment.dues:write",
} as const;

/** The guard of a route, and its contract's side. */
export const guarded = (...needed: Needed[]) => ({ middleware: needs(...needed), ...secured(...needed) });
export const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");

export const has = (who: Who, roles: readonly Role[]): boolean =>
  who.kind === "person" && who.roles.some((role) => roles.includes(role));
export const isStaff = (who: Who): boolean => who.kind === "program" || has(who, STAFF);

export async function myAccounts({ var: { here, who } }: Context<CityEnv>): Promise<{ id: string; number: string }[]> {
  return who.kind === "person" ? here.ask(AccountsOf, { contacts: who.contacts }) : [];
}

/** @throws {Fault} absent: an account that is not one's own is as absent as one that is not there */
export async function ownAccounts(c: Context<CityEnv>, asked: string | undefined): Promise<string[]> {
  const mine = (await myAccounts(c)).map(({ id }) => id);
  if (asked !== undefined && !mine.includes(asked)) throw absent();
  return asked === undefined ? mine : [asked];
}
