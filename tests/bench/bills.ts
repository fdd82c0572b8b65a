import { accountStore } from "../../functions/accounts/store.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { goOn, newRun } from "../../functions/billing/run.ts";
import { billStore } from "../../functions/billing/store.ts";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { newId } from "../../shared/ids.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { innerHouse } from "../setup/inner.ts";
import { DOLLARS_PER_MILLION_READ_UNITS, DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;

const ACCOUNTS = Number(process.env["HANSA_BENCH_ACCOUNTS"] ?? 100_000);
const AT_ONCE = 100;
const DAYS = 31;
const OCTOBER_S = Date.UTC(2026, 9, 1) / 1000;
const READINGS_A_BATCH = 5_000;

/**
 * One bill run over all accounts of a large city, each with one meter that was read every day of the month, as the
 * task works it off: time, the most memory that was seen between its turns, and the table's units as it counted them.
 */
export async function billRunFigures(note: Note): Promise<void> {
  const set = await innerHouse();
  try {
    const { here, at } = set.newHere();
    const registeredAt = "2026-09-01T00:00:00.000Z";
    let readings: [string, number, number][] = [];
    let deliveries = 0;
    const deliver = async () => {
      const batch = { delivery: `d${deliveries++}`, interval: 86_400, unit: "L", readings };
      readings = [];
      // Each by a source of its own: one may not send this fast.
      await takeBatch(here, `bench-${deliveries}`, Buffer.from(JSON.stringify(batch)));
    };
    for (let from = 0; from < ACCOUNTS; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, ACCOUNTS - from) }, (_, i) => from + i);
      await Promise.all(
        some.map(async (i) => {
          const [id, number] = [newId("acc", at.now), `C-${String(i).padStart(6, "0")}`];
          await accountStore(here.table).open({ id, number, name: `Customer ${i}`, openedAt: registeredAt });
          const meter = { id: newId("mtr", at.now), serial: `W-${i}`, kind: "water" as const, accountId: id };
          await meterStore(here).create({ ...meter, registerUnit: "L", registeredAt });
        }),
      );
      for (const i of some)
        for (let day = 0; day < DAYS; day++)
          readings.push([`W-${i}`, OCTOBER_S + day * 86_400, 200 + ((i * 7_919 + day * 31) % 400)]);
      if (readings.length > READINGS_A_BATCH - AT_ONCE * DAYS) await deliver();
    }
    if (readings.length > 0) await deliver();
    const tariff = TariffPart.parse({
      names: { en: "Water" },
      kind: "water",
      currency: "EUR",
      bands: [{ upTo: 10, price: "0.5" }, { price: "1.2345" }],
      fixedMinor: 300,
      vatBasisPoints: 550,
    });
    await billStore(here).keepTariff(newId("trf", at.now), tariff, at.now);

    const tally = newTally();
    const started = performance.now();
    let most = process.memoryUsage().rss;
    let run = await newRun(here, { month: "2026-10", kind: "water", includeIncomplete: false });
    while (run.state === "running") {
      const from = run;
      run = await tallied(tally, () => goOn(here, from, 0));
      most = Math.max(most, process.memoryUsage().rss);
    }
    const seconds = (performance.now() - started) / 1000;
    if (run.issued !== ACCOUNTS) throw new Error(`${run.issued} of ${ACCOUNTS} bills were issued`);
    const proof = await here.ledger.prove();
    if (!proof.isSound) throw new Error("the ledger's proof does not hold");
    const of = `${ACCOUNTS} accounts with a month of daily readings`;
    note("bill run: whole", seconds, "s", of);
    note("bill run: bills", run.issued / seconds, "/s");
    note("bill run: most memory, table engine and all", most / 1024 ** 2, "MiB");
    const dollars =
      (tally.writeUnits * DOLLARS_PER_MILLION_WRITE_UNITS + tally.readUnits * DOLLARS_PER_MILLION_READ_UNITS) / 1e6;
    note(
      "bill run: cost per 100,000 bills",
      (dollars / ACCOUNTS) * 100_000,
      "USD",
      "by the units that the table counted",
    );
    note(
      "bill run: write units a bill",
      tally.writeUnits / ACCOUNTS,
      "",
      `${(tally.readUnits / ACCOUNTS).toFixed(1)} read units`,
    );
  } finally {
    await set.stop();
  }
}
