import { Temporal } from "temporal-polyfill";
import { dayRange } from "../../../shared/time.ts";
import type { Wrong } from "./mistakes.ts";

export const DAY_S = 86_400;

/** How long the local day is that begins at this instant; a day that begins elsewhere has 24 hours. */
export function dayLengthS(atS: number, zone: string): number {
  const at = Temporal.Instant.fromEpochMilliseconds(atS * 1000).toZonedDateTimeISO(zone);
  const start = at.startOfDay();
  if (start.epochMilliseconds !== atS * 1000) return DAY_S;
  return (start.add({ days: 1 }).epochMilliseconds - start.epochMilliseconds) / 1000;
}

/** How long the local day was that ends at this instant. */
export function dayBeforeS(endS: number, zone: string): number {
  const end = Temporal.Instant.fromEpochMilliseconds(endS * 1000).toZonedDateTimeISO(zone);
  if (end.startOfDay().epochMilliseconds !== endS * 1000) return DAY_S;
  return (end.epochMilliseconds - end.subtract({ days: 1 }).startOfDay().epochMilliseconds) / 1000;
}

const ISO = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;
const DAY_FIRST = /^(\d{2})[/.](\d{2})[/.](\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?()$/;

/** Reads times, those without an offset in the city's zone. */
export class Instants {
  /** First instant and length of the local days that were met. */
  private days = new Map<string, { fromS: number; lengthS: number }>();
  constructor(private readonly zone: string) {}

  /**
   * @param lastS the reading before: of the two instants of an hour that comes twice, the first that is later counts
   * @returns seconds since 1970, or what is wrong
   */
  of(text: string, lastS: number | undefined): { atS: number; isDay: boolean } | Wrong {
    const wrong: Wrong = ["time_wrong", { time: text }];
    const iso = ISO.exec(text);
    const found = iso ?? DAY_FIRST.exec(text);
    if (!found) return wrong;
    const [year, month, day] = iso ? [found[1], found[2], found[3]] : [found[3], found[2], found[1]];
    const [hour, minute, second] = [Number(found[4] ?? 0), Number(found[5] ?? 0), Number(found[6] ?? 0)];
    const date = `${year}-${month}-${day}`;
    const utcS = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
    const isDate = new Date(utcS * 1000).toISOString().startsWith(date);
    if (!isDate || Number(year) < 1990 || Number(year) > 9998 || hour > 23 || minute > 59 || second > 59) return wrong;
    const offset = found[7];
    if (offset) {
      const sign = offset.startsWith("-") ? -1 : 1;
      const digits = offset.replace(/\D/g, "");
      const offsetS = offset === "Z" ? 0 : sign * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60);
      return { atS: utcS + hour * 3600 + minute * 60 + second - offsetS, isDay: false };
    }
    const local = this.days.get(date) ?? this.dayOf(date);
    if (found[4] === undefined) return { atS: local.fromS, isDay: true };
    if (local.lengthS === DAY_S) return { atS: local.fromS + hour * 3600 + minute * 60 + second, isDay: false };
    return this.onShift(date, hour, minute, second, lastS);
  }

  private dayOf(date: string) {
    const { from, to } = dayRange(date, this.zone);
    const day = { fromS: from.getTime() / 1000, lengthS: (to.getTime() - from.getTime()) / 1000 };
    this.days.set(date, day);
    return day;
  }

  /** A day whose clock is put forward or back. */
  private onShift(
    date: string,
    hour: number,
    minute: number,
    second: number,
    lastS: number | undefined,
  ): { atS: number; isDay: boolean } | Wrong {
    const plain = Temporal.PlainDate.from(date).toPlainDateTime({ hour, minute, second });
    const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
      plain.toZonedDateTime(this.zone, { disambiguation }),
    );
    const isThere = earlier!.toPlainDateTime().equals(plain);
    if (!isThere) return ["time_skipped", { time: plain.toString(), zone: this.zone }];
    const [earlierS, laterS] = [earlier!.epochMilliseconds / 1000, later!.epochMilliseconds / 1000];
    return { atS: lastS !== undefined && lastS >= earlierS ? laterS : earlierS, isDay: false };
  }
}
