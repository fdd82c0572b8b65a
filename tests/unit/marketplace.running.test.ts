import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alarmStore } from "../../functions/alarms/store.ts";
import { BillIssued } from "../../functions/billing/events.ts";
import { read } from "../../marketplace/contract/index.ts";
import { defineModule, type ModuleInput } from "../../marketplace/contract/module.ts";
import { ownRows } from "../../marketplace/installs/own-rows.ts";
import { toldOf } from "../../marketplace/installs/run-schema.ts";
import { RUNS_FAILED_MAX, runStore } from "../../marketplace/installs/run-store.ts";
import { choose, remove, step } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { proofsOf } from "../../marketplace/installs/trial.ts";
import { deliverDue, replay } from "../../shared/courier.ts";
import { told } from "../../shared/events.ts";
import { newId } from "../../shared/ids.ts";
import { processSandbox } from "../../shared/sandbox/index.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const en = (words: string) => ({ en: words });
const purpose = en("to see");
type Part = ModuleInput["parts"][number];
type Hook = Partial<Extract<Part, { kind: "function" }>>;

const message: Part = {
  kind: "texts",
  id: "dear",
  use: "message",
  title: en("A dear bill"),
  body: en("It is {value}."),
};
const rows: Part = {
  kind: "dataset",
  id: "seen",
  title: en("Seen"),
  schema: {
    fields: [
      { name: "bill", type: "string", constraints: { required: true } },
      { name: "n", type: "number" },
    ],
    primaryKey: ["bill"],
  },
  card: { description: en("Bills"), licence: "CC0-1.0" },
};
const hook = {
  id: "watch",
  title: en("Watch"),
  on: { event: "billing.bill_issued.v1", purpose },
  reads: [{ as: "bills", scope: "billing.bills:read", about: "billId", purpose }],
  effects: [
    { scope: "alarms.alarms:raise", purpose },
    { scope: "own.rows:write", purpose },
    { scope: "accounts.holders:tell", purpose, optional: true },
  ],
  proof: [{ name: "nothing", event: {}, now: "2026-11-23T12:00:00Z", effects: [] }],
};
const program = (code: string, more: Hook = {}): Part => ({ kind: "function", ...hook, code, ...more });
const moduleOf = (...parts: Part[]) =>
  defineModule({
    manifest: {
      contract: 1,
      name: "acme/watch",
      version: "1.0.0",
      title: en("Watch"),
      summary: en("Watch"),
      licence: "MIT",
    },
    parts: [...parts, message, rows],
  });
const alarm = (about: string) =>
  `{ scope: "alarms.alarms:raise", about: ${about}, fields: { text: "dear", value: 1 } }`;

