import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Write } from "../../shared/table.ts";
import { does, dropped, planned } from "../../shared/tasks.ts";
import { dayOf, dayPlus, dayRange } from "../../shared/time.ts";
import { AreaDemand, AreasNamed } from "../network/events.ts";
import { MakeDaily, PeakExpected, PeakOver, TellPeaks, ZoneSet } from "./events.ts";
import { intervalOf } from "./intervals.ts";
import { AHEAD_HOURS, expected, HISTORY_HOURS } from "./model.ts";
import { dueBy, nextTelling, overBy, peaksAfter } from "./peaks.ts";
import { type Following, type Forecast, type PROBLEMS, UNIT, type Zone } from "./schema.ts";
import { forecastStore, type Kept } from "./store.ts";
import { HOUR_MS, hourOf, instantOf } from "./wall.ts";

const ZONES_MAX = 200;
/** Of the forecasts before, so many are told what came of them. */
const LOOKED_BACK = 30;
const TRIES = 5;
/** By the city's clock: the readings of the day before are there, and people are asleep. */
const NIGHT_MS = 2 * HOUR_MS;

type Problem = (typeof PROBLEMS)[number];
const SAYS: Record<Problem, string> = {
  too_short: "Three weeks of hourly readings are needed.",
  too_many_gaps: "Too many hours of the last weeks have no readings.",
  too_late: "The latest reading is more than three days old.",
  too_many_points: "It has more than 500 connection points: give it a bulk meter.",
  no_area: "The network has no such area any more.",
};

/** What becomes of a zone by a change; tried again when somebody else changed it meanwhile. */
async function changing(
  here: Here,
  code: string,
  change: (found: Kept | undefined) => { zone: Zone; writes: readonly Write[] } | undefined,
  events: Parameters<Here["commit"]>[1] = [],
): Promise<Zone | undefined> {
  const store = forecastStore(here);
  for (let left = TRIES; ; left--) {
    const found = await store.find(code);
    const next = change(found);
    if (!next) return found?.zone;
    try {
      await here.commit([store.zoneWrite(next.zone, found?.version ?? 0), ...next.writes], events);
      return next.zone;
    } catch (error) {
      if (!(error instanceof ConditionFailed) || left <= 1) throw error;
    }
  }
}

const telling = (zone: Zone): Write => {
  const at = nextTelling(zone.peaks, zone.peak);
  return at ? planned(TellPeaks, zone.code, at, {}) : dropped(TellPeaks, zone.code);
};

/** Says what is to be made of a zone, for the first time or anew. @throws {Fault} absent: no area; conflict: too many */
export async function follow(here: Here, code: string, following: Following, by: string): Promise<Zone> {
  const store = forecastStore(here);
  const area = (await here.ask(AreasNamed, {})).find((one) => one.code === code);
  if (!area) throw new Fault("absent", "There is nothing at this address.");
  const before = await store.find(code);
  if (!before && (await store.zones()).length >= ZONES_MAX)
    throw new Fault("conflict", `At most ${ZONES_MAX} zones are forecast.`);
  const forecast = before && (await store.latest(before.zone));
  const now = here.clock.now();
  const { kind, level } = area;
  const { isDaily, isPublic } = following;
  const zone = await changing(
    here,
    code,
    (found) => {
      const { peak: _, ...kept } = found?.zone ?? { code, kind, level, peaks: [] };
      const peaks = peaksAfter(kept.peaks, forecast, following.peak, now);
      const next: Zone = { ...kept, ...{ kind, level, by, peaks }, ...following };
      const daily = isDaily ? [planned(MakeDaily, code, now, {})] : [dropped(MakeDaily, code)];
      const isAsBefore = found?.zone.isDaily === isDaily;
      return { zone: next, writes: [telling(next), ...(isAsBefore ? [] : daily)] };
    },
    [told(ZoneSet, code, { zone: code, isDaily, isPublic, by })],
  );
  return zone!;
}

/** Makes the forecast that begins with this hour. @throws {Fault} absent: nobody asked for the zone; conflict: why not */
export async function make(here: Here, code: string): Promise<Forecast> {
  const made = await attempt(here, (await forecastStore(here).zone(code)).zone);
  if (typeof made === "string") throw new Fault("conflict", SAYS[made]);
  return made;
}

