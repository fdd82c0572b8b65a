import { readFileSync } from "node:fs";
import { openedAccount } from "../../functions/accounts/domain.ts";
import { accountStore } from "../../functions/accounts/store.ts";
import { TariffPart } from "../../functions/billing/events.ts";
import { goOn, newRun } from "../../functions/billing/run.ts";
import { billStore } from "../../functions/billing/store.ts";
import { takeBatch } from "../../functions/meters/batch-intake.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { deliverDue } from "../../shared/courier.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { newChance } from "../../shared/reference.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { innerHouse } from "../setup/inner.ts";
import { DOLLARS_PER_MILLION_READ_UNITS, DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;

const ACCOUNTS = Number(process.env["HANSA_BENCH_ACCOUNTS"] ?? 100_000);
const AT_ONCE = 100;
const DAYS = 31;
const OCTOBER_S = Date.UTC(2026, 9, 1) / 1000;
const READINGS_A_BATCH = 5_000;

/** Shown when so many more bills are issued. */
const SHOWN_EVERY = Math.max(500, Math.ceil(ACCOUNTS / 20 / 100) * 100);
const MIB = 1024 ** 2;
const QUARTER_MS = 15 * 60_000;

/** What the table engine has used until now, by Linux's own books. */
function usedBy(pid: number | undefined): { cpuS: number; mostBytes: number } {
  // After the name in brackets, which may hold anything: the 12th and 13th are hundredths of seconds.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const [, mostKb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return { cpuS: (Number(stat[11]) + Number(stat[12])) / 100, mostBytes: Number(mostKb) * 1024 };
}
const cpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A city with so many accounts, each with a meter that was read on every day of October 2026. */
async function populated(here: Here, now: Date): Promise<void> {
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
}

/**
 * One bill run over all accounts of a large city, each with one meter that was read every day of the month, as the
 * task works it off: time, processor time, the most memory, and the table's units as it counted them.
 */
export async function billRunFigures(note: Note): Promise<void> {
  const set = await innerHouse();
  try {
    const { here, at } = set.newHere();
    await populated(here, at.now);
    // What a house does by itself at the end of each quarter of an hour: readings leave the open window.
    at.now = new Date(at.now.getTime() + 2 * QUARTER_MS);
    await deliverDue(
      here,
      [],
      set.house.rooms.flatMap(({ tasks }) => tasks),
    );
    const tariff = TariffPart.parse({
      names: { en: "Water" },
      kind: "water",
      currency: "EUR",
      bands: [{ upTo: 10, price: "0.5" }, { price: "1.2345" }],
      fixedMinor: 300,
      vatBasisPoints: 550,
    });
    await billStore(here).keepTariff(newId("trf", at.now), tariff, at.now);
    process.stderr.write(`${ACCOUNTS} accounts are there, the run begins\n`);

    const tally = newTally();
    const before = { engine: usedBy(set.enginePid()).cpuS, here: cpuS() };
    const started = performance.now();
    const passed = () => (performance.now() - started) / 1000;
    let most = process.memoryUsage().rss;
    let shown = 0;
    let run = await newRun(here, { month: "2026-10", kind: "water", includeIncomplete: false });
    while (run.state === "running") {
      const from = run;
      run = await tallied(tally, () => goOn(here, from, 0));
      most = Math.max(most, process.memoryUsage().rss);
      if (run.issued < shown + SHOWN_EVERY) continue;
      shown = run.issued;
      process.stderr.write(`  ${shown} of ${ACCOUNTS} bills, ${Math.round(passed())} s\n`);
    }
    const seconds = passed();
    const engine = usedBy(set.enginePid());
    const used = { engine: engine.cpuS - before.engine, here: cpuS() - before.here };
    if (run.issued !== ACCOUNTS) throw new Error(`${run.issued} of ${ACCOUNTS} bills were issued`);
    const proof = await here.ledger.prove();
    if (!proof.isSound) throw new Error(`the ledger's proof does not hold: ${proof.problems.join(" ")}`);
    note("bill run: whole", seconds, "s", `${ACCOUNTS} accounts with a month of daily readings`);
    note("bill run: bills", run.issued / seconds, "/s");
    const parts = `${((used.here / ACCOUNTS) * 1000).toFixed(2)} the house, ${((used.engine / ACCOUNTS) * 1000).toFixed(2)} its table engine`;
    note("bill run: processor time a bill", ((used.here + used.engine) / ACCOUNTS) * 1000, "ms", parts);
    note("bill run: most memory of the house", most / MIB, "MiB");
    note("bill run: most memory of the table engine", engine.mostBytes / MIB, "MiB", "with the whole city in memory");
    const dollars =
      (tally.writeUnits * DOLLARS_PER_MILLION_WRITE_UNITS + tally.readUnits * DOLLARS_PER_MILLION_READ_UNITS) / 1e6;
    const byUnits = "by the units that the table counted";
    note("bill run: cost per 100,000 bills", (dollars / ACCOUNTS) * 100_000, "USD", byUnits);
    const reads = `${(tally.readUnits / ACCOUNTS).toFixed(1)} read units`;
    note("bill run: write units a bill", tally.writeUnits / ACCOUNTS, "", reads);
  } finally {
    await set.stop();
  }
}
