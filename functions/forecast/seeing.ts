import { stringify } from "csv-stringify/sync";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { errorOf, HORIZONS, type Horizon } from "./errors.ts";
import { AHEAD_HOURS } from "./model.ts";
import { scheduled } from "./scheduling.ts";
import type { Errors, Forecast, Zone } from "./schema.ts";
import { forecastStore } from "./store.ts";
import type { Schedule, ScheduleOrder } from "./supply-schema.ts";
import { hourOf, instantOf } from "./wall.ts";

/** Fewer accounts than this behind a zone would show how single households live. */
const ACCOUNTS_LEAST = 5;
/** Errors are over so many of the latest forecasts. */
const LATEST = 30;

export interface Seen {
  zone: Zone;
  forecast?: Forecast;
  errors: Errors;
}

/** The errors of some forecasts, by how far ahead they looked. */
export const errorsOf = (forecasts: readonly Forecast[]): Errors =>
  Object.fromEntries(
    (Object.keys(HORIZONS) as Horizon[]).flatMap((horizon) => {
      const error = errorOf(forecasts, horizon);
      return error ? [[horizon, error]] : [];
    }),
  );

/** A zone with its latest forecast and how far off the last ones were. @throws {Fault} absent */
export async function seen(here: Here, code: string): Promise<Seen> {
  const store = forecastStore(here);
  const { zone } = await store.zone(code);
  const { forecasts } = await store.forecasts(code, { limit: LATEST });
  const forecast = forecasts.find(({ from }) => from === zone.latest);
  return { zone, ...(forecast ? { forecast } : {}), errors: errorsOf(forecasts) };
}

/** Until its week is over: an old forecast is of no use to anyone. */
const isOpen = ({ isPublic, level, accounts = 0, latest }: Zone, now: Date): boolean =>
  isPublic &&
  level === "zone" &&
  accounts >= ACCOUNTS_LEAST &&
  latest !== undefined &&
  hourOf(now) < hourOf(latest) + AHEAD_HOURS;

/** The zones that everyone may see. */
export const openZones = async (here: Here): Promise<Zone[]> =>
  (await forecastStore(here).zones()).filter((zone) => isOpen(zone, here.clock.now()));

/** The same for everyone. @throws {Fault} absent: also where it is not public, or too few are behind it */
export async function seenByAll(here: Here, code: string): Promise<Required<Seen>> {
  const found = await seen(here, code);
  const { forecast } = found;
  if (!isOpen(found.zone, here.clock.now()) || !forecast) throw absent();
  return { ...found, forecast };
}

/** A forecast as CSV, hour by hour. */
export const csvOf = ({ from, points, low, high, naive, actual, unit }: Forecast): string =>
  stringify([
    ["start", "unit", "forecast", "week_before", "used", "low", "high"],
    ...points.map((point, i) => [
      ...[instantOf(hourOf(from) + i), unit, point, naive[i], actual[i] ?? ""],
      ...[low?.[i] ?? "", high?.[i] ?? ""],
    ]),
  ]);

/** A schedule, with what flows out by the zone's forecast where the order says so. @throws {Fault} absent; invalid */
export async function schedule(here: Here, { from, pump, ...order }: ScheduleOrder): Promise<Schedule> {
  const first = from === undefined ? hourOf(here.clock.now()) + 1 : hourOf(from);
  const asked = { ...order, from: first };
  if (!pump) return scheduled(asked, here.city);
  const { demand, ...tank } = pump;
  const litres = "litres" in demand ? demand.litres : await forecastLitres(here, demand.zone, first, order.hours);
  return scheduled({ ...asked, pump: { ...tank, litres } }, here.city);
}

async function forecastLitres(here: Here, code: string, first: number, hours: number): Promise<number[]> {
  const pointer = "#/pump/demand/zone";
  const refused = (detail: string) => new Fault("invalid", detail, { errors: [{ pointer, detail }] });
  const store = forecastStore(here);
  const zone = (await store.find(code))?.zone;
  const forecast = zone && (await store.latest(zone));
  if (!forecast) throw refused("There is no forecast of this zone.");
  if (forecast.unit !== "L") throw refused("This zone is not of water.");
  const offset = first - hourOf(forecast.from);
  if (offset < 0 || offset + hours > forecast.points.length) throw refused("Its forecast does not have these hours.");
  return forecast.points.slice(offset, offset + hours).map((value) => Math.max(0, value));
}
