import { syntheticUsage } from "../../../functions/synthetic/events.ts";
import { dayOf, dayPlus, monthPlus } from "../../../shared/time.ts";
import { isHook } from "../../contract/hooks.ts";
import type { Module } from "../../contract/module.ts";
import { type SandboxCity, TIME_ZONE } from "./sandbox-city.ts";

// What happens in the sandbox city, so that rules and programs have something to hear: households use water and
// electricity, and are billed. One has a leak, so that there is something to find.

const DAYS_A_ROUND = 8;
/** The first round is a whole month, so that it can be billed; each goes on where the one before ended. */
const BEGINS_MONTHS_AGO = 6;
const LEAK_LITRES = 20;

const EVENING = "marketplace.evening_began.v1";

/** The city's clock: ours, until it is put on to the evening for a module that waits for one. */
export class SandboxClock {
  #aheadMs = 0;
  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);
  /** A moment after six, by the city's zone. It goes on only, so it may be tomorrow's. */
  toEvening(): void {
    const now = this.now();
    const today = Date.parse(`${dayOf(now, TIME_ZONE)}T18:00:01Z`);
    this.#aheadMs += (today > now.getTime() ? today : today + DAY_MS) - now.getTime();
  }
}
const DAY_MS = 86_400_000;

/** What it can hear of itself, and what somebody has to do for it. */
export const HEARD_BY_HAND: Readonly<Record<string, string>> = {
  "alarms.raised.v1": "a module or a meter raises an alarm",
  "procedures.case_moved.v1": "somebody applies and staff decides",
};

/** Lets some days pass. @returns what happened, in words */
export function facts(city: SandboxCity, clock: SandboxClock, { parts }: Module): { next(): Promise<string> } {
  let waitsForEvening = parts.some((part) => isHook(part) && part.on.event === EVENING);
  const priced = parts.flatMap((part) => (part.kind === "tariff" ? [part.tariff.kind] : []));
  const kinds = new Set(priced.filter((kind) => kind !== "gas"));
  let day = `${monthPlus(dayOf(clock.now(), TIME_ZONE).slice(0, 7), -BEGINS_MONTHS_AGO)}-01`;
  let end = `${monthPlus(day.slice(0, 7), 1)}-01`;
  return {
    async next() {
      await city.send("/v1/readings", readingsOf(city.meters, day, end), "text/csv");
      const month = monthPlus(end.slice(0, 7), -1);
      // Once: whoever has signed in would be signed out by a second day.
      if (waitsForEvening) clock.toEvening();
      const evening = waitsForEvening ? ", it is six in the evening" : "";
      waitsForEvening = false;
      const said = `${city.meters.length} meters are read from ${day} to ${dayPlus(end, -1)}${evening}`;
      const isNewMonth = day.slice(0, 7) !== end.slice(0, 7);
      day = end;
      end = dayPlus(day, DAYS_A_ROUND);
      if (!isNewMonth) return said;
      // Where the module itself brings no price, the city has one of its own.
      if (kinds.size === 0) {
        await price(city);
        kinds.add("electricity");
      }
      let bills = 0;
      for (const kind of kinds) bills += (await city.post<{ issued: number }>("/v1/bill-runs", { month, kind })).issued;
      return `${said}, ${bills} bills of ${month} are issued`;
    },
  };
}

function readingsOf(meters: SandboxCity["meters"], from: string, to: string): string {
  const leaks = meters.find(({ kind }) => kind === "water");
  const months = [...new Set([from.slice(0, 7), dayPlus(to, -1).slice(0, 7)])];
  const lines = ["meter,time,value,unit"];
  for (const meter of meters)
    for (const { from: at, quantity } of months.flatMap((month) => syntheticUsage(meter, month, TIME_ZONE).hours)) {
      const hour = at.toISOString();
      if (hour.slice(0, 10) < from || hour.slice(0, 10) >= to) continue;
      const used = (quantity + (meter === leaks ? LEAK_LITRES : 0)) / 1_000;
      lines.push(
        `${meter.meterSerial},${hour.slice(0, 19)}Z,${used.toFixed(3)},${meter.kind === "water" ? "m3" : "kWh"}`,
      );
    }
  return `${lines.join("\n")}\n`;
}

async function price(city: SandboxCity): Promise<void> {
  const tariff = {
    ...{ names: { en: "Sandbox electricity", fr: "Électricité d’essai", ar: "كهرباء التجربة" }, kind: "electricity" },
    ...{ currency: city.currency, bands: [{ price: "1" }] },
  };
  await city.post("/v1/tariffs", { tariff });
}
