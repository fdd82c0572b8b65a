import { BillIssued } from "../../functions/billing/events.ts";
import type { FunctionPart } from "../../marketplace/contract/hooks.ts";
import { defineModule } from "../../marketplace/contract/module.ts";
import { runStore } from "../../marketplace/installs/run-store.ts";
import { answerOf } from "../../marketplace/installs/running.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { factOf, logWrites, type Told, told } from "../../shared/events.ts";
import { newId } from "../../shared/ids.ts";
import { processSandbox } from "../../shared/sandbox/index.ts";
import type { Item } from "../../shared/table.ts";
import { newTally, tallied } from "../../shared/tally.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";
import { DOLLARS_PER_MILLION_READ_UNITS, DOLLARS_PER_MILLION_WRITE_UNITS } from "./prices.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
const WARM = 200;
const RUNS = 2_000;

/** An honest program over 96 readings in the sandbox, one after the other: what one core does. */
async function functionSpeed(note: Note): Promise<void> {
  const part = leaks.parts.find((one): one is FunctionPart => one.kind === "function")!;
  const meterId = "mtr_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
  const nights = Array.from({ length: 96 }, (_, i) => ({
    ...{
      meterId,
      kind: "water",
      day: `2026-11-${10 + Math.floor(i / 12)}`,
      hour: i % 12,
      quantity: 3 * i,
      coverage: 1,
    },
  }));
  const input = {
    event: { meterIds: [meterId] },
    reads: { nights },
    config: { litres: 10, nights: 3 },
    now: "2026-11-20T06:00:00Z",
  };
  const times: number[] = [];
  for (let i = 0; i < WARM + RUNS; i++) {
    const startedMs = performance.now();
    const answer = await answerOf(part, input, processSandbox("bench"));
    if (!("effects" in answer) || answer.effects.length !== 2) throw new Error(JSON.stringify(answer));
    if (i >= WARM) times.push(performance.now() - startedMs);
  }
  const total = times.reduce((sum, one) => sum + one, 0);
  times.sort((a, b) => a - b);
  note(
    "a program over 96 readings, once warm: p50",
    at(times, 0.5),
    "ms",
    "in its own process, a fresh context each; wanted 2",
  );
  note("  p99", at(times, 0.99), "ms");
  note("  runs by one core", (1000 * RUNS) / total, "/s", "one after the other");
}

const en = (words: string) => ({ en: words });
const purpose = en("to count");
const ROW = "function row(e) { return { scope: 'own.rows:write', about: 'seen', fields: { bill: e.billId } }; }";

/** A module that hears of bills, and may write a row for each. */
const counting = (code: string) =>
  defineModule({
    manifest: {
      ...{ contract: 1, name: "acme/count", version: "1.0.0", licence: "MIT" },
      ...{ title: en("Count"), summary: en("Count") },
    },
    parts: [
      {
        ...{ kind: "function", id: "count", title: en("Count"), code: `${ROW}\n${code}` },
        on: { event: BillIssued.type, purpose },
        effects: [{ scope: "own.rows:write", purpose }],
        proof: [{ name: "any", event: {}, now: "2026-11-20T06:00:00Z", effects: [] }],
      },
      {
        ...{ kind: "dataset", id: "seen", title: en("Seen"), card: { description: en("Bills"), licence: "CC0-1.0" } },
        schema: { fields: [{ name: "bill", type: "string" }], primaryKey: ["bill"] },
      },
    ],
  });

function billed() {
  const [billId, accountId, issuedAt] = [newId("bill", new Date()), newId("acc", new Date()), new Date().toISOString()];
  const bill = { billId, accountId, month: "2026-10", kind: "water", totalMinor: 100, currency: "EUR" };
  return told(BillIssued, billId, { ...bill, issuedAt });
}

/** What a million runs cost: units as the engine counts them, in the transactions that keep receipt, budget and row. */
async function functionCost(note: Note): Promise<void> {
  const inner = await innerHouse();
  try {
    for (const [what, code] of [
      ["without an effect", "function run() { return []; }"],
      ["with a row of its own", "function run(e) { return [row(e)]; }"],
    ] as const) {
      const { here, listeners } = await letRun(inner, counting(code));
      const facts = Array.from({ length: 100 }, (): Told => {
        const [write] = logWrites("/", [billed()], new Date());
        return factOf((write as { put: Item }).put);
      });
      const listener = listeners.find(({ type }) => type === BillIssued.type)!;
      const tally = newTally();
      await tallied(tally, async () => {
        for (let from = 0; from < facts.length; from += 25) await listener.run(here, facts.slice(from, from + 25), []);
      });
      const [reads, writes] = [tally.readUnits / facts.length, tally.writeUnits / facts.length];
      const dollars = reads * DOLLARS_PER_MILLION_READ_UNITS + writes * DOLLARS_PER_MILLION_WRITE_UNITS;
      note(
        `a million runs ${what}: table`,
        dollars,
        "USD",
        `${writes} write and ${reads} read units a run, facts in 25s`,
      );
    }
  } finally {
    await inner.stop();
  }
}

const EVENTS = 100;
const PAUSE_MS = 100;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const toldAtMs = (eventId: string): number =>
  [...eventId.slice("evt_".length, "evt_".length + 10)].reduce((ms, sign) => ms * 32 + CROCKFORD.indexOf(sign), 0);

/** From the fact in the log to the committed effect, as the bell of an embedded house delivers it. */
async function functionLatency(note: Note): Promise<void> {
  const inner = await innerHouse();
  try {
    const { here, id } = await letRun(inner, counting("function run(e) { return [row(e)]; }"));
    // From here on the house finds the city by itself, and its bell tells what is due.
    await here.table.put({ pk: "CITY", sk: "CITY", city: here.city });
    for (let i = 0; i < EVENTS; i++) {
      await here.commit([], [billed()]);
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
    const runs = async () => (await runStore(here).runs(id, { limit: EVENTS })).runs;
    while ((await runs()).length < EVENTS) await new Promise((resume) => setTimeout(resume, 100));
    const waits = (await runs()).map((run) => Date.parse(run.at) - toldAtMs(run.eventId)).sort((a, b) => a - b);
    note("event to committed effect: p50", at(waits, 0.5), "ms", `${EVENTS} facts, one every ${PAUSE_MS} ms`);
    note("  p99", at(waits, 0.99), "ms", "wanted 500");
  } finally {
    await inner.stop();
  }
}

export async function functionFigures(note: Note): Promise<void> {
  await functionSpeed(note);
  await functionCost(note);
  await functionLatency(note);
}
