import { z } from "zod";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { defineTask, does, dropped, planned } from "../../shared/tasks.ts";
import { dayOf, monthOf } from "../../shared/time.ts";
import { TariffInUse } from "../billing/events.ts";
import { ASKED_MAX, TamperedMeters } from "../meters/events.ts";
import { heldAt, subtree } from "./domain.ts";
import { type FedPoint, judged } from "./judging.ts";
import { type Analysis, type AreaResult, type KeptAnalysis, PastResult } from "./losses-schema.ts";
import { lossStore } from "./losses-store.ts";
import { interventions } from "./ranking.ts";
import { inputsOf, readInflow, readPoints, type Window, windowOf } from "./reading.ts";
import { type Area, Month, type Point } from "./schema.ts";
import { networkStore } from "./store.ts";
import { SUSPECT } from "./theft.ts";

/** Points are read so many at a time: each is asked for days and nights. */
const POINTS_AT_ONCE = 100;
const WRITES_AT_ONCE = 20;
const FED_AT_ONCE = 500;
/** Of the ranking so many stay for the history. */
const RANKED_MAX = 20;
const REQUEST_MS = 5_000;
const TURN_MS = 10_000;

/** What is left of an analysis that is too long for one request. */
const Analyse = defineTask("network.analyse", z.object({ month: Month }));

/** Begins the analysis of a month, anew if there was one, and does at once what can be done. @throws {Fault} invalid */
export async function analyse(here: Here, month: string, by: string): Promise<Analysis> {
  const now = here.clock.now();
  if (month > monthOf(now, here.city.timeZone)) throw invalid("#/month", "This month has not begun in the city.");
  const begun: KeptAnalysis = {
    ...{ month, state: "running", phase: "points", points: 0, areas: 0, by, startedAt: now.toISOString() },
    run: newId("nan", now),
  };
  await here.commit([
    lossStore(here).analysisWrite(begun),
    planned(Analyse, begun.run, new Date(now.getTime() + 2 * REQUEST_MS), { month }),
  ]);
  const done = await goOn(here, begun, REQUEST_MS);
  const isLeft = done.state === "running";
  await here.commit([isLeft ? planned(Analyse, begun.run, here.clock.now(), { month }) : dropped(Analyse, begun.run)]);
  return done;
}

export const analysing = does(Analyse, async (here, run, { month }) => {
  const kept = await lossStore(here).analysis(month);
  if (kept?.run !== run || kept.state === "done") return {};
  const after = await goOn(here, kept, TURN_MS);
  return after.state === "running" ? { again: { at: here.clock.now(), data: { month } } } : {};
});

/** Goes on for about so long, at least by one step; what was done twice by two is written twice, and the same. */
async function goOn(here: Here, from: KeptAnalysis, forMs: number): Promise<KeptAnalysis> {
  const until = here.clock.now().getTime() + forMs;
  const window = windowOf(from.month, here.city.timeZone, new Date(from.startedAt));
  const store = lossStore(here);
  let at = from;
  do {
    const next = await (at.phase === "points" ? pointsStep(here, at, window) : areaStep(here, at, window));
    try {
      await here.commit([store.analysisWrite(next, at.run)]);
    } catch (error) {
      // A later analysis of this month has begun: it says what counts.
      if (error instanceof ConditionFailed) return { ...next, state: "done" };
      throw error;
    }
    at = next;
  } while (at.state === "running" && here.clock.now().getTime() < until);
  return at;
}

/** A page of connection points: what each used, kept for the areas. */
async function pointsStep(here: Here, at: KeptAnalysis, window: Window): Promise<KeptAnalysis> {
  const { cursor, ...rest } = at;
  const { points, next } = await networkStore(here).points({ limit: POINTS_AT_ONCE, cursor });
  const uses = window.days.length === 0 ? [] : await readPoints(here, points, window);
  const store = lossStore(here);
  for (let i = 0; i < uses.length; i += WRITES_AT_ONCE)
    await here.table.transact(uses.slice(i, i + WRITES_AT_ONCE).map((use) => store.useWrite(at.month, use)));
  const read = { ...rest, points: at.points + points.length };
  return next === undefined ? { ...read, phase: "areas" } : { ...read, cursor: next };
}

