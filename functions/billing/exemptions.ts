import { isDeepStrictEqual } from "node:util";
import { absent, absentIsNone, Fault, invalid } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { AccountById } from "../accounts/events.ts";
import type { Terms } from "./charging.ts";
import { ExemptionDecided } from "./events.ts";
import type { Metered } from "./schema.ts";
import { Exemption, type NewExemption, type ServiceKind } from "./terms-schema.ts";

// question                          key
// one exemption                     pk     EXEMPTION#<id>              sk     EXEMPTION
// those to decide, those decided    gsi1pk EXEMPTIONS#<asked | done>   gsi1sk <askedAt>#<id>
// what an account is granted        pk     EXEMPT#<account>            sk     EXEMPT   (gsi1 EXEMPT_ACCOUNTS / <account>)
const key = (id: string) => ({ pk: `EXEMPTION#${id}`, sk: "EXEMPTION" });
const grantedKey = (accountId: string) => ({ pk: `EXEMPT#${accountId}`, sk: "EXEMPT" });
const LISTS = { asked: "EXEMPTIONS#asked", done: "EXEMPTIONS#done" } as const;
/** So many that were approved does one account have, over all its years. */
const GRANTED_MAX = 60;

const itemOf = (exemption: Exemption): Item => ({
  ...key(exemption.id),
  gsi1pk: exemption.state === "asked" ? LISTS.asked : LISTS.done,
  gsi1sk: `${exemption.askedAt}#${exemption.id}`,
  state: exemption.state,
  exemption,
});
const exemptionIn = (item: Item): Exemption => Exemption.parse(item["exemption"]);

/** @throws {Fault} absent */
export async function exemptionOf(here: Here, id: string): Promise<Exemption> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  return exemptionIn(item);
}

export async function exemptionList(here: Here, at: { limit: number; cursor?: string | undefined; isDone?: boolean }) {
  const { isDone, ...page } = at;
  const pk = LISTS[isDone ? "done" : "asked"];
  const { items, cursor } = await here.table.query({ pk, index: "gsi1", reverse: true, ...page });
  return { exemptions: items.map(exemptionIn), ...(cursor ? { next: cursor } : {}) };
}

export async function* exemptionItems({ table }: Here): AsyncIterable<Item> {
  for (const pk of [...Object.values(LISTS), "EXEMPT_ACCOUNTS"]) yield* table.all({ pk, index: "gsi1" });
}

interface Granted {
  exemptions: Exemption[];
  version: number;
}
const NONE: Granted = { exemptions: [], version: 0 };
const grantedIn = (item: Item): Granted => ({
  exemptions: Exemption.array().parse(item["granted"]),
  version: Number(item["version"]),
});
async function grantedTo({ table }: Here, accountId: string): Promise<Granted> {
  const item = await table.get(grantedKey(accountId));
  return item ? grantedIn(item) : NONE;
}
const grantedWrite = (accountId: string, before: Granted, granted: readonly Exemption[]): Write => ({
  put: {
    ...grantedKey(accountId),
    gsi1pk: "EXEMPT_ACCOUNTS",
    gsi1sk: accountId,
    granted,
    version: before.version + 1,
  },
  if: before.version === 0 ? "absent" : { version: before.version },
});

