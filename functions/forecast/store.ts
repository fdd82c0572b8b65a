import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { Forecast, type Temperatures, Zone } from "./schema.ts";
import { DAY_HOURS, type Hours, hourOf, instantOf } from "./wall.ts";

// question                                  key
// the zones that somebody asked for         pk  FORECASTZONES          sk  <code>     (with the peaks ahead)
// what was forecast of a zone, and came     pk  FORECAST#<code>        sk  <from>
// temperatures of a day in UTC              pk  FORECASTTEMPERATURES   sk  <day>

const ZONES = "FORECASTZONES";
const TEMPERATURES = "FORECASTTEMPERATURES";
const forecastsOf = (code: string): string => `FORECAST#${code}`;
const zoneOf = (item: Item): Zone => Zone.parse(item["zone"]);
const forecastOf = (item: Item): Forecast => Forecast.parse(item["forecast"]);

/** A zone as it was read; 0: it is not there yet. */
export interface Kept {
  zone: Zone;
  version: number;
}

/** One UTC day: a value of each hour, or null. */
interface Day {
  celsius: (number | null)[];
  source: string;
}
const dayOf = (hour: number): string => instantOf(hour).slice(0, 10);

export function forecastStore({ table }: Pick<Here, "table">) {
  const store = {
    async zones(): Promise<Zone[]> {
      const zones: Zone[] = [];
      for await (const item of table.all({ pk: ZONES })) zones.push(zoneOf(item));
      return zones;
    },
    async find(code: string): Promise<Kept | undefined> {
      const item = await table.get({ pk: ZONES, sk: code });
      return item && { zone: zoneOf(item), version: Number(item["version"]) };
    },
    /** @throws {Fault} absent */
    async zone(code: string): Promise<Kept> {
      const found = await store.find(code);
      if (!found) throw absent();
      return found;
    },
    zoneWrite: (zone: Zone, version: number): Write => ({
      put: { pk: ZONES, sk: zone.code, zone, version: version + 1 },
      if: version === 0 ? "absent" : { version },
    }),

    /** The latest first. */
    async forecasts(code: string, at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: forecastsOf(code), reverse: true, ...at });
      return { forecasts: items.map(forecastOf), ...(cursor ? { next: cursor } : {}) };
    },
    async latest({ code, latest }: Zone): Promise<Forecast | undefined> {
      const item = latest === undefined ? undefined : await table.get({ pk: forecastsOf(code), sk: latest });
      return item && forecastOf(item);
    },
    /** A second one of the same hour replaces the first. */
    forecastWrite: (forecast: Forecast): Write => ({
      put: { pk: forecastsOf(forecast.zone), sk: forecast.from, forecast },
    }),

    /** °C hour by hour, and who said the latest of them. */
    async temperatures(from: number, hours: number): Promise<{ celsius: Hours; source: string | undefined }> {
      const days = new Set(Array.from({ length: hours }, (_, i) => dayOf(from + i)));
      const items = await table.getMany([...days].map((sk) => ({ pk: TEMPERATURES, sk })));
      const byDay = new Map(items.map((item) => [item.sk, item["day"] as Day]));
      const celsius = Array.from({ length: hours }, (_, i) => {
        const hour = from + i;
        return byDay.get(dayOf(hour))?.celsius[hour % DAY_HOURS] ?? undefined;
      });
      return { celsius, source: byDay.get([...byDay.keys()].sort().at(-1) ?? "")?.source };
    },
    /** What is null keeps what was there. @throws {Fault} conflict: somebody else sent some meanwhile */
    async keepTemperatures({ source, from, celsius }: Temperatures): Promise<void> {
      const first = hourOf(from);
      const given = new Map<string, (number | null)[]>();
      for (const [i, value] of celsius.entries()) {
        const day = dayOf(first + i);
        if (!given.has(day)) given.set(day, Array(DAY_HOURS).fill(null));
        given.get(day)![(first + i) % DAY_HOURS] = value;
      }
      const items = await table.getMany([...given.keys()].map((sk) => ({ pk: TEMPERATURES, sk })));
      const there = new Map(items.map((item) => [item.sk, item]));
      const writes = [...given].map(([sk, hours]): Write => {
        const item = there.get(sk);
        const before = (item?.["day"] as Day | undefined)?.celsius;
        const day: Day = { celsius: hours.map((value, hour) => value ?? before?.[hour] ?? null), source };
        const version = Number(item?.["version"] ?? 0);
        return {
          put: { pk: TEMPERATURES, sk, day, version: version + 1 },
          if: item ? { version } : "absent",
        };
      });
      try {
        await table.transact(writes);
      } catch (error) {
        if (error instanceof ConditionFailed) throw new Fault("conflict", "Others came meanwhile: send them again.");
        throw error;
      }
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: ZONES })) {
        yield item;
        yield* table.all({ pk: forecastsOf(item.sk) });
      }
      yield* table.all({ pk: TEMPERATURES });
    },
  };
  return store;
}