async function attempt(here: Here, { code }: Zone): Promise<Forecast | Problem> {
  const store = forecastStore(here);
  const now = here.clock.now();
  const begin = hourOf(now);
  const first = begin - HISTORY_HOURS;
  const area = await demandOf(here, code, first);
  if (typeof area === "string") return noted(here, code, area);
  const { celsius, source } = await store.temperatures(first, HISTORY_HOURS + AHEAD_HOURS);
  const demand = area.quantities.map((one) => one ?? undefined);
  const known = { from: first, demand, celsius, timeZone: here.city.timeZone };
  const found = expected(known);
  if (typeof found === "string") return noted(here, code, found);

  const { kind, accounts } = area;
  const { temperatureHours, ...lines } = found;
  const forecast: Forecast = {
    ...{ zone: code, kind, unit: UNIT[kind], from: instantOf(begin), madeAt: now.toISOString(), accounts, ...lines },
    ...intervalOf(known, found.points),
    actual: lines.points.map(() => null),
    ...(temperatureHours === undefined ? {} : { temperatureHours, ...(source ? { temperatureSource: source } : {}) }),
  };
  const { forecasts: before } = await store.forecasts(code, { limit: LOOKED_BACK });
  const came = before.filter(({ from }) => from < forecast.from).flatMap((one) => withActual(one, first, demand));
  await changing(here, code, (kept) => {
    if (!kept) return undefined;
    const { problem: _, ...zone } = kept.zone;
    const peaks = peaksAfter(zone.peaks, forecast, zone.peak, now);
    const next: Zone = { ...zone, latest: forecast.from, accounts, peaks };
    return { zone: next, writes: [store.forecastWrite(forecast), telling(next), ...came.map(store.forecastWrite)] };
  });
  return forecast;
}

async function demandOf(here: Here, area: string, first: number) {
  try {
    return await here.ask(AreaDemand, { area, from: instantOf(first), hours: HISTORY_HOURS });
  } catch (error) {
    if (error instanceof Fault && error.kind === "absent") return "no_area" as const;
    if (error instanceof Fault && error.kind === "conflict") return "too_many_points" as const;
    throw error;
  }
}

/** A forecast with what is now known of its hours; nothing where nothing is new. */
function withActual(forecast: Forecast, first: number, demand: readonly (number | undefined)[]): Forecast[] {
  const offset = hourOf(forecast.from) - first;
  const actual = forecast.actual.map((before, i) => (offset + i < 0 ? before : (demand[offset + i] ?? before)));
  return actual.some((value, i) => value !== forecast.actual[i]) ? [{ ...forecast, actual }] : [];
}

async function noted(here: Here, code: string, problem: Problem): Promise<Problem> {
  await changing(here, code, (kept) =>
    kept && kept.zone.problem !== problem ? { zone: { ...kept.zone, problem }, writes: [] } : undefined,
  );
  return problem;
}

const nextNight = ({ clock, city }: Here): Date =>
  new Date(dayRange(dayPlus(dayOf(clock.now(), city.timeZone), 1), city.timeZone).from.getTime() + NIGHT_MS);

/** Each night. What cannot be made is noted on the zone, and tried again in the next. */
export const daily = does(MakeDaily, async (here, code) => {
  const found = await forecastStore(here).find(code);
  if (!found?.zone.isDaily) return {};
  await attempt(here, found.zone);
  return { again: { at: nextNight(here), data: {} } };
});

/** Tells peaks that are due or over. That it was told is kept with its event, so a second run tells nothing again. */
export const tellingPeaks = does(TellPeaks, async (here, code) => {
  const store = forecastStore(here);
  const now = here.clock.now();
  const { zone, version } = (await store.find(code)) ?? {};
  if (!zone || version === undefined) return {};
  const { peak: rule, kind } = zone;
  const at = now.toISOString();
  const due = new Set(rule ? dueBy(zone.peaks, rule, now) : []);
  const over = new Set(overBy(zone.peaks, now));
  const peaks = zone.peaks.map((one) => ({
    ...one,
    ...(due.has(one) ? { toldAt: at } : {}),
    ...(over.has(one) ? { overAt: at } : {}),
  }));
  const events = [
    ...[...due].map(({ from, to, highest, highestAt }) =>
      told(PeakExpected, code, {
        ...{ zone: code, unit: UNIT[kind], from, to, highest, highestAt, threshold: rule!.threshold },
      }),
    ),
    ...[...over].map(({ from }) => told(PeakOver, code, { zone: code, from })),
  ];
  if (events.length > 0) await here.commit([store.zoneWrite({ ...zone, peaks }, version)], events);
  // What was over before it could be told is not waited for.
  const ahead = peaks.filter(({ toldAt, to }) => toldAt !== undefined || Date.parse(to) > now.getTime());
  const next = nextTelling(ahead, rule);
  return next ? { again: { at: next, data: {} } } : {};
});
