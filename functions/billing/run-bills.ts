import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { LANGS } from "../../shared/texts.ts";
import { MonthlyUsage } from "../meters/events.ts";
import { PointUsage } from "../network/events.ts";
import { charge, chargeFlat } from "./charging.ts";
import { referenceOf } from "./domain.ts";
import { grantedToAll, termsOf } from "./exemptions.ts";
import { daysIn, flatTariff } from "./flat.ts";
import type { Issued, KeptRun, Metered, Raised, Skipped } from "./schema.ts";
import { type Billed, billStore, placeOf } from "./store.ts";
import type { Exemption, Subscription } from "./terms-schema.ts";

// The bills of a run, some at a time.

/** What became of a meter or a subscription in a run. */
export type Outcome = Billed | Exclude<Skipped, "billed_before"> | "not_of_this_run";
export interface Place {
  accountId: string;
  /** Of a connection point, the meter that stood there last. */
  meterId: string;
  point?: string;
  /** All that stood there in the month. */
  meterIds?: readonly string[];
  /** And before: what was granted to a meter there holds for the one after it. */
  everMeterIds?: readonly string[];
}
type Granted = readonly Exemption[];

export async function billMeters(here: Here, run: KeptRun, some: readonly Place[]): Promise<Outcome[]> {
  const [before, granted] = await Promise.all([
    billStore(here).billed(some.flatMap(guardsOf), run.month),
    grantedOf(here, some),
  ]);
  const billedBefore = (place: Place) =>
    guardsOf(place)
      .map((guard) => before.get(guard))
      .find(Boolean);
  const drawn = await Promise.all(
    some.map(async (place) => billedBefore(place) ?? (await billMeter(here, run, place, granted(place)))),
  );
  // Issued when all are drawn up: so they share the ledger's commits.
  return Promise.all(drawn.map((one) => (typeof one === "object" && "lines" in one ? issued(here, one, run.id) : one)));
}

/** A month that was billed by a meter, before the network knew where it stands, is not billed again by the point. */
const guardsOf = (place: Place): string[] => [placeOf(place), ...(place.meterIds ?? [])];

export async function billSubscriptions(here: Here, run: KeptRun, some: readonly Subscription[]): Promise<Outcome[]> {
  const [before, granted] = await Promise.all([
    billStore(here).raisedAll(some.map((one) => raisedAs(one, run.month))),
    grantedOf(here, some),
  ]);
  return Promise.all(
    some.map(
      async (one) => before.get(raisedAs(one, run.month)) ?? (await billSubscription(here, run, one, granted(one))),
    ),
  );
}

async function grantedOf(here: Here, some: readonly { accountId: string }[]) {
  const all = await grantedToAll(
    here,
    some.map(({ accountId }) => accountId),
  );
  return ({ accountId }: { accountId: string }): Granted => all.get(accountId) ?? [];
}

/** What a bill is made of: a meter's month, or what an account used at a connection point. */
export const usageOf = (
  here: Here,
  { accountId, meterId, point }: Pick<Metered, "accountId" | "meterId" | "point">,
  month: string,
) =>
  point === undefined ? here.ask(MonthlyUsage, { meterId, month }) : here.ask(PointUsage, { point, accountId, month });

/** One meter's bill, not issued yet. */
async function billMeter(
  here: Here,
  { month, kind, includeIncomplete, tariff }: KeptRun,
  { accountId, meterId, point, everMeterIds = [] }: Place,
  granted: Granted,
): Promise<Metered | Exclude<Outcome, Billed>> {
  const usage = await usageOf(here, { accountId, meterId, point }, month);
  if (usage.kind !== kind || !tariff) return "not_of_this_run";
  if (usage.daysWithReadings === 0) return "no_readings";
  if (usage.daysWithReadings < usage.daysInMonth && !includeIncomplete) return "incomplete";
  const grantedTo = everMeterIds.find((id) => granted.some((one) => one.meterId === id)) ?? meterId;
  const { social, ...terms } = termsOf(granted, { kind, meterId: grantedTo, month });
  const { totalMinor, ...charged } = charge(tariff.tariff, usage.quantity, terms);
  if (totalMinor === 0) return "nothing_to_pay";
  const { quantity, estimatedShare } = usage;
  return {
    ...issuedNow(here),
    accountId,
    meterId,
    kind: usage.kind,
    month,
    quantity,
    estimatedShare,
    ...charged,
    totalMinor,
    tariff,
    ...(point !== undefined && "meters" in usage ? { point, meters: usage.meters } : {}),
    ...(social && tariff.tariff.classes?.social ? { social } : {}),
  };
}

const raisedAs = ({ id }: Subscription, month: string) => `flat:${id}/${month}`;

/** One month of what has no meter, for the days that it was subscribed to. */
async function billSubscription(
  here: Here,
  { id: runId, month, kind }: KeptRun,
  subscription: Subscription,
  granted: Granted,
): Promise<Outcome> {
  const { accountId, code, quantity, id: subscriptionId } = subscription;
  const { days, daysInMonth } = daysIn(subscription, month);
  const tariff = await flatTariff(here, code);
  if (days === 0 || !tariff) return "not_of_this_run";
  const { exempted = [] } = termsOf(granted, { kind, month });
  const { lines, totalMinor, ...charged } = chargeFlat(tariff.tariff, { quantity, days, daysInMonth }, { exempted });
  if (totalMinor === 0) return "nothing_to_pay";
  const bill: Raised = {
    ...issuedNow(here),
    accountId,
    kind,
    month,
    period: month,
    raisedAs: raisedAs(subscription, month),
    titles: titlesOf(tariff.tariff.names),
    ...charged,
    totalMinor,
    flat: { subscriptionId, tariff, lines },
  };
  return issued(here, bill, runId);
}

/** A name in the languages that bills are shown in; in some language at least. */
function titlesOf(names: Readonly<Record<string, string | undefined>>): Raised["titles"] {
  const known = LANGS.flatMap((lang) => (names[lang] === undefined ? [] : [[lang, names[lang]] as const]));
  return known.length > 0 ? Object.fromEntries(known) : { en: Object.values(names)[0] };
}

function issuedNow(here: Here): Pick<Issued, "id" | "reference" | "currency" | "issuedAt"> {
  const now = here.clock.now();
  const id = newId("bill", now);
  return { id, reference: referenceOf(id), currency: here.city.currency, issuedAt: now.toISOString() };
}

/** The guard knows best whether there is one: somebody else may be billing at this moment. */
async function issued(here: Here, bill: Issued, runId: string): Promise<Billed> {
  const mine = { runId, totalMinor: bill.totalMinor };
  return (await billStore(here).issue(bill, { guarded: mine })) ? mine : {};
}
