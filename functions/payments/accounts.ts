import { timingSafeEqual } from "node:crypto";
import { absent, Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { movable } from "../../shared/payable.ts";
import { fieldErrors } from "../../shared/room.ts";
import type { Item } from "../../shared/table.ts";
import { feeFor } from "./domain.ts";
import type { Connection, Rail } from "./rail.ts";
import { rails } from "./rails.ts";
import { Account, type NewAccount, type StripeAccount, type Way } from "./schema.ts";

// question                                   key
// one account of the city at a provider      pk PAYMENT_SETTINGS   sk ACCOUNT#<id>   (what it needs is sealed)
// what the provider gave when it was set up  pk PAYMENT_SETTINGS   sk SET_UP#<id>    (sealed)

/** The house's key at Stripe, by which the city pays for modules: nobody pays the city there. */
export const MARKETPLACE = "marketplace";

/** Its own root secret: only the functions that handle money can open it. */
const SEAL = "payments.account";
const PK = "PAYMENT_SETTINGS";
const key = (id: string) => ({ pk: PK, sk: `ACCOUNT#${id}` });
const setUpKey = (id: string) => ({ pk: PK, sk: `SET_UP#${id}` });

/** A synthetic city without an account of its own is paid by the house's stand-in. */
export const STAND_IN: Account = {
  id: "stand_in",
  rail: "stripe",
  name: "Card (stand-in)",
  kinds: [],
  fee: { basisPoints: 0, fixedMinor: 0, borneBy: "city" },
  isStandIn: true,
  isOpen: true,
};

const sealed = async (here: Here, settings: unknown) =>
  here.secrets.seal(SEAL, new TextEncoder().encode(JSON.stringify(settings)));
const opened = async (here: Here, item: Item | undefined): Promise<Record<string, unknown>> =>
  item?.["sealed"]
    ? JSON.parse(new TextDecoder().decode(await here.secrets.open(SEAL, item["sealed"] as Uint8Array)))
    : {};

export function railOf({ rail }: Pick<Account, "rail">): Rail {
  const found = rails.get(rail);
  if (!found) throw new Fault("unavailable", `This house is not connected to ${rail} yet.`);
  return found;
}

export async function accountsOf(here: Here): Promise<Account[]> {
  const { items } = await here.table.query({ pk: PK, beginsWith: "ACCOUNT#" });
  const own = items.map((item) => Account.parse(item["account"]));
  const hasStandIn = here.city.isSynthetic && here.settings.HANSA_STAND_INS !== undefined;
  return own.length === 0 && hasStandIn ? [STAND_IN] : own;
}

/** @throws {Fault} absent */
export async function accountOf(here: Here, id: string): Promise<Account> {
  // Of the house's own nothing is kept.
  const item = id === STAND_IN.id ? undefined : await here.table.getStanding(key(id));
  if (item) return Account.parse(item["account"]);
  const hasStandIn = here.city.isSynthetic && here.settings.HANSA_STAND_INS !== undefined;
  if (hasStandIn && (id === STAND_IN.id || id === MARKETPLACE)) return { ...STAND_IN, id };
  throw absent();
}

/**
 * @throws {Fault} invalid: what the rail cannot use, or a live key in a city whose people do not exist
 * @throws {ConditionFailed} somebody else changed it just then
 */
export async function keepAccount(here: Here, given: NewAccount, origin: string): Promise<Account> {
  const { settings, setUp, ...account } = given;
  const rail = rails.get(account.rail);
  if (!rail) throw invalid("#/rail", "This house is not connected to this provider yet.");
  if (account.id === STAND_IN.id) throw invalid("#/id", "This name is taken by the house.");
  if (account.isStandIn && !here.city.isSynthetic)
    throw invalid("#/isStandIn", "Only a synthetic city is paid by a stand-in.");
  const before = await here.table.get(key(account.id));
  if (before && Account.parse(before["account"]).rail !== account.rail)
    throw invalid("#/rail", "An account stays with its provider: make another one.");
  let kept: Uint8Array | undefined;
  if (settings !== undefined) {
    const read = rail.settings.safeParse(settings);
    if (!read.success)
      throw new Fault("invalid", "The account is not valid.", {
        errors: fieldErrors(read.error.issues).map(({ pointer, detail }) => ({
          pointer: pointer.replace(/^#/, "#/settings"),
          detail,
        })),
      });
    if (here.city.isSynthetic && rail.isLive(read.data))
      throw invalid("#/settings", "A synthetic city takes no real money: use a test key.");
    kept = await sealed(here, read.data);
  }
  if (!account.isStandIn && (kept ?? before?.["sealed"]) === undefined)
    throw invalid("#/settings", "The provider's keys are missing.");
  // Keys that are not given are left as they are, also where another gives new ones at this moment.
  await here.commit([
    {
      update: key(account.id),
      set: { account, origin, sealed: kept },
      if: before ? { account: before["account"] } : "absent",
    },
  ]);
  if (setUp && !account.isStandIn) {
    const connection = await connect(here, account, origin);
    if (!connection.setUp) throw invalid("#/setUp", "This provider cannot be asked: enter the address there.");
    await here.table.put({ ...setUpKey(account.id), sealed: await sealed(here, await connection.setUp()) });
  }
  return account;
}

/** The city's own account at Stripe, as one entry. @throws {Fault} invalid */
export async function keepStripe(here: Here, settings: StripeAccount, origin: string): Promise<void> {
  const main = { ...STAND_IN, id: "main", name: "Card", isStandIn: false };
  try {
    await keepAccount(here, { ...main, settings, setUp: false }, origin);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const errors = (error.members.errors ?? []).map(({ pointer, detail }) => ({
      pointer: pointer === "#/settings" ? "#/secretKey" : pointer.replace("#/settings", "#"),
      detail,
    }));
    throw new Fault(error.kind, error.message, { errors });
  }
}

/** The house's address, as it was when the account was entered. */
export async function enteredAt(here: Here, { id }: Account): Promise<string | undefined> {
  return (await here.table.getStanding(key(id)))?.["origin"] as string | undefined;
}

/** Nothing more is paid into it; what is under way is still heard of. */
export async function closeAccount(here: Here, id: string): Promise<void> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  const account = { ...Account.parse(item["account"]), isOpen: false };
  await here.commit([{ update: key(id), set: { account }, if: { account: item["account"] } }]);
}

const secretFor = async (here: Here, purpose: string, id: string): Promise<string> =>
  Buffer.from(await here.secrets.hmac(`payments.${purpose}`, `${here.city.slug} ${id}`)).toString("hex");

/** Where the provider calls back: it ends in a secret, as some providers sign nothing. */
export async function callbackPath(here: Here, { rail, id }: Account): Promise<string> {
  return here.url(`/webhooks/${rail}/${id}/${(await secretFor(here, "callback", id)).slice(0, 32)}`);
}

/** The account whose callback address this is. @throws {Fault} absent, whichever part of it is wrong */
export async function accountCalled(here: Here, rail: string, id: string, secret: string): Promise<Account> {
  const account = await accountOf(here, id);
  const wanted = Buffer.from((await callbackPath(here, account)).split("/").at(-1)!);
  const given = Buffer.from(secret);
  if (account.rail !== rail || given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw absent();
  return account;
}

/** @param more  settings that are not the account's own: on whose connected account a charge is made */
export async function connect(here: Here, account: Account, origin: string, more = {}): Promise<Connection> {
  const rail = railOf(account);
  const at = here.settings.HANSA_STAND_INS;
  if (account.isStandIn && (at === undefined || !here.city.isSynthetic))
    throw new Fault("unavailable", "There is no stand-in of this provider here.");
  const [item, done] = await Promise.all([
    account.isStandIn ? undefined : here.table.getStanding(key(account.id)),
    here.table.getStanding(setUpKey(account.id)),
  ]);
  const own = account.isStandIn
    ? (rail.standInSettings(await secretFor(here, "stand-in", account.id)) as Record<string, unknown>)
    : await opened(here, item);
  const platform = account.id === MARKETPLACE && rail.name === "stripe" ? { isPlatform: true } : {};
  const settings = rail.settings.parse({ ...own, ...(await opened(here, done)), ...platform, ...more });
  return rail.connect(settings, {
    now: () => here.clock.now(),
    callbackUrl: origin + (await callbackPath(here, account)),
    standIn: account.isStandIn ? (rail.name === "stripe" ? at : `${at}/${rail.name}`) : undefined,
  });
}

const registered = new Set<string>();

/** The same; a stand-in is first asked to call back here, once for each process. */
export async function connectFirst(here: Here, account: Account, origin: string, more = {}): Promise<Connection> {
  const connection = await connect(here, account, origin);
  if (!account.isStandIn || !connection.setUp) return connect(here, account, origin, more);
  const known = `${here.settings.HANSA_STAND_INS} ${origin}${await callbackPath(here, account)}`;
  if (registered.has(known)) return connect(here, account, origin, more);
  await here.table.put({ ...setUpKey(account.id), sealed: await sealed(here, await connection.setUp()) });
  registered.add(known);
  return connect(here, account, origin, more);
}

/**
 * By what this can be paid: the ways that are for this service, or else those that are for all. A way that cannot move
 * an odd remainder, such as three millimes, moves the least that it can instead, and what is over is credit.
 */
export async function waysFor(
  here: Here,
  due: { kind: string; currency: string; dueMinor: number },
  amountMinor: number,
  origin: string,
): Promise<Way[]> {
  const open = (await accountsOf(here)).filter(
    ({ id, isOpen, rail }) => isOpen && rails.has(rail) && id !== MARKETPLACE,
  );
  const isFor = ({ kinds }: Account) => (kinds as string[]).includes(due.kind);
  const own = new Set(open.filter(isFor).map(({ rail }) => rail));
  const fitting = open.filter((one) => isFor(one) || (one.kinds.length === 0 && !own.has(one.rail)));
  const ways: Way[] = [];
  for (const account of fitting) {
    try {
      ways.push(wayOf(account, due, amountMinor, await connect(here, account, origin)));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // The only way says itself why it cannot take this.
      if (fitting.length === 1) throw error;
    }
  }
  return ways;
}

/** @throws {Fault} invalid: this way cannot take it */
function wayOf(
  account: Account,
  { dueMinor, currency }: { dueMinor: number; currency: string },
  askedMinor: number,
  connection: Connection,
): Way {
  const { id, rail, name, fee } = account;
  const by = (amountMinor: number): Way => {
    const feeMinor = feeFor(fee, amountMinor, currency);
    const totalMinor = amountMinor + feeMinor;
    connection.takes(totalMinor, currency);
    return { account: id, rail, name, how: railOf(account).how, amountMinor, feeMinor, totalMinor, currency };
  };
  try {
    return by(askedMinor);
  } catch (error) {
    const overMinor = movable(askedMinor, currency) - askedMinor;
    if (!(error instanceof Fault) || askedMinor !== dueMinor || overMinor === 0) throw error;
    return { ...by(askedMinor + overMinor), overMinor };
  }
}

export type Mode = "stripe_live" | "stripe_test" | "live" | "test" | "stand_in" | "none";
export async function modeOf(here: Here): Promise<Mode> {
  const open = (await accountsOf(here)).filter(({ isOpen }) => isOpen);
  if (open.length === 0) return "none";
  for (const account of open) {
    if (account.isStandIn) continue;
    const rail = railOf(account);
    const settings = rail.settings.parse(await opened(here, await here.table.getStanding(key(account.id))));
    const mode = rail.isLive(settings) ? "live" : "test";
    return rail.name === "stripe" ? `stripe_${mode}` : mode;
  }
  return "stand_in";
}
