import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BillIssued } from "../../functions/billing/events.ts";
import { digestOf } from "../../marketplace/contract/canonical.ts";
import { RulePart } from "../../marketplace/contract/hooks.ts";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, sealPackage } from "../../marketplace/contract/module.ts";
import { erasing, erasure } from "../../marketplace/installs/erasing.ts";
import { beginChange } from "../../marketplace/installs/life.ts";
import { ownRows } from "../../marketplace/installs/own-rows.ts";
import { heededKey, runStore } from "../../marketplace/installs/run-store.ts";
import { goOn, remove, step, suspend } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { deliverDue } from "../../shared/courier.ts";
import { told } from "../../shared/events.ts";
import { newId } from "../../shared/ids.ts";
import type { Item, Key, Table, Write } from "../../shared/table.ts";
import { keyOf } from "../../shared/table.ts";
import { letRun } from "../running.ts";
import { innerHouse } from "../setup/inner.ts";

const [GONE, STAYS] = ["acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XM"] as const;
const en = (words: string) => ({ en: words });
const purpose = en("to keep");
const account = ["field", "event", "accountId"] as const;
const module = defineModule({
  manifest: {
    ...{ contract: 1, name: "acme/diary", version: "1.0.0", licence: "MIT" },
    ...{ title: en("Diary"), summary: en("Diary") },
  },
  parts: [
    RulePart.parse({
      ...{ kind: "rule", id: "keep", title: en("Keep"), when: true },
      on: { event: BillIssued.type, purpose },
      effects: [{ scope: "own.rows:write", purpose }],
      does: [{ scope: "own.rows:write", about: "days", fields: { account } }],
      proof: [{ name: "any", event: {}, now: "2026-11-26T10:00:00Z", effects: [] }],
    }),
    {
      ...{ kind: "remote", id: "away", title: en("Away"), address: "https://diary.example/hansa" },
      on: { event: BillIssued.type, purpose },
    },
    {
      ...{ kind: "dataset", id: "days", title: en("Days"), card: { description: en("Days"), licence: "CC0-1.0" } },
      schema: { fields: [{ name: "account", type: "string" }], primaryKey: ["account"] },
    },
    {
      ...{ kind: "page", id: "shown", title: en("Diary") },
      blocks: [{ block: "text", body: en("A diary.") }],
    },
  ],
});

/** A table that remembers every key that was ever written through it. */
function recording(table: Table): { table: Table; keys: Map<string, Key> } {
  const keys = new Map<string, Key>();
  const note = (writes: readonly Write[]) => {
    for (const write of writes) {
      const { pk, sk } = keyOf(write);
      if (!("check" in write)) keys.set(`${pk} ${sk}`, { pk, sk });
    }
  };
  return {
    keys,
    table: {
      ...table,
      put(item: Item) {
        note([{ put: item }]);
        return table.put(item);
      },
      putIfAbsent(item: Item) {
        note([{ put: item }]);
        return table.putIfAbsent(item);
      },
      transact(writes) {
        note(writes);
        return table.transact(writes);
      },
    },
  };
}

