import { invalid } from "../../shared/errors.ts";
import { exponentOf } from "../../shared/money.ts";
import { rounded, scaled } from "../../shared/rounding.ts";
import { cheapest, type Hour } from "./cheapest.ts";
import { clearSkyW } from "./sun.ts";
import type { Pump, Schedule, ScheduleOrder } from "./supply-schema.ts";
import { DAY_HOURS, instantOf, wallHours } from "./wall.ts";

// Energy is counted in quarters of a watt-hour (so many watts for a quarter of an hour), volume in quarters of a litre,
// and cost in minor units a MWh of them, so that all are whole numbers and cost is rounded once.

const QUARTERS = 4;
/** Quarters of a Wh in a MWh. */
const PER_MINOR = 4_000_000n;

export interface Asked extends Omit<ScheduleOrder, "from" | "pump"> {
  /** The first hour. */
  from: number;
  /** With what flows out hour by hour. */
  pump?: Omit<Pump, "demand"> & { litres: readonly number[] };
}

/** Of a wall's hour: its day of the week, 1 for Monday. The first of January 1970 was a Thursday. */
const weekdayOf = (wall: number): number => ((Math.floor(wall / DAY_HOURS) + 3) % 7) + 1;

/** Whether an hour by the clock on the wall is among these; what is over midnight belongs to the day before it. */
function isWithin(
  wall: number,
  { from, to, days }: { from: number; to: number; days?: number[] | undefined },
): boolean {
  const hour = wall % DAY_HOURS;
  const isOver = from > to;
  if (isOver ? hour < from && hour >= to : hour < from || hour >= to) return false;
  return days === undefined || days.includes(weekdayOf(isOver && hour < to ? wall - DAY_HOURS : wall));
}

/** The least cost at which the pump keeps its tank, or the load gets its energy. @throws {Fault} invalid */
export function scheduled(asked: Asked, city: { currency: string; timeZone: string }): Schedule {
  const { from, hours, tariff, sun, pump, load } = asked;
  const clock = wallHours(from, hours, city.timeZone);
  const perMwh = (price: string, pointer: string) => priced(price, city.currency, pointer);
  const base = perMwh(tariff.price, "#/tariff/price");
  const feedIn = perMwh(tariff.feedIn, "#/tariff/feedIn");
  const periods = tariff.periods.map((one, i) => ({
    ...one,
    perMwh: perMwh(one.price, `#/tariff/periods/${i}/price`),
  }));
  const prices = clock.map((hour) => {
    const period = periods.findLast((one) => isWithin(hour, one));
    return { text: period?.price ?? tariff.price, perMwh: period?.perMwh ?? base };
  });
  if (sun && "watts" in sun && sun.watts.length < hours) throw invalid("#/sun/watts", `It takes ${hours} hours.`);
  const suns = sun ? ("watts" in sun ? sun.watts.slice(0, hours) : clearSkyW(sun, from, hours)) : clock.map(() => 0);
  /** Energy within the sun's costs only what it would have brought. */
  const costOf = (hour: number, energy: number): number => {
    const own = Math.min(energy, suns[hour]! * QUARTERS);
    return (energy - own) * prices[hour]!.perMwh + own * feedIn;
  };

  const perStep = pump?.powerW ?? load!.maxW;
  const isOpen = clock.map((hour) => !load?.windows.length || load.windows.some((one) => isWithin(hour, one)));
  const { limits, total } = pump ? tankOf(pump, hours) : loadOf(load!, hours);
  const plan: Hour[] = limits.map(({ least, most }, hour) => ({
    costs: Array.from({ length: isOpen[hour] ? QUARTERS + 1 : 1 }, (_, steps) => costOf(hour, steps * perStep)),
    ...{ least, most },
  }));
  const dearest = plan.reduce((sum, { costs }) => sum + costs.at(-1)!, 0);
  if (dearest > Number.MAX_SAFE_INTEGER) throw invalid("#/tariff/price", "These sums are too large to be exact.");
  const best = cheapest(plan);
  if (!best) throw invalid(pump ? "#/pump" : "#/load/energyWh", pump ? TANK_CANNOT : LOAD_CANNOT);

  const energy = total * perStep;
  const open = isOpen.flatMap((one, hour) => (one ? [hour] : []));
  const share = (i: number) => Math.floor(((i + 1) * energy) / open.length) - Math.floor((i * energy) / open.length);
  const even = open.reduce((sum, hour, i) => sum + costOf(hour, share(i)), 0);
  const minor = (cost: number) => Number(rounded(BigInt(cost), PER_MINOR, "half_up"));
  const [costMinor, evenCostMinor] = [minor(best.cost), minor(even)];
  const levels = pump ? levelsOf(pump, best.steps) : undefined;
  const evenly =
    pump &&
    levelsOf(
      pump,
      clock.map(() => total / hours),
    );
  return {
    currency: city.currency,
    from: instantOf(from),
    hours: best.steps.map((steps, hour) => ({
      at: instantOf(from + hour),
      minutes: (steps * 60) / QUARTERS,
      energyWh: (steps * perStep) / QUARTERS,
      pricePerKwh: prices[hour]!.text,
      sunW: suns[hour]!,
      ...(levels ? { litres: levels[hour]! } : {}),
    })),
    ...{ costMinor, evenCostMinor, savingMinor: evenCostMinor - costMinor },
    isEvenPossible: !evenly?.some((litres) => litres < pump!.minLitres || litres > pump!.maxLitres),
    sun: sun ? ("watts" in sun ? "given" : "clear_sky") : "none",
  };
}