/** What these accounts are granted, by account. */
export async function grantedToAll(
  { table }: Here,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Exemption[]>> {
  const found = await table.getMany([...new Set(accountIds)].map(grantedKey));
  return new Map(found.map((item) => [item.pk.slice("EXEMPT#".length), grantedIn(item).exemptions]));
}

/** What holds for the bill of this service, meter and month. */
export function termsOf(
  granted: readonly Exemption[],
  { kind, meterId, month }: { kind: ServiceKind; meterId?: string; month: string },
): Terms & Pick<Metered, "social"> {
  const here = granted.filter(
    (one) =>
      one.fromMonth <= month &&
      (one.toMonth === undefined || one.toMonth >= month) &&
      (one.kind === undefined || one.kind === kind) &&
      (one.meterId === undefined || one.meterId === meterId),
  );
  const social = here.find(({ what }) => what === "social_tariff");
  return {
    ...(social ? { isSocial: true, social: { exemptionId: social.id, reason: social.reason } } : {}),
    exempted: here.flatMap(({ id, what, basisPoints, reason }) =>
      what === "social_tariff" ? [] : [{ exemptionId: id, of: what, basisPoints, reason }],
    ),
  };
}

type Scope = Pick<Exemption, "what" | "kind" | "meterId" | "fromMonth" | "toMonth">;
/** Do two grant the same for one bill? Both then would be taken off, or one silently left out. */
export const overlap = (a: Scope, b: Scope): boolean =>
  a.what === b.what &&
  (a.kind === undefined || b.kind === undefined || a.kind === b.kind) &&
  (a.meterId === undefined || b.meterId === undefined || a.meterId === b.meterId) &&
  a.fromMonth <= (b.toMonth ?? "9999-12") &&
  b.fromMonth <= (a.toMonth ?? "9999-12");

function checkOverlap(granted: readonly Exemption[], one: Scope): void {
  const other = granted.find((each) => overlap(each, one));
  if (!other) return;
  const detail = `The account has this from ${other.fromMonth} to ${other.toMonth ?? "further notice"} already.`;
  throw new Fault("conflict", detail, { errors: [{ pointer: "#/fromMonth", detail }] });
}

/**
 * Asks that an account be exempt, or billed by the social tariff. Nothing changes before somebody else approves it.
 * @throws {Fault} invalid: no such account or meter; conflict: it has this already, or the id is another's
 */
export async function askExemption(
  here: Here,
  asks: NewExemption,
  by: string,
): Promise<{ created: boolean; exemption: Exemption }> {
  const account = await here.ask(AccountById, { accountId: asks.accountId }).catch(absentIsNone);
  if (!account) throw invalid("#/accountId", "No account has this id.");
  if (asks.meterId !== undefined && !account.meterIds.includes(asks.meterId))
    throw invalid("#/meterId", "This is no meter of the account.");
  checkOverlap((await grantedTo(here, asks.accountId)).exemptions, asks);
  const now = here.clock.now();
  const exemption = Exemption.parse({
    ...asks,
    id: asks.id ?? newId("exm", now),
    state: "asked",
    askedBy: by,
    askedAt: now.toISOString(),
  });
  const put = await here.table.putIfAbsent(itemOf(exemption));
  const kept = exemptionIn(put.item);
  const what = ({ state: _s, askedBy: _b, askedAt: _a, decidedBy: _d, decidedAt: _t, ...asked }: Exemption) => asked;
  if (!put.created && !isDeepStrictEqual(what(kept), what(exemption)))
    throw new Fault("conflict", "There is another exemption under this id.");
  return { created: put.created, exemption: kept };
}

const decidedAlready = () =>
  new Fault("conflict", "This was decided, or the account's exemptions changed: look again.");

/**
 * The second pair of eyes. Bills that are issued from here on follow it; what was issued before stays.
 * @throws {Fault} absent; forbidden: the same person; conflict: decided already, or it overlaps with another
 */
export async function decideExemption(here: Here, id: string, to: "approved" | "refused", by: string) {
  const exemption = await exemptionOf(here, id);
  if (exemption.state !== "asked") throw new Fault("conflict", `This is ${exemption.state}.`);
  if (to === "approved" && exemption.askedBy === by)
    throw new Fault("forbidden", "Who asked for it cannot approve it.");
  const decidedAt = here.clock.now().toISOString();
  const after: Exemption = { ...exemption, state: to, decidedBy: by, decidedAt };
  const writes: Write[] = [{ put: itemOf(after), if: { state: "asked" } }];
  const { accountId, what } = after;
  if (to === "approved") {
    const before = await grantedTo(here, accountId);
    checkOverlap(before.exemptions, after);
    if (before.exemptions.length >= GRANTED_MAX)
      throw new Fault("conflict", `An account has at most ${GRANTED_MAX} exemptions.`);
    writes.push(grantedWrite(accountId, before, [...before.exemptions, after]));
  }
  return committed(here, writes, after, told(ExemptionDecided, id, { exemptionId: id, accountId, what, to, by }));
}

/**
 * Ends one sooner than was decided: this month is its last.
 * @throws {Fault} absent; conflict: it was never approved; invalid: later than was decided, or before it began
 */
export async function endExemption(here: Here, id: string, toMonth: string, by: string): Promise<Exemption> {
  const { accountId, what, state } = await exemptionOf(here, id);
  // As the account has it, whose version guards the write: another may have ended it at this moment.
  const before = await grantedTo(here, accountId);
  const exemption = before.exemptions.find((one) => one.id === id);
  if (!exemption) throw new Fault("conflict", `This is ${state}: there is nothing to end.`);
  if (toMonth < exemption.fromMonth) throw invalid("#/toMonth", "That is before its first month.");
  if (exemption.toMonth !== undefined && toMonth > exemption.toMonth)
    throw invalid("#/toMonth", `It ends in ${exemption.toMonth}; a longer one is another decision.`);
  const after: Exemption = { ...exemption, toMonth, endedBy: by };
  const granted = before.exemptions.map((one) => (one.id === id ? after : one));
  const writes: Write[] = [{ put: itemOf(after) }, grantedWrite(accountId, before, granted)];
  return committed(
    here,
    writes,
    after,
    told(ExemptionDecided, id, { exemptionId: id, accountId, what, to: "ended", by }),
  );
}

async function committed(here: Here, writes: Write[], after: Exemption, event: ReturnType<typeof told>) {
  try {
    await here.commit(writes, [event]);
    return after;
  } catch (error) {
    if (error instanceof ConditionFailed) throw decidedAlready();
    throw error;
  }
}
