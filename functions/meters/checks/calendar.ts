import { Temporal } from "temporal-polyfill";
import { buckets } from "../domain.ts";

const DAY_S = 86_400;

export interface CityDay {
  at: string;
  fromS: number;
  toS: number;
  isWeekend: boolean;
}

/** Meters are looked at for the same days one after the other: those are asked of the zone once. */
const REMEMBERED = 16;
const remembered = new Map<string, readonly CityDay[]>();
function daysOf(fromS: number, toS: number, zone: string): readonly CityDay[] {
  const key = `${zone} ${fromS} ${toS}`;
  const found = remembered.get(key);
  if (found) return found;
  const days = buckets("day", fromS, toS, zone).map((day) => {
    const weekday = new Date(`${day.at}T00:00Z`).getUTCDay();
    return { ...day, isWeekend: weekday === 0 || weekday === 6 };
  });
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
  remembered.set(key, days);
  return days;
}

/** The days of a range in a city's zone, and what its clocks show, without asking the zone for each reading. */
export class Calendar {
  readonly days: readonly CityDay[];
  private last = 0;

  /** @param fromS,toS  a day that is only touched is taken whole */
  constructor(
    fromS: number,
    toS: number,
    private readonly zone: string,
  ) {
    this.days = daysOf(fromS, toS, zone);
  }

  dayAt(atS: number): CityDay | undefined {
    const isIn = (day: CityDay | undefined) => day !== undefined && day.fromS <= atS && atS < day.toS;
    for (const i of [this.last, this.last + 1])
      if (isIn(this.days[i])) {
        this.last = i;
        return this.days[i];
      }
    this.last = Math.max(
      0,
      this.days.findIndex((day) => isIn(day)),
    );
    return isIn(this.days[this.last]) ? this.days[this.last] : undefined;
  }

  /** What a clock on the wall shows, in minutes since midnight. On a day of 25 hours one hour comes twice. */
  minuteAt(atS: number): number | undefined {
    const day = this.dayAt(atS);
    if (!day) return undefined;
    if (day.toS - day.fromS === DAY_S) return Math.floor((atS - day.fromS) / 60);
    const { hour, minute } = Temporal.Instant.fromEpochMilliseconds(atS * 1000).toZonedDateTimeISO(this.zone);
    return hour * 60 + minute;
  }
}

export const median = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
