import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type LocalHouse, startHouse } from "../functions/local.ts";
import { keepAccount } from "../functions/payments/accounts.ts";
import type { RailName } from "../functions/payments/rail.ts";
import { accountReferenceOf } from "../functions/payments/rails/daraja/index.ts";
import { payments } from "../functions/payments/room.ts";
import type { KeptPayment } from "../functions/payments/schema.ts";
import { type HubOptions, type StandIns, startStandIns } from "../functions/payments/stand-in/hub.ts";
import type { City, Here } from "../shared/here.ts";
import { newId } from "../shared/ids.ts";
import type { CityRoom } from "../shared/room.ts";
import { dayPlus } from "../shared/time.ts";
import { busyEngine } from "./setup/busy-engine.ts";

// What the storms of payments have in common: cities of all rails, in a house that a test may kill, with a clock, a disk
// and providers that it sets.

/** A rail of telephones: its stand-in lists at `/<rail>/_paid` what its payers have paid, by the names it was given. */
export interface Phones {
  rail: RailName;
  /** A number that ends so: 1 refuses, 2 never answers, 3 pays. */
  msisdn: (i: number, end: 1 | 2 | 3) => string;
  nameOf: (payment: KeptPayment) => string;
}
export interface CityOfRails {
  currency: string;
  country: string;
  unitMinor: number;
  phones: Phones[];
}
/** One line for each rail, in the city whose currency it takes. */
export const CITIES: CityOfRails[] = [
  {
    currency: "XOF",
    country: "CI",
    unitMinor: 1,
    phones: [
      { rail: "momo", msisdn: (i, end) => `+22505000${100 + i}${end}`, nameOf: ({ id }) => id },
      { rail: "gsma", msisdn: (i, end) => `+22501000${100 + i}${end}`, nameOf: ({ id }) => id },
      { rail: "pawapay", msisdn: (i, end) => `+22507000${100 + i}${end}`, nameOf: ({ id }) => id },
      // On a page, where the payer types the number.
      { rail: "orange", msisdn: (i, end) => `+22507100${100 + i}${end}`, nameOf: ({ id }) => id.slice(-26) },
    ],
  },
  {
    currency: "KES",
    country: "KE",
    unitMinor: 100,
    phones: [
      {
        rail: "daraja",
        msisdn: (i, end) => `+25471${100_000 + i}${end}`,
        nameOf: ({ id: paymentId, reference }) => accountReferenceOf({ paymentId, reference }),
      },
    ],
  },
];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A city of these rails, which can be paid by card too. It ends with its test. */
export async function stormHouse(
  { currency, country, phones }: CityOfRails,
  { rooms, seed, more = {} }: { rooms: readonly CityRoom[]; seed: number; more?: HubOptions["more"] },
) {
  // Tomorrow at six: whatever the hour is, the first night falls when all have paid.
  let clock = Date.parse(`${dayPlus(new Date().toISOString().slice(0, 10), 1)}T06:00:00Z`);
  const now = () => new Date(clock);
  const hub: StandIns = await startStandIns({ now, seed, more });
  stops.push(hub.stop);
  const HANSA_DATA = mkdtempSync(join(tmpdir(), "hansa-storm-"));
  stops.push(() => rmSync(HANSA_DATA, { recursive: true, force: true }));
  const engine = await busyEngine(join(HANSA_DATA, "table.db"));
  stops.push(engine.stop);
  const slug = "storm";
  const start = async (PORT: string): Promise<LocalHouse> => {
    const env = { ...engine.env(), PORT, HANSA_DATA, HANSA_LOG: "silent", HANSA_STAND_INS: hub.url };
    return startHouse(env, { now, rooms });
  };
  let house = await start("0");
  stops.push(() => house.stop());
  const { url } = house;
  const city: City = {
    ...{ slug, name: "Storm", country, currency, languages: ["fr", "en"], timeZone: "UTC" },
    isSynthetic: true,
    createdAt: now().toISOString(),
  };
  await house.house.makeHere(city).table.put({ pk: "CITY", sk: "CITY", city });
  let here = (await house.house.hereOf(slug)) as Here;
  const fee = { basisPoints: 0, fixedMinor: 0, borneBy: "city" as const };
  const common = { kinds: [], fee, isStandIn: true, isOpen: true, setUp: false };
  await keepAccount(here, { ...common, id: "card", name: "Card", rail: "stripe" }, url);
  for (const { rail } of phones) await keepAccount(here, { ...common, id: rail, name: rail, rail }, url);
  const post = (path: string, body: object) =>
    fetch(`${url}/cities/${slug}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": newId("key", now()) },
      body: JSON.stringify(body),
    });
  return {
    /** Another one after a `kill`. */
    here: () => here,
    hub,
    disk: engine.disk,
    now,
    url: `${url}/cities/${slug}`,
    async step(ms: number) {
      clock += ms;
      await house.house.deliver(slug);
    },
    /** The house dies at this instant, whatever is under way, and comes again at the same address. */
    async kill() {
      await engine.cutOff();
      await house.stop();
      house = await start(new URL(url).port);
      here = (await house.house.hereOf(slug)) as Here;
    },
    post,
    pay: (body: { reference: string; account: string; msisdn?: string; amountMinor?: number; isSure?: boolean }) =>
      post("/v1/payments", body),
    async payments(): Promise<KeptPayment[]> {
      const all: KeptPayment[] = [];
      for await (const item of payments.collections["payments"]!(here))
        if (item.sk === "PAYMENT") all.push(item["payment"] as KeptPayment);
      return all;
    },
  };
}
