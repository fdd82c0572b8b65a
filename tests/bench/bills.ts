import { join } from "node:path";
import { openedAccount } from "../../functions/accounts/domain.ts";
import { accountStore } from "../../functions/accounts/store.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { goOn, newRun } from "../../functions/billing/run.ts";
import type { KeptRun } from "../../functions/billing/schema.ts";
import { billStore } from "../../functions/billing/store.ts";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { City, Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { newChance } from "../../shared/reference.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { runHouse } from "../setup/house.ts";
import { innerHouse } from "../setup/inner.ts";
import { clientOf } from "./client.ts";
import { DOLLARS_PER_MILLION_READ_UNITS, DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";
import { engineOf, forgetPeak, peakMb, processorS } from "./process.ts";

type Inner = Awaited<ReturnType<typeof innerHouse>>;
type Note = (what: string, value: number, unit: string, more?: string) => void;

const ACCOUNTS = Number(process.env["HANSA_BENCH_ACCOUNTS"] ?? 100_000);
/** What bills cost is counted of fewer, where the table's units can be seen. */
const COSTED = Math.min(ACCOUNTS, 5_000);
const AT_ONCE = 100;
const DAYS = 31;
const OCTOBER_S = Date.UTC(2026, 9, 1) / 1000;
const READINGS_A_BATCH = 5_000;

const QUARTER_MS = 15 * 60_000;
const ASKED_EVERY_MS = 500;

const TARIFF = {
  names: { en: "Water" },
  kind: "water",
  currency: "EUR",
  bands: [{ upTo: 10, price: "0.5" }, { price: "1.2345" }],
  fixedMinor: 300,
  vatBasisPoints: 550,
};
const RUN = { month: "2026-10", kind: "water" } as const;

/** A city with so many accounts, each with a meter that was read on every day of October 2026. */
async function populated({ house, newHere }: Inner, accounts: number, city?: Partial<City>): Promise<Here> {
  const { here, at } = newHere(city);
  const { now } = at;
  let readings: [string, number, number][] = [];
  let deliveries = 0;
  const deliver = async () => {
    const batch = { delivery: `d${deliveries++}`, interval: 86_400, unit: "L", readings };
    readings = [];
    // Each by a source of its own: one may not send this fast.
    await takeBatch(here, `bench-${deliveries}`, Buffer.from(JSON.stringify(batch)));
  };
  for (let from = 0; from < accounts; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, accounts - from) }, (_, i) => from + i);
    await Promise.all(
      some.map(async (i) => {
        const order = { number: `C-${String(i).padStart(6, "0")}`, name: `Customer ${i}` };
        const account = openedAccount(order, newId("acc", now), undefined, now, newChance());
        await accountStore(here.table).open(account);
        const meter = { id: newId("mtr", now), serial: `W-${i}`, kind: "water" as const, accountId: account.id };
        await meterStore(here).create({ ...meter, registerUnit: "L", registeredAt: now.toISOString() });
      }),
    );
    for (const i of some)
      for (let day = 0; day < DAYS; day++)
        readings.push([`W-${i}`, OCTOBER_S + day * 86_400, 200 + ((i * 7_919 + day * 31) % 400)]);
    if (readings.length > READINGS_A_BATCH - AT_ONCE * DAYS) await deliver();
  }
  if (readings.length > 0) await deliver();
  // What a house does by itself at the end of each quarter of an hour: readings leave the open window.
  at.now = new Date(now.getTime() + 2 * QUARTER_MS);
  await deliverDue(
    here,
    [],
    house.rooms.flatMap(({ tasks }) => tasks),
  );
  return here;
}

/**
 * One bill run over all accounts of a large city, each with one meter that was read every day of the month, asked of a
 * house that runs by itself: from the question to the last bill, while whoever hears of bills hears of these. Time,
 * processor time, the most memory.
 */
export async function billRunFigures(data: string, note: Note): Promise<void> {
  const env = { HANSA_DATA: join(data, "bills") };
  const first = await runHouse(env);
  const { slug, token } = await clientOf(first).city("bench-bills");
  await first.stop();
  const inner = await innerHouse(env.HANSA_DATA);
  // Until now, in the time of the house that will bill them.
  await populated(inner, ACCOUNTS, { slug, createdAt: new Date().toISOString() });
  await inner.stop();

  const house = await runHouse(env);
  try {
    const city = clientOf(house).cityAs(slug, token);
    await city.post("/v1/tariffs", { tariff: TARIFF });
    const engine = engineOf(house);
    const used = () => ({ house: processorS(house.process.pid!), engine: processorS(engine) });
    const before = used();
    forgetPeak(house);
    note("bill run: memory of the house before it", peakMb(house), "MB");
    const started = performance.now();
    let run = await city.post<KeptRun>("/v1/bill-runs", RUN);
    while (run.state === "running") {
      await new Promise((resume) => setTimeout(resume, ASKED_EVERY_MS));
      run = await city.get<KeptRun>(`/v1/bill-runs/${run.id}`);
    }
    const seconds = (performance.now() - started) / 1000;
    const after = used();
    if (run.issued !== ACCOUNTS) throw new Error(`${run.issued} of ${ACCOUNTS} bills were issued`);
    const { isSound, problems } = await city.get<{ isSound: boolean; problems: string[] }>("/v1/ledger/proof");
    if (!isSound) throw new Error(`the ledger's proof does not hold: ${problems.join(" ")}`);
    note("bill run: whole", seconds, "s", `${ACCOUNTS} accounts with a month of daily readings`);
    note("bill run: bills", run.issued / seconds, "/s");
    const each = (of: "house" | "engine") => ((after[of] - before[of]) / ACCOUNTS) * 1000;
    const parts = `${each("house").toFixed(2)} the house, ${each("engine").toFixed(2)} its table engine`;
    note("bill run: processor time a bill", each("house") + each("engine"), "ms", parts);
    note("bill run: most memory of the house", peakMb(house), "MB");
    note("bill run: most memory of the table engine", peakMb(house, engine), "MB");
  } finally {
    await house.stop();
  }
}

/** What the bills of a run cost on AWS, by the units that the table counts. */
export async function billRunCost(note: Note): Promise<void> {
  const inner = await innerHouse();
  try {
    const here = await populated(inner, COSTED);
    const now = here.clock.now();
    await billStore(here).keepTariff(newId("trf", now), TariffPart.parse(TARIFF), now);
    const tally = newTally();
    let run = await newRun(here, { ...RUN, includeIncomplete: false });
    while (run.state === "running") {
      const from = run;
      run = await tallied(tally, () => goOn(here, from, 0));
    }
    if (run.issued !== COSTED) throw new Error(`${run.issued} of ${COSTED} bills were issued`);
    const dollars =
      (tally.writeUnits * DOLLARS_PER_MILLION_WRITE_UNITS + tally.readUnits * DOLLARS_PER_MILLION_READ_UNITS) / 1e6;
    const byUnits = `by the units that the table counted for ${COSTED}`;
    note("bill run: cost per 100,000 bills", (dollars / COSTED) * 100_000, "USD", byUnits);
    const reads = `${(tally.readUnits / COSTED).toFixed(1)} read units`;
    note("bill run: write units a bill", tally.writeUnits / COSTED, "", reads);
  } finally {
    await inner.stop();
  }
}
