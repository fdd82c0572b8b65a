import { z } from "zod";
import { InstalledParts } from "../../marketplace/installs/events.ts";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask, does, planned } from "../../shared/tasks.ts";
import { monthOf } from "../../shared/time.ts";
import { AllAccounts } from "../accounts/events.ts";
import { PointsOfAccounts } from "../network/events.ts";
import { TariffPart } from "./events.ts";
import { subscriptionsTo } from "./flat.ts";
import { billMeters, billSubscriptions, type Outcome, type Place } from "./run-bills.ts";
import { type KeptRun, type KeptTariff, Kind, type NewRun } from "./schema.ts";
import { billStore } from "./store.ts";

/** So many meters are read and billed at a time: their bills share the ledger's commits, some twenty each. */
const AT_ONCE = 50;
const PAGE = 100;

/**
 * The tariff that new bills of a kind use: that of the module installed last; else the city's own latest; else none.
 * Nothing is kept of this choice, so a module that is rolled back or removed takes its tariff with it.
 */
export async function tariffInUse(here: Here, kind: Kind): Promise<KeptTariff | undefined> {
  const { currency } = here.city;
  const installed = await here.ask(InstalledParts, { kind: "tariff" });
  for (const { part, installId, module, version, digest } of [...installed].reverse()) {
    const read = TariffPart.safeParse(part["tariff"]);
    if (!read.success || read.data.kind !== kind || read.data.currency !== currency) continue;
    return { source: { from: "module", installId, module, version, digest, partId: part.id }, tariff: read.data };
  }
  return (await billStore(here).tariffs(kind)).find(({ tariff }) => tariff.currency === currency);
}

/**
 * A run of a kind for one month that is over, at its beginning: of its meters, and of what is subscribed to without.
 *
 * @throws {Fault} invalid: the month is not over; conflict: there is neither a tariff nor a subscription
 */
export async function newRun(here: Here, { month, kind, includeIncomplete }: NewRun): Promise<KeptRun> {
  const startedAt = here.clock.now();
  if (month >= monthOf(startedAt, here.city.timeZone))
    throw invalid("#/month", "This month is not over yet in the city.");
  const metered = Kind.safeParse(kind);
  const tariff = metered.success ? await tariffInUse(here, metered.data) : undefined;
  if (!tariff && (await subscriptionsTo(here, kind, { limit: 1 })).subscriptions.length === 0)
    throw new Fault("conflict", `There is no tariff for ${kind} in ${here.city.currency}: enter one first.`);
  return {
    id: newId("run", startedAt),
    month,
    kind,
    includeIncomplete,
    state: "running",
    phase: tariff ? "meters" : "subscriptions",
    ...(tariff ? { tariff } : {}),
    looked: 0,
    issued: 0,
    totalMinor: 0,
    currency: here.city.currency,
    skipped: { billed_before: 0, no_readings: 0, incomplete: 0, nothing_to_pay: 0 },
    startedAt: startedAt.toISOString(),
  };
}

/**
 * Goes on with a run for about so long, at least by one page, and returns how far it is. It may be asked again from any
 * state that was kept, also after a crash: a meter's or a subscription's month is billed once, by a guard in the bill's
 * own transaction, and the guard says which run it was, so that the counts are right too.
 */
export async function goOn(here: Here, from: KeptRun, forMs: number): Promise<KeptRun> {
  const until = here.clock.now().getTime() + forMs;
  const run = { ...from, skipped: { ...from.skipped } };
  do {
    run.cursor = await (run.phase === "meters" ? ofMeters(here, run) : ofSubscriptions(here, run));
    if (run.cursor !== undefined) continue;
    if (run.phase === "subscriptions") return { ...run, state: "done", finishedAt: here.clock.now().toISOString() };
    run.phase = "subscriptions";
    // A phase that has just begun is looked into: most often there is nothing in it.
  } while (run.cursor === undefined || here.clock.now().getTime() < until);
  return run;
}

/** A page of accounts, all their meters. @returns where it goes on */
async function ofMeters(here: Here, run: KeptRun): Promise<string | undefined> {
  const page = await here.ask(AllAccounts, { cursor: run.cursor });
  const { points, known } = await here.ask(PointsOfAccounts, {
    accountIds: page.accounts.map(({ id }) => id),
    meterIds: page.accounts.flatMap(({ meterIds }) => meterIds),
    month: run.month,
  });
  // A meter that stands where an account is served is billed by that.
  const places: Place[] = [
    ...page.accounts.flatMap(({ id, meterIds }) =>
      meterIds.filter((meterId) => !known.includes(meterId)).map((meterId) => ({ accountId: id, meterId })),
    ),
    ...points.flatMap(({ kind, meterIds, ...place }) => {
      const meterId = meterIds.at(-1);
      return kind === run.kind && meterId !== undefined ? [{ ...place, meterId, meterIds }] : [];
    }),
  ];
  for (let at = 0; at < places.length; at += AT_ONCE)
    counted(run, await billMeters(here, run, places.slice(at, at + AT_ONCE)));
  return page.cursor;
}

async function ofSubscriptions(here: Here, run: KeptRun): Promise<string | undefined> {
  const { subscriptions, next } = await subscriptionsTo(here, run.kind, { limit: PAGE, cursor: run.cursor });
  for (let at = 0; at < subscriptions.length; at += AT_ONCE)
    counted(run, await billSubscriptions(here, run, subscriptions.slice(at, at + AT_ONCE)));
  return next;
}

function counted(run: KeptRun, outcomes: readonly Outcome[]): void {
  run.looked += outcomes.length;
  for (const outcome of outcomes) {
    if (outcome === "not_of_this_run") continue;
    // Of this run before it was interrupted, or of another one.
    if (typeof outcome !== "string" && outcome.runId !== run.id) run.skipped.billed_before += 1;
    else if (typeof outcome === "string") run.skipped[outcome] += 1;
    else {
      run.issued += 1;
      run.totalMinor += outcome.totalMinor ?? 0;
    }
  }
}

/** What is left of a run that is too long for one request. */
const RUN = defineTask("billing.run", z.object({}));
const REQUEST_MS = 5_000;
const TURN_MS = 10_000;

/** Bills at once what can be billed while somebody waits for it; the rest follows as a task. */
export async function firstPart(here: Here, order: NewRun): Promise<{ run: KeptRun; writes: Write[] }> {
  const run = await goOn(here, await newRun(here, order), REQUEST_MS);
  const rest = run.state === "running" ? [planned(RUN, run.id, here.clock.now(), {})] : [];
  return { run, writes: [billStore(here).runWrite(run, "absent"), ...rest] };
}

export const running = does(RUN, async (here, id) => {
  const store = billStore(here);
  const before = await store.run(id);
  if (before?.state !== "running") return {};
  const run = await goOn(here, before, TURN_MS);
  return {
    writes: [store.runWrite(run)],
    ...(run.state === "running" ? { again: { at: here.clock.now(), data: {} } } : {}),
  };
});
