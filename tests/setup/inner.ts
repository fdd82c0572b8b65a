import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cityRooms } from "../../functions/rooms.ts";
import { compose } from "../../shared/compose.ts";
import { City, type Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { makeTables } from "../../shared/local/tables.ts";
import { testEngine } from "./engine.ts";

/**
 * Every room on a real engine, in this process and without HTTP: for tests of what one room answers another.
 *
 * @param of  the folder of a house that does not run now
 */
export async function innerHouse(of?: string) {
  const { engine, client } = await (of === undefined ? testEngine() : testEngine("hansa-city", join(of, "table.db")));
  const data = of ?? mkdtempSync(join(tmpdir(), "hansa-inner-"));
  await makeTables(client, ["hansa-city", "hansa-control", "hansa-market"]);
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_REGION: "embedded",
    AWS_ACCESS_KEY_ID: "embedded",
    AWS_SECRET_ACCESS_KEY: "embedded",
  };
  Object.assign(process.env, env);
  const house = await compose({ HANSA_DATA: data, HANSA_LOG: "silent" }, cityRooms);
  let made = 0;
  return {
    house,
    enginePid: () => engine.pid(),
    /** A city of its own, with a clock that the test may set. */
    newHere(more: Partial<City> = {}): { here: Here; at: { now: Date } } {
      const at = { now: new Date("2026-11-23T12:00:00Z") };
      const city = City.parse({
        slug: `inner-${process.pid}-${made++}`,
        name: "Inner city",
        country: "FR",
        currency: "EUR",
        languages: ["en"],
        timeZone: "UTC",
        isSynthetic: true,
        createdAt: at.now.toISOString(),
        ...more,
      });
      const here = house.makeHere(city);
      const clock = { now: () => at.now, wake: async () => {} };
      return { here: Object.assign(here, { clock }), at };
    },
    async stop() {
      await engine.stop();
      // A house that is started next keeps an engine of its own.
      for (const name in env) delete process.env[name];
      if (of === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A bill of this much, as a run would issue it. */
export function anyBill(here: Here, totalMinor: number, currency = "EUR") {
  const now = here.clock.now();
  return {
    id: newId("bill", now),
    accountId: newId("acc", now),
    meterId: newId("mtr", now),
    kind: "water" as const,
    month: "2026-10",
    quantity: 1000,
    estimatedShare: 0,
    currency,
    lines: [{ what: "fixed" as const, amountMinor: totalMinor }],
    netMinor: totalMinor,
    vatMinor: 0,
    totalMinor,
    tariff: {
      source: { from: "city" as const, tariffId: newId("trf", now) },
      tariff: {
        names: { en: "Water" },
        kind: "water" as const,
        currency,
        bands: [{ price: "1" }],
        fixedMinor: 0,
        vatBasisPoints: 0,
        rounding: { mode: "half_up" as const, toMinor: 1 },
      },
    },
    issuedAt: now.toISOString(),
  };
}
