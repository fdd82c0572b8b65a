import type { Context } from "hono";
import { z } from "zod";
import { latinDigits } from "../../shared/amounts.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { CityEnv } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { accountIdOf } from "../accounts/events.ts";
import { KEEPERS, RULERS } from "./api.ts";
import { vendingStaffTexts } from "./staff-texts.ts";
import type { StaffShown } from "./staff-views.tsx";
import { vendingTexts } from "./texts.ts";
import type { Mistake } from "./views.tsx";

export const Fields = z.record(z.string().max(40), z.string().max(200));
export type Fields = z.infer<typeof Fields>;

export const shown = (c: Context<CityEnv>): StaffShown => {
  const { here, lang, csrf, who } = c.var;
  const has = (roles: readonly string[]) => who.kind === "person" && who.roles.some((role) => roles.includes(role));
  return {
    ...{ here, lang, csrf },
    t: vendingTexts.in(lang),
    st: vendingStaffTexts.in(lang),
    mayKeep: has(KEEPERS),
    mayRule: has(RULERS),
    me: whoId(who),
  };
};
export const crumbs = (s: StaffShown, ...more: [string, string][]): [string, string][] => [
  [s.st("staff"), s.here.url("/staff")],
  ...more,
];
export const hub = (s: StaffShown): [string, string] => [s.st("title"), s.here.url("/staff/prepaid")];

/** Mistakes by the form's fields: of `#/key/baseYear` the field is `baseYear`. */
export function mistakesOf(error: unknown, names: Record<string, string> = {}): Mistake[] {
  if (!(error instanceof Fault) || !["invalid", "conflict", "forbidden"].includes(error.kind)) throw error;
  const { errors = [] } = error.members;
  if (errors.length === 0) return [{ field: "", detail: error.message }];
  return errors.map(({ pointer, detail }) => {
    const field = pointer.split("/").at(-1) ?? "";
    return { field: names[field] ?? field, detail };
  });
}

export const whole = (typed: string | undefined): number | undefined => {
  const text = latinDigits(typed ?? "");
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
};
/** `12.5` as 125, at most so many decimals. */
export function scaled(typed: string | undefined, places: number, field: string): number {
  const text = latinDigits(typed ?? "0").replace(",", ".");
  const [, digits, rest = ""] = /^([0-9]{1,6})(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (digits === undefined || rest.length > places)
    throw invalid(`#/${field}`, `A number with at most ${places} decimals.`);
  return Number(digits + rest.padEnd(places, "0"));
}
export const keyOf = ({ supplyGroup, keyRevision, tariffIndex, baseYear }: Fields) => ({
  supplyGroup: latinDigits(supplyGroup ?? ""),
  keyRevision: whole(keyRevision),
  tariffIndex: latinDigits(tariffIndex ?? ""),
  baseYear: whole(baseYear),
});
/** The customer's account, as a clerk names it. @throws {Fault} invalid */
export async function account(here: Here, { account: typed }: Fields): Promise<{ accountId?: string }> {
  if (!typed) return {};
  const accountId = await accountIdOf(here, typed);
  if (accountId === undefined) throw invalid("#/account", "There is no account, or more than one, that is named so.");
  return { accountId };
}
