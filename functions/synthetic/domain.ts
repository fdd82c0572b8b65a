import { dayPlus, dayRange, monthPlus } from "../../shared/time.ts";
import { namesOf } from "./names.ts";
import { random } from "./random.ts";

export type Kind = "electricity" | "water";

export interface SyntheticHousehold {
  accountNumber: string;
  name: string;
  /** E.164; the same in every synthetic city of a country, and nobody's. */
  contact: string;
  address: string;
  meterSerial: string;
  kind: Kind;
  /** What an ordinary hour uses, in Wh or litres; its habits follow from the serial. */
  hourlyBase: number;
}

export interface CitySeed {
  seed: string;
  country: string;
  timeZone: string;
  households: number;
}

/** An hour's use: `quantity` in Wh or litres, a whole number. */
export interface Hour {
  from: Date;
  quantity: number;
}

/**
 * The households of a synthetic city, two meters for each dwelling in turn: electricity, then water.
 * The same seed gives the same households everywhere, for ever.
 */
export function syntheticCity({ seed, country, households }: CitySeed): { households: SyntheticHousehold[] } {
  const names = namesOf(country);
  const found: SyntheticHousehold[] = [];
  for (let i = 0; i < households; i++) {
    const chance = random(`${seed}/dwelling/${Math.floor(i / 2)}`);
    const name = `${chance.pick(names.given)} ${chance.pick(names.family)}`;
    const address = `${chance.whole(1, 180)} ${chance.pick(names.streets)}`;
    const contact = names.phone(String(chance.whole(10_000, 99_999)));
    const size = chance.whole(1, 7);
    const kind: Kind = i % 2 === 0 ? "electricity" : "water";
    found.push({
      accountNumber: `A${String(Math.floor(i / 2) + 1).padStart(5, "0")}`,
      name,
      contact,
      address,
      kind,
      meterSerial: `${kind === "electricity" ? "E" : "W"}${String(100_001 + i)}`,
      hourlyBase: kind === "electricity" ? 90 + 55 * size : 2 + 4 * size,
    });
  }
  return { households: found };
}

// How an hour of the day compares with the mean, in hundredths.
const DAY: Record<Kind, readonly number[]> = {
  electricity: [
    55, 48, 45, 44, 46, 58, 90, 120, 105, 88, 84, 92, 110, 98, 86, 84, 90, 112, 150, 190, 205, 170, 120, 80,
  ],
  water: [15, 10, 8, 8, 20, 90, 220, 240, 160, 110, 95, 110, 140, 105, 80, 75, 85, 120, 165, 170, 135, 95, 60, 30],
};
// Warm months of the north and of the tropics run fans and hoses; in hundredths, January first.
const YEAR = [96, 99, 106, 108, 104, 98, 97, 99, 98, 99, 100, 97];

/**
 * One household's use of a month, hour by hour, in the city's own days of 23, 24 and 25 hours.
 *
 * @param month `2026-10`
 */
export function syntheticUsage(
  household: SyntheticHousehold,
  month: string,
  timeZone: string,
): { total: number; hours: Hour[] } {
  const chance = random(`${household.meterSerial}/${household.hourlyBase}/${month}`);
  const profile = DAY[household.kind];
  const season = YEAR[Number(month.slice(5)) - 1] ?? 100;
  const end = `${monthPlus(month, 1)}-01`;
  const hours: Hour[] = [];
  let total = 0;
  for (let day = `${month}-01`; day < end; day = dayPlus(day, 1)) {
    const { from, to } = dayRange(day, timeZone);
    const mood = chance.whole(80, 120);
    for (let at = from.getTime(), hour = 0; at < to.getTime(); at += 3_600_000, hour++) {
      const quantity = Math.floor(
        (household.hourlyBase * profile[hour % 24]! * season * mood * chance.whole(70, 130)) / 100_000_000,
      );
      hours.push({ from: new Date(at), quantity });
      total += quantity;
    }
  }
  return { total, hours };
}

/**
 * Meter readings of many households as one CSV: `meter,time,value,unit`, an hour a line, UTC, kWh or m³ with three
 * decimals.
 *
 * @param until  leaves out the hours from here on
 */
export function syntheticCsv(
  households: readonly SyntheticHousehold[],
  month: string,
  timeZone: string,
  until?: Date,
): string {
  const lines = ["meter,time,value,unit"];
  for (const household of households)
    for (const { from, quantity } of syntheticUsage(household, month, timeZone).hours) {
      if (until && from >= until) break;
      const digits = String(quantity).padStart(4, "0");
      lines.push(
        `${household.meterSerial},${from.toISOString().slice(0, 19)}Z,${digits.slice(0, -3)}.${digits.slice(-3)},${household.kind === "electricity" ? "kWh" : "m3"}`,
      );
    }
  return `${lines.join("\n")}\n`;
}

export interface Place {
  name: string;
  kind: string;
  /** WGS 84 longitude and latitude in degrees. */
  position: readonly [number, number];
}

/** Places of a kind, strewn around a centre within about `spreadKm` kilometres. */
export function syntheticPlaces(
  seed: string,
  kind: string,
  names: readonly string[],
  centre: readonly [number, number],
  spreadKm: number,
): Place[] {
  const chance = random(`${seed}/${kind}`);
  // A degree of latitude is 111 km; at these latitudes one of longitude is close enough for places that do not exist.
  const off = () => (Math.round((chance.whole(-1000, 1000) * spreadKm * 1000) / 111_000) / 1_000_000) * 1000;
  return names.map((name) => ({ name, kind, position: [round(centre[0] + off()), round(centre[1] + off())] as const }));
}

/**
 * Places of a kind, strewn inside an outline.
 *
 * @param outline  a closed ring of longitudes and latitudes, wide enough that a place in it is found by trying
 */
export function syntheticPlacesInside(
  seed: string,
  kind: string,
  names: readonly string[],
  outline: readonly (readonly [number, number])[],
): Place[] {
  const chance = random(`${seed}/${kind}/inside`);
  const [lons, lats] = [0, 1].map((axis) => outline.map((point) => point[axis]!)) as [number[], number[]];
  const between = (all: number[]) => {
    const low = Math.min(...all);
    return low + ((Math.max(...all) - low) * chance.whole(0, 10_000)) / 10_000;
  };
  const somewhere = (): readonly [number, number] => {
    for (;;) {
      const point = [round(between(lons)), round(between(lats))] as const;
      if (isInside(point, outline)) return point;
    }
  };
  return names.map((name) => ({ name, kind, position: somewhere() }));
}

/** By the even-odd rule: a ray from the point to the east crosses the ring an odd number of times. */
export function isInside([x, y]: readonly [number, number], ring: readonly (readonly [number, number])[]): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1]!, ring[i]!];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  }
  return inside;
}

const round = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;