describe("a module that leaves", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  async function city() {
    const { newHere } = inner;
    let keys = new Map<string, Key>();
    const watched = {
      house: inner.house,
      newHere: () => {
        const made = newHere();
        const recorded = recording(made.here.table);
        keys = recorded.keys;
        const commit = (writes: readonly Write[]) => recorded.table.transact(writes);
        // Facts are put by the house's own commit, whose keys are the log's and no module's.
        const plain = made.here.commit.bind(made.here);
        Object.assign(made.here, {
          table: recorded.table,
          commit: async (writes: readonly Write[], events: Parameters<typeof plain>[1] = []) => {
            if (writes.length > 0) await commit(writes);
            if (events.length > 0) await plain([], events);
          },
        });
        return made;
      },
    };
    const { here, id, listeners, at } = await letRun(watched, module);
    const taskers = inner.house.rooms.flatMap(({ tasks }) => tasks);
    const billed = async (accountId: string) => {
      const billId = newId("bill", at.now);
      const of = { billId, accountId, month: "2026-10", kind: "water", totalMinor: 100, currency: "EUR" };
      await here.commit([], [told(BillIssued, billId, { ...of, issuedAt: at.now.toISOString() })]);
      await deliverDue(here, listeners, taskers);
    };
    const install = async () => (await installStore(here).find("acme/diary"))!;
    /** Of all keys ever written those that still hold something. */
    const left = async () => (await here.table.getMany([...keys.values()])).map(({ pk, sk }) => `${pk} ${sk}`);
    return { here, id, at, keys: () => keys, billed, install, left, taskers };
  }

  // Guards against anything that a module leaves behind: each key that was ever written is looked at again.
  test("of all keys that were written nothing names it any more but the record of what happened", async () => {
    const one = await city();
    await one.billed(GONE);
    await one.here.table.put({
      ...heededKey(one.id, "adv_01JD8Q6Z3W8M6W1YB1M0Q4S7XK"),
      gsi1pk: "HEEDED",
      gsi1sk: `2026#${one.id}`,
    });
    const about = (key: string) => key.includes(one.id) || key.includes("acme/diary");
    const kinds = (all: Iterable<string>) =>
      [...new Set([...all].filter(about).map((key) => key.split("#")[0]!.split(" ")[0]!))].sort();
    expect(kinds(await one.left())).toEqual([
      ...[
        "DELIVERIES",
        "HEARS",
        "HEEDED",
        "INSTALL",
        "INSTALLS",
        "PAGES",
        "ROWS",
        "ROWTABLES",
        "RUNS",
        "SPENT",
        "TASK",
      ],
    ]);
    expect(await remove(one.here, await one.install(), "per_a")).toBe(true);
    const after = (await one.left()).filter(about);
    expect(after.length).toBeGreaterThan(5);
    expect(after.filter((key) => !key.startsWith(`INSTALL#${one.id} RECORD#`))).toEqual([]);
    // Its copy of the package went too.
    const files: string[] = [];
    for await (const file of one.here.blobs.list("packages/")) files.push(file);
    expect(files).toEqual([]);
    // Whatever was still planned finds nothing to do, and brings nothing back.
    one.at.now = new Date(one.at.now.getTime() + 40 * 86_400_000);
    await deliverDue(one.here, [], one.taskers);
    expect((await one.left()).filter((key) => about(key) && !key.includes(" RECORD#"))).toEqual([]);
  });

  // Guards against a leaving that stops halfway for ever, and against a module that is taken again into its own rest.
  test("a leaving that stopped halfway is finished by itself", async () => {
    const one = await city();
    await one.billed(GONE);
    await step(one.here, await one.install(), "leaving", "per_a");
    expect((await one.install()).state).toBe("leaving");
    // It does nothing more.
    await one.billed(STAYS);
    expect((await ownRows(one.here).page({ id: one.id }, "days", { limit: 9 })).rows).toEqual([{ account: GONE }]);
    one.at.now = new Date(one.at.now.getTime() + 60_000);
    await deliverDue(one.here, [], one.taskers);
    expect(await installStore(one.here).find("acme/diary")).toBeUndefined();
    expect((await one.left()).filter((key) => key.includes(one.id) && !key.includes(" RECORD#"))).toEqual([]);
  });

  // Guards against a resident who was erased everywhere but in a module's own rows.
  test("a resident who is erased is in no row and no receipt of a module, and the others stay", async () => {
    const one = await city();
    for (const who of [GONE, STAYS]) await one.billed(who);
    const rows = async () => (await ownRows(one.here).page({ id: one.id }, "days", { limit: 9 })).rows;
    expect(await rows()).toEqual([{ account: GONE }, { account: STAYS }]);
    await one.here.commit([erasure(one.here, [GONE])]);
    await deliverDue(one.here, [], one.taskers);
    expect(await rows()).toEqual([{ account: STAYS }]);
    const { runs } = await runStore(one.here).runs(one.id, { limit: 9 });
    expect(JSON.stringify(runs)).not.toContain(GONE);
    expect(JSON.stringify(runs)).toContain(STAYS);
    expect(runs.map(({ effects }) => effects.map(({ scope }) => scope))).toEqual([
      ["own.rows:write"],
      ["own.rows:write"],
    ]);
    const about: string[] = [];
    for (const item of await one.here.table.getMany([...one.keys().values()]))
      if (item.pk.includes(one.id) && JSON.stringify(item).includes(GONE)) about.push(item.pk);
    expect(about).toEqual([]);
  });

  // Guards against a resident whose rows live on in the copy that was being made as they were erased.
  test("a resident who is erased while rows are copied for another version is in neither", async () => {
    const one = await city();
    const { here } = one;
    for (const who of [GONE, STAYS]) await one.billed(who);
    const newer = { ...module, manifest: { ...module.manifest, version: "1.0.1" } };
    const key = newKey();
    const { envelope, digest } = await sealPackage(newer, key);
    const store = installStore(here);
    await store.keep(digest, envelope);
    const both = { before: module.parts, after: module.parts };
    const before = await one.install();
    const trial = { ...before.trial!, version: "1.0.1" };
    const tried = await store.save(before, { ...before, trial }, both, { what: "tried", by: "per_a" });
    const to = { version: "1.0.1", digest, publisherKey: publicOf(key) };
    const began = beginChange(tried, to, "per_a", one.at.now);
    const changing = await store.save(tried, began, both, { what: "changing", by: "per_a" });
    // Copied just after it was looked which copies there are, and before the first rows are looked at.
    const copied = () => ownRows(here).copy(changing, changing.change!.data, { older: module, newer: module }, 100);
    const all: Table["all"] = async function* (query) {
      if (query.pk === `ROWS#${one.id}#days`) await copied();
      yield* here.table.all(query);
    };
    let { again } = await erasing.run({ ...here, table: { ...here.table, all } }, "gone", { ids: [GONE] });
    await goOn(here, changing);
    expect(await one.install()).toMatchObject({ version: "1.0.1" });
    while (again) ({ again } = await erasing.run(here, "gone", again.data));
    const { rows } = await ownRows(here).page(await one.install(), "days", { limit: 9 });
    expect(rows).toEqual([{ account: STAYS }]);
  });

  // Guards against a mended version that is put out of service for what was wrong with the one before.
  test("a module is not suspended for what was found of a version that it has no more", async () => {
    const { here, ...one } = await city();
    const judged = await one.install();
    const both = { before: module.parts, after: module.parts };
    const mended = { ...judged, version: "1.0.1", digest: digestOf(Buffer.from("mended")) };
    await installStore(here).save(judged, mended, both, { what: "upgraded", by: "per_a" });
    await expect(suspend(here, judged, "advised")).rejects.toMatchObject({ kind: "conflict" });
    expect((await one.install()).state).toBe("active");
    await suspend(here, await one.install(), "advised");
    expect((await one.install()).state).toBe("suspended");
  });
});