const TANK_CANNOT =
  "No schedule of whole quarter hours keeps the tank between its levels: look at its size, the pump and what flows out.";
const LOAD_CANNOT = "It needs more hours than it may run in.";

/** A price in minor units a MWh. @throws {Fault} invalid */
function priced(price: string, currency: string, pointer: string): number {
  const places = exponentOf(currency) + 3;
  const decimals = (price.split(".")[1] ?? "").replace(/0+$/, "");
  if (decimals.length > places) throw invalid(pointer, `A price has at most ${places} decimal places.`);
  return Number(scaled(price.includes(".") ? `${price.split(".")[0]}.${decimals}` : price, places));
}

interface Limits {
  limits: { least: number; most: number }[];
  total: number;
}

/** How many steps a tank needs and bears by the end of each hour; at the end exactly what the wanted level takes. */
function tankOf(pump: NonNullable<Asked["pump"]>, hours: number): Limits {
  const { litresPerHour, startLitres, minLitres, maxLitres, endLitres = startLitres, litres } = pump;
  if (minLitres >= maxLitres) throw invalid("#/pump/maxLitres", "It must be above the least level.");
  const isInside = (level: number) => level >= minLitres && level <= maxLitres;
  if (!isInside(startLitres))
    throw invalid("#/pump/startLitres", "It must be between the least and the largest level.");
  if (!isInside(endLitres)) throw invalid("#/pump/endLitres", "It must be between the least and the largest level.");
  if (litres.length < hours) throw invalid("#/pump/demand", `It takes ${hours} hours.`);
  let out = 0;
  const limits = litres.slice(0, hours).map((one) => {
    out += one;
    const steps = (level: number) => ((level - startLitres + out) * QUARTERS) / litresPerHour;
    return { least: Math.ceil(steps(minLitres)), most: Math.floor(steps(maxLitres)) };
  });
  const total = Math.max(0, Math.ceil(((endLitres - startLitres + out) * QUARTERS) / litresPerHour));
  const last = limits.at(-1)!;
  limits[hours - 1] = { least: Math.max(last.least, total), most: Math.min(last.most, total) };
  return { limits, total };
}

function loadOf({ maxW, energyWh }: NonNullable<Asked["load"]>, hours: number): Limits {
  const total = Math.ceil((energyWh * QUARTERS) / maxW);
  const limits = Array.from({ length: hours }, (_, hour) => ({ least: hour === hours - 1 ? total : 0, most: total }));
  return { limits, total };
}

/** What is in the tank at the end of each hour. */
function levelsOf(pump: NonNullable<Asked["pump"]>, steps: readonly number[]): number[] {
  let level = pump.startLitres;
  return steps.map((one, hour) => {
    level += (one * pump.litresPerHour) / QUARTERS - pump.litres[hour]!;
    return level;
  });
}