describe("rules and programs of modules", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  /** A city in which a module was approved by two and let run. */
  async function city(parts: Part[], state: "shadow" | "active" = "active") {
    const { here, at, id, listeners: ours } = await letRun(inner, moduleOf(...parts), state);
    const billed = async (totalMinor = 100, accountId = newId("acc", at.now)) => {
      const billId = newId("bill", at.now);
      const issuedAt = at.now.toISOString();
      const fact = { billId, accountId, month: "2026-10", kind: "water", totalMinor, currency: "EUR", issuedAt };
      await here.commit([], [told(BillIssued, billId, fact)]);
      await deliverDue(here, ours);
      return billId;
    };
    const runs = async () => (await runStore(here).runs(id, { limit: 200 })).runs.reverse();
    const alarms = async () => (await alarmStore(here).list("open", { limit: 50 })).alarms;
    const seen = async () => (await ownRows(here).page({ id }, "seen", { limit: 50 })).rows;
    return { here, at, ours, billed, runs, alarms, seen, now: () => installStore(here).find("acme/watch") };
  }

  test("what it proposes is done in one piece, once for each event, however often the log is told", async () => {
    const here = await city([
      program(`function run(event, reads, config, now) {
        return [${alarm("event.billId")}, { scope: "own.rows:write", about: "seen", fields: { bill: event.billId, n: reads.bills.length } }];
      }`),
    ]);
    const billId = await here.billed();
    for (const listener of here.ours) await replay(here.here, listener);
    for (const listener of here.ours) await replay(here.here, listener);
    expect((await here.runs()).map(({ outcome, effects }) => [outcome, effects.length])).toEqual([["done", 2]]);
    expect(await here.alarms()).toMatchObject([
      { kind: "module", facts: { about: billId, module: "acme/watch", what: "A dear bill" } },
    ]);
    expect(await here.seen()).toEqual([{ bill: billId, n: 0 }]);
  });

  // Each is what a publisher might try. Guards against any of it being done, also in part, and against a reason that
  // carries to its publisher what it has read.
  const REFUSED: [name: string, effect: string, why: string][] = [
    [
      "an effect that it did not ask for",
      '{ scope: "billing.bills:cancel", about: event.billId, fields: {} }',
      "not_granted",
    ],
    ["a scope that hides data", '{ scope: "a.b:" + event.kind, fields: {} }', "not_granted"],
    ["about another bill", alarm('"bill_01JD8Q6Z3W8M6W1YB1M0Q4S7XK"'), "not_named"],
    [
      "about another city’s account",
      '{ scope: "accounts.holders:tell", about: "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", fields: { text: "dear" } }',
      "not_named",
    ],
    [
      "about an account that is not there",
      '{ scope: "accounts.holders:tell", about: event.accountId, fields: { text: "dear" } }',
      "not_there",
    ],
    ["about no account", '{ scope: "accounts.holders:tell", fields: { text: "dear" } }', "not_named"],
    [
      "words of its own",
      '{ scope: "alarms.alarms:raise", about: event.billId, fields: { text: "Pay " + event.totalMinor } }',
      "bad_fields",
    ],
    [
      "a field that there is not",
      '{ scope: "alarms.alarms:raise", about: event.billId, fields: { text: "dear", to: "me" } }',
      "bad_fields",
    ],
    [
      "a prototype’s field",
      '{ scope: "alarms.alarms:raise", about: event.billId, fields: { text: "dear", constructor: 1 } }',
      "bad_fields",
    ],
    [
      "a figure that is a text",
      '{ scope: "alarms.alarms:raise", about: event.billId, fields: { text: "dear", value: "1" } }',
      "bad_fields",
    ],
    ["the same twice", `${alarm("event.billId")}, ${alarm("event.billId")}`, "bad_fields"],
    ["a table that is not its own", '{ scope: "own.rows:write", about: "ledger", fields: { bill: "x" } }', "not_named"],
    ["a row without its key", '{ scope: "own.rows:write", about: "seen", fields: {} }', "bad_fields"],
    ["a giant row", '{ scope: "own.rows:write", about: "seen", fields: { bill: "x".repeat(501) } }', "not_effects"],
    ["half a sign", '{ scope: "own.rows:write", about: "seen", fields: { bill: "\\ud800" } }', "bad_fields"],
    ["too many", `...Array.from({ length: 21 }, () => (${alarm("event.billId")}))`, "not_effects"],
    ["no effects", '"all is well"', "not_effects"],
    ["a field more", `{ ...${alarm("event.billId")}, evil: 1 }`, "not_effects"],
  ];
  test("what is not granted, not named or not whole refuses the whole run, and says no word of the data", async () => {
    const good = '{ scope: "own.rows:write", about: "seen", fields: { bill: "good" } }';
    for (const [name, effect, why] of REFUSED) {
      const here = await city([program(`function run(event) { return [${good}, ${effect}]; }`)]);
      const billId = await here.billed(4_711);
      const [run] = await here.runs();
      expect(run, name).toMatchObject({ outcome: "refused", refused: { why } });
      expect([await here.seen(), await here.alarms()], name).toEqual([[], []]);
      const shown = JSON.stringify(toldOf(run!));
      for (const secret of [billId, "water", "4711", "Pay"]) expect(shown, name).not.toContain(secret);
    }
  });

  test("code that fails says why to the city alone, and after five in a row it is suspended", async () => {
    const here = await city([program("function run(event) { throw new Error('it was ' + event.billId); }")]);
    const first = await here.billed();
    const [run] = await here.runs();
    expect(run!.refused!.detail).toContain(first);
    expect(toldOf(run!)).toMatchObject({ outcome: "refused", why: "code" });
    expect(JSON.stringify(toldOf(run!))).not.toContain(first);
    for (let i = 1; i < RUNS_FAILED_MAX + 3; i++) await here.billed();
    expect(await here.runs()).toHaveLength(RUNS_FAILED_MAX);
    expect(await here.now()).toMatchObject({ state: "suspended", suspendedFor: "failing" });
  });

  test.each([
    ["an endless loop", "function run() { for (;;); }", "time"],
    ["a long join", "function run() { return new Array(1e9) + ''; }", "memory"],
    ["a giant answer", "function run() { return ['x'.repeat(100000)]; }", "output"],
    [
      "a prototype in pieces",
      "Object.prototype.scope = 'own.rows:write'; Array.prototype.map = 1; function run() { return [{}]; }",
      "not_effects",
    ],
  ])("%s is refused, and the next event is heard", async (_name, code, why) => {
    const here = await city([program(code, { timeMs: 30 }), program("function run() { return []; }", { id: "other" })]);
    await here.billed();
    await here.billed();
    const runs = await here.runs();
    expect(runs.filter(({ part }) => part === "other").map(({ outcome }) => outcome)).toEqual(["done", "done"]);
    const refused = runs.filter(({ part }) => part === "watch").map((run) => run.refused?.why);
    expect(refused).toHaveLength(2);
    for (const one of refused) expect([why, "time"]).toContain(one);
  });

  // Guards against a run that gives another answer at another time, or in another house.
  test("time is the event’s, and chance comes of it", async () => {
    const here = await city([
      program(
        "function run(event, reads, config, now) { return [{ scope: 'own.rows:write', about: 'seen', fields: { bill: new Date().toISOString() === now ? String(Math.random()) : 'no' } }]; }",
      ),
    ]);
    await here.billed();
    const [row] = await here.seen();
    expect(Number(row!["bill"])).toBeGreaterThanOrEqual(0);
  });

  test("a budget ends the day: the one that is too much says so, and no further one runs", async () => {
    const here = await city([program("function run() { return []; }", { budget: { runsADay: 2 } })]);
    for (let i = 0; i < 5; i++) await here.billed();
    expect((await here.runs()).map(({ outcome, refused }) => refused?.why ?? outcome)).toEqual([
      "done",
      "done",
      "too_much",
    ]);
    here.at.now = new Date(here.at.now.getTime() + 86_400_000);
    await here.billed();
    expect(await here.runs()).toHaveLength(4);
  });

  test("a rule acts by its condition, in shadow without effect; what is declined is left out", async () => {
    const rule: Part = {
      kind: "rule",
      ...hook,
      config: [{ name: "dear_minor", title: en("Dear from"), value: 1_000 }],
      when: read("event.totalMinor > config.dear_minor"),
      does: [
        {
          scope: "alarms.alarms:raise",
          about: read("event.billId"),
          fields: { text: "dear", value: read("event.totalMinor / 100") },
        },
        { scope: "accounts.holders:tell", about: read("event.accountId"), fields: { text: "dear" } },
      ],
    };
    const shadow = await city([rule], "shadow");
    const install = (await shadow.now())!;
    await choose(shadow.here, install, { ...install.settings, declined: ["watch/accounts.holders:tell"] }, "per_a");
    await shadow.billed(999);
    const dear = await shadow.billed(2_050);
    expect((await shadow.runs()).map(({ outcome, effects }) => [outcome, effects])).toEqual([
      ["shadow", []],
      ["shadow", [{ scope: "alarms.alarms:raise", about: dear, fields: { text: "dear", value: 20.5 } }]],
    ]);
    expect(await shadow.alarms()).toEqual([]);
    // All of it is what both agreed to before.
    await expect(choose(shadow.here, (await shadow.now())!, install.settings, "per_a")).resolves.toBeDefined();
  });

  test("it hears nothing from before it was let run, and nothing after what was granted has ended", async () => {
    const here = await city([program("function run() { return []; }")]);
    const install = (await here.now())!;
    const [hearer] = await runStore(here.here).hearers("billing.bill_issued.v1");
    expect(hearer).toMatchObject({ installId: install.id, part: "watch" });
    await here.here.table.put({
      pk: "HEARS#billing.bill_issued.v1",
      sk: `${install.id}#watch`,
      hearer: { ...hearer, since: new Date(Date.now() + 3_600_000).toISOString() },
    });
    await here.billed();
    expect(await here.runs()).toEqual([]);
    await here.here.table.put({ pk: "HEARS#billing.bill_issued.v1", sk: `${install.id}#watch`, hearer });
    const then = { ...here.here, clock: { ...here.here.clock, now: () => new Date("2020-01-01") } };
    await choose(then, install, { ...install.settings, until: "2020-01-01" }, "per_a");
    await here.billed();
    expect(await here.runs()).toEqual([]);
    expect(await here.now()).toMatchObject({ state: "suspended", suspendedFor: "ended" });
  });

  // Guards against a city that loses what a module keeps when it moves, and against what stays behind when it leaves.
  test("what it did and keeps is exported with the install, and removed with it", async () => {
    const here = await city([
      program("function run(e) { return [{ scope: 'own.rows:write', about: 'seen', fields: { bill: e.billId } }]; }"),
    ]);
    await here.billed();
    const exported: Item[] = [];
    for await (const item of installStore(here.here).items()) exported.push(item);
    const ours = exported.filter(({ pk }) => /^(HEARS|RUNS|SPENT|ROWS|ROWTABLES)#/.test(pk));
    expect(ours.map(({ pk }) => pk.split("#")[0]).sort()).toEqual(["HEARS", "ROWS", "ROWTABLES", "RUNS", "SPENT"]);
    expect(await remove(here.here, (await here.now())!, "per_a")).toBe(true);
    expect(await here.here.table.getMany(ours)).toEqual([]);
  });

  // Guards against an effect of what was suspended or removed while it ran.
  test("a run is kept only while its install is as it was", async () => {
    const here = await city([program("function run() { return []; }")]);
    const before = (await here.now())!;
    await step(here.here, before, "suspended", "per_a");
    await expect(here.here.commit([installStore(here.here).unchanged(before)])).rejects.toThrow(ConditionFailed);
  });

  test("an example that does not give what it says is told with its answer", async () => {
    const part = moduleOf(
      program("function run() { return [{ scope: 'own.rows:write', about: 'seen', fields: {} }]; }"),
    ).parts;
    expect(await proofsOf(part, processSandbox("abidjan"))).toMatchObject([
      { part: "watch", name: "nothing", holds: false, reason: expect.stringContaining("own.rows:write") },
    ]);
  });

  test("the contract says where a rule or program asks for what there is not", () => {
    const at = (more: object) => {
      try {
        moduleOf(program("function run() {}", more as Hook));
        return [];
      } catch (error) {
        return (error as { issues: { path: unknown[] }[] }).issues.map(({ path }) => path.slice(2).join("/"));
      }
    };
    expect(at({})).toEqual([]);
    expect(at({ on: { event: "billing.nothing.v1", purpose } })).toEqual(["on/event"]);
    expect(
      at({ on: { event: "billing.bill_issued.v1", purpose, when: ["=", ["field", "event", "total"], 1] } }),
    ).toEqual(["on/when/1/2"]);
    expect(at({ reads: [{ ...hook.reads[0], about: "month" }] })).toEqual(["reads/0/about"]);
    expect(at({ reads: [{ ...hook.reads[0], grain: "hour", days: 3 }] })).toEqual(["reads/0/grain", "reads/0/days"]);
    expect(at({ reads: [{ ...hook.reads[0], scope: "identity.persons:read" }] })).toEqual(["reads/0/scope"]);
    expect(at({ effects: [{ scope: "ledger.accounts:write", purpose }] })).toEqual(["effects/0/scope"]);
    expect(at({ config: [{ name: "n", title: en("N"), value: 5, maximum: 4 }] })).toEqual(["config/0/value"]);
  });
});