/** One area, in the order of their codes. */
async function areaStep(here: Here, at: KeptAnalysis, window: Window): Promise<KeptAnalysis> {
  const { cursor, ...rest } = at;
  const now = here.clock.now();
  const areas = [...(await networkStore(here).areas()).values()].map(({ is }) => is);
  const area = areas.find(({ code }) => cursor === undefined || code > cursor);
  const store = lossStore(here);
  const on = window.days.at(-1)?.day;
  if (!area) {
    const first = (await interventions(here, at.month)).slice(0, RANKED_MAX);
    // Of a month whose first day is not over nothing was judged.
    if (on?.startsWith(at.month))
      await here.table.transact([store.rankedWrite({ on, rankedAt: now.toISOString(), interventions: first })]);
    return { ...rest, state: "done", finishedAt: now.toISOString() };
  }
  const result = judged(await caseOf(here, area, areas, at.month, window, now));
  const past = on?.startsWith(at.month) ? [store.pastWrite(pastOf(result, on))] : [];
  await here.table.transact([store.resultWrite(result), ...past]);
  return { ...rest, areas: at.areas + 1, cursor: area.code };
}

/** What stays of a balance when the next one takes its place. */
function pastOf(result: AreaResult, on: string): PastResult {
  const { night, suspects } = result;
  const flow = night && { nightFlow: night.flow.at(-1) ?? null, leakPerDay: night.leakPerDay };
  return PastResult.parse({
    ...result,
    on,
    ...flow,
    suspects: suspects.filter(({ score }) => score >= SUSPECT).length,
  });
}

async function caseOf(here: Here, area: Area, areas: readonly Area[], month: string, window: Window, now: Date) {
  const store = lossStore(here);
  const [from, to] = [window.days[0]?.from ?? "", window.days.at(-1)?.to ?? ""];
  const parts = subtree(area.code, areas, from, to);
  const [inputs, tampered, allowances, { tariff }] = await Promise.all([
    inputsOf(area, areas, window),
    store.tampered(),
    store.allowances(month),
    here.ask(TariffInUse, { kind: area.kind }),
  ]);
  const allowed = { billed: 0, unbilled: 0 };
  for (const one of allowances) if (parts.has(one.area)) allowed[one.isBilled ? "billed" : "unbilled"] += one.quantity;
  return {
    ...{ area, month, window, allowed, tariff, now },
    inflow: inputs.length > 0 && window.days.length > 0 ? await readInflow(here, inputs, window) : undefined,
    points: await fedPoints(here, parts, month, window, tampered),
    isLowest: areas.every(({ code, inputs: own }) => code === area.code || !parts.has(code) || own.length === 0),
  };
}

/** The points that an area or any of its parts fed on some day of the window. */
async function fedPoints(
  here: Here,
  parts: Awaited<ReturnType<typeof subtree>>,
  month: string,
  { days }: Window,
  tampered: ReadonlySet<string>,
): Promise<FedPoint[]> {
  const network = networkStore(here);
  const codes = await network.fedBy(parts.keys());
  const found: FedPoint[] = [];
  for (let at = 0; at < codes.length; at += FED_AT_ONCE) {
    const some = codes.slice(at, at + FED_AT_ONCE);
    const [points, uses] = await Promise.all([network.pointsNamed(some), lossStore(here).uses(month, some)]);
    const byCode = new Map(uses.map((use) => [use.code, use]));
    const reported = await reportedAt(
      here,
      points.map(({ is }) => is),
      days,
    );
    for (const { is } of points) {
      const use = byCode.get(is.code);
      const isFed = days.map(({ from }) => {
        const area = heldAt(is.areas, from)?.area;
        return (area !== undefined && parts.get(area)?.some((span) => span.from <= from && from < span.to)) === true;
      });
      if (use && isFed.some(Boolean))
        found.push({ use, isFed, wasTampered: tampered.has(is.code) || reported.has(is.code) });
    }
  }
  return found;
}

/** The points at which a meter stood in the window of which tampering was told in it: by itself, or by who read it. */
async function reportedAt(here: Here, points: readonly Point[], days: Window["days"]): Promise<Set<string>> {
  const [from, to] = [days[0]?.from, days.at(-1)?.to];
  if (from === undefined || to === undefined) return new Set();
  const standing = points.flatMap(({ code, meters }) =>
    meters.filter((one) => one.from < to && (one.to ?? "9") > from).map(({ meterId }) => ({ code, meterId })),
  );
  const day = (at: string) => dayOf(new Date(at), here.city.timeZone);
  const found = new Set<string>();
  for (let at = 0; at < standing.length; at += ASKED_MAX) {
    const some = standing.slice(at, at + ASKED_MAX);
    const meterIds = some.map(({ meterId }) => meterId);
    const told = await here.ask(TamperedMeters, { meterIds, from: day(from), to: day(to) });
    for (const { code, meterId } of some) if (told.includes(meterId)) found.add(code);
  }
  return found;
}

/** @throws {Fault} absent: this month was not analysed yet */
export async function analysisOf(here: Here, month: string): Promise<Analysis> {
  const found = await lossStore(here).analysis(month);
  if (!found) throw new Fault("absent", "There is nothing at this address.");
  return found;
}
