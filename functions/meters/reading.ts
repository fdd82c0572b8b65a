import type { z } from "zod";
import { absent, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { dayRange } from "../../shared/time.ts";
import type { Who } from "../../shared/who.ts";
import { AccountsOf } from "../accounts/events.ts";
import { countedOf } from "./checks/store.ts";
import { buckets, cutsOf, daysOfMonth, intervalsOf, iso, monthly, usageBy } from "./domain.ts";
import { BASE_UNIT, type Grain, type Meter, type MeterReadings, type Usage } from "./schema.ts";
import { meterStore } from "./store.ts";

const DAY_S = 86_400;
/** The longest range of an answer, by grain: more is asked for in parts. */
const RANGE_DAYS_MAX: Record<Grain, number> = { interval: 62, day: 800, month: 12_000 };

/** The meters of a resident's own accounts. */
export async function metersOf(here: Here, who: Who): Promise<Meter[]> {
  if (who.kind !== "person") return [];
  const store = meterStore(here);
  const accounts = await here.ask(AccountsOf, { contacts: who.contacts });
  const tied = await Promise.all(accounts.map((account) => store.ofAccount(account.id)));
  return tied.flat();
}

const STAFF = ["agent", "treasurer", "administrator"] as const;
export const isStaff = (who: Who): boolean =>
  who.kind === "program" || (who.kind === "person" && STAFF.some((role) => who.roles.includes(role)));

/** From when on a visitor may see what a meter counted, in seconds: a new tenant does not see the old one's life. */
export const visibleFromS = (meter: Meter, who: Who): number =>
  isStaff(who) || meter.accountFrom === undefined ? 0 : Date.parse(meter.accountFrom) / 1000;

/** A meter that this visitor may see. Another's is as absent as one that is not there. @throws {Fault} absent */
export async function visibleMeter(here: Here, who: Who, id: string): Promise<Meter> {
  const meter = await meterStore(here).get(id);
  if (isStaff(who)) return meter;
  if (meter.accountId === undefined || who.kind !== "person") throw absent();
  const accounts = await here.ask(AccountsOf, { contacts: who.contacts });
  if (!accounts.some((account) => account.id === meter.accountId)) throw absent();
  return meter;
}

/**
 * A meter's use by days or months of the city, or by its own intervals. `to` is exclusive.
 *
 * @param sinceS       what began before is left out (`visibleFromS`)
 * @param asDelivered  without what people set right: the originals
 */
export async function readingsOf(
  here: Here,
  meter: Meter,
  from: Date,
  to: Date,
  grain: Grain,
  sinceS: number,
  asDelivered = false,
): Promise<z.infer<typeof MeterReadings>> {
  const [fromS, toS] = [Math.floor(from.getTime() / 1000), Math.ceil(to.getTime() / 1000)];
  if (toS <= fromS) throw invalid("query/to", "It is not after `from`.");
  const most = RANGE_DAYS_MAX[grain];
  if (toS - fromS > (most + 1) * DAY_S) throw invalid("query/to", `By ${grain}, ask for at most ${most} days at once.`);
  const { timeZone } = here.city;
  const ranges = grain === "interval" ? undefined : buckets(grain, fromS, toS, timeZone);
  const whole = ranges ? ([ranges[0]!.fromS, ranges.at(-1)!.toS] as const) : ([fromS, toS] as const);
  const cutsS = ranges && cutsOf(ranges, sinceS);
  const every = asDelivered
    ? await meterStore(here).counted(meter.id, ...whole, cutsS)
    : await countedOf(here, meter, ...whole, cutsS);
  const all = sinceS === 0 ? every : every.filter((one) => one.fromS >= sinceS);
  const readings: Usage[] = ranges
    ? usageBy(ranges, all)
    : intervalsOf(all.filter((one) => one.fromS >= fromS && one.fromS < toS));
  return {
    meterId: meter.id,
    kind: meter.kind,
    unit: BASE_UNIT[meter.kind],
    grain,
    timeZone,
    from: iso(whole[0]),
    to: iso(whole[1]),
    readings,
  };
}

/** @throws {Fault} absent */
export async function monthlyUsage(here: Here, meterId: string, month: string) {
  const meter = await meterStore(here).get(meterId);
  const { whole, days } = daysOfMonth(month, here.city.timeZone);
  const all = await countedOf(here, meter, whole.fromS, whole.toS, cutsOf(days));
  return { meterId, kind: meter.kind, unit: BASE_UNIT[meter.kind], ...monthly(month, all, here.city.timeZone) };
}

/** A bound of a range: an instant, or a day that begins in the city's zone. */
export function instantOf(text: string, zone: string, pointer: string): Date {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    try {
      return dayRange(text, zone).from;
    } catch {
      throw invalid(pointer, "It is no day of the calendar.");
    }
  }
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(at.getTime()))
    throw invalid(pointer, "It is neither a day such as 2026-11-23 nor an instant such as 2026-11-23T14:00:00Z.");
  return at;
}
