import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical, packageKey } from "../../marketplace/contract/canonical.ts";
import type { Fields } from "../../marketplace/contract/converting.ts";
import { seal } from "../../marketplace/contract/dsse.ts";
import { HOUSE_KEY, INDEX_KEY, INDEX_TYPE } from "../../marketplace/contract/index-file.ts";
import { newKey, publicOf } from "../../marketplace/contract/keys.ts";
import { defineModule, type Module, sealPackage } from "../../marketplace/contract/module.ts";
import { lostByGoingBack } from "../../marketplace/installs/going-back.ts";
import { ownRows } from "../../marketplace/installs/own-rows.ts";
import type { Install } from "../../marketplace/installs/schema.ts";
import { chooseVersion, goBack, remove, step, tryOut } from "../../marketplace/installs/steps.ts";
import { installStore } from "../../marketplace/installs/store.ts";
import { lifeTasks } from "../../marketplace/installs/tasks.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { keyOf, type Table, type Write } from "../../shared/table.ts";
import { type Tasker, taskItem } from "../../shared/tasks.ts";
import { memoryTable } from "./ledger.memory-table.ts";

// Upgrades, ways back and crashes in between, each step decided by a seed.

class Crash extends Error {}
const en = (words: string) => ({ en: words });
const NAME = "acme/keeps";

/** The later version has another name for one column; the earlier one does not know that one. */
const versionOf = (version: string, columns: readonly string[]): Module =>
  defineModule({
    manifest: {
      ...{ contract: 1, name: NAME, version, licence: "MIT", title: en("Keeps"), summary: en("Keeps") },
    },
    parts: [
      {
        ...{ kind: "rule", id: "echo", title: en("Echo"), when: true },
        on: { event: "alarms.raised.v1", purpose: en("to see") },
        effects: [{ scope: "own.rows:write", purpose: en("to keep") }],
        does: [{ scope: "own.rows:write", about: "kept" }],
        proof: [{ name: "any", event: {}, now: "2026-11-23T10:00:00Z", effects: [ROW] }],
      },
      {
        ...{ kind: "dataset", id: "kept", title: en("Kept"), card: { description: en("Kept"), licence: "CC0-1.0" } },
        schema: { fields: columns.map((name) => ({ name, type: "string" as const })), primaryKey: ["id"] },
        ...(columns.includes("c") ? { converts: { c: { from: "b" } } } : {}),
      },
    ],
  });
const ROW = { scope: "own.rows:write", about: "kept", fields: {} };
const COLUMNS: Record<string, string[]> = { "1.0.0": ["id", "a", "b"], "2.0.0": ["id", "a", "c"] };
const known = (version: string, row: Fields): Fields => {
  const carried = row["c"] === undefined && row["b"] !== undefined ? { ...row, c: row["b"] } : row;
  return Object.fromEntries(Object.entries(carried).filter(([name]) => COLUMNS[version]!.includes(name)));
};

const key = newKey();
const packages = await Promise.all(
  Object.entries(COLUMNS).map(async ([version, columns]) => ({
    version,
    ...(await sealPackage(versionOf(version, columns), key)),
  })),
);

/** A city in memory with a marketplace of two versions, whose table can stop at any write. */
async function world() {
  const files = new Map<string, Uint8Array>();
  const blobs = {
    get: async (name: string) => files.get(name),
    put: async (name: string, bytes: Uint8Array) => void files.set(name, bytes),
    delete: async (name: string) => void files.delete(name),
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const party = {
    ...{ name: "acme", title: "Acme", kind: "lab", contact: "a@acme.example", publicKey: publicOf(key) },
    signedAt: "2026-11-01T00:00:00Z",
  };
  const index = {
    ...{ contract: 1, sequence: 1, madeAt: "2026-11-01T00:00:00Z", parties: [party] },
    modules: packages.map(({ version, digest }) => ({
      ...{ name: NAME, version, digest, publishedAt: "2026-11-01T00:00:00Z", title: en("Keeps"), summary: en("Keeps") },
      ...{ licence: "MIT", languages: ["en"], kinds: ["rule"], label: "data_only", bytes: 1 },
    })),
  };
  const market = new Map<string, Uint8Array>([
    [HOUSE_KEY, json({ publicKey: publicOf(key) })],
    [INDEX_KEY, json(await seal(INDEX_TYPE, canonical(index), key))],
    ...packages.map(({ digest, envelope }) => [packageKey(digest), json(envelope)] as const),
  ]);

  const inner = memoryTable(3);
  const crash = { in: Number.POSITIVE_INFINITY, isAfter: false };
  const [tasks, partitions] = [new Map<string, { name: string; id: string }>(), new Set<string>()];
  async function written(keys: readonly { pk: string }[], write: () => Promise<void>): Promise<void> {
    crash.in -= 1;
    if (crash.in === 0 && !crash.isAfter) throw new Crash();
    await write();
    for (const { pk } of keys) {
      partitions.add(pk);
      const [, name, ...id] = pk.split("#");
      if (pk.startsWith("TASK#")) tasks.set(pk, { name: name!, id: id.join("#") });
    }
    if (crash.in === 0) throw new Crash();
  }
  const table: Table = {
    ...inner,
    put: (item) => written([item], () => inner.put(item)),
    delete: (item) => written([item], () => inner.delete(item)),
    transact: (writes) => written(writes.map(keyOf), () => inner.transact(writes)),
  };
  const clock = { now: new Date("2026-11-23T12:00:00Z") };
  const here = {
    ...{ table, blobs, market: { get: async (name: string) => market.get(name) } },
    clock: { now: () => clock.now, wake: async () => {} },
    city: { slug: "sim", currency: "EUR", timeZone: "UTC", languages: ["en"], country: "FR" },
    commit: (writes: readonly Write[]) => table.transact(writes),
  } as unknown as Here;

  /** What a restart finds to do, once each. */
  async function work(): Promise<void> {
    for (const [pk, { name, id }] of [...tasks]) {
      const item = await inner.get({ pk, sk: "TASK" });
      const at = item?.gsi2sk?.split("#")[0];
      if (!item || !at || new Date(at) > clock.now) continue;
      const tasker = lifeTasks.find((one: Tasker) => one.name === name)!;
      const { again } = await tasker.run(here, id, item["data"]);
      const left = await inner.get({ pk, sk: "TASK" });
      if (left?.["turn"] !== item["turn"]) continue;
      await (again ? inner.put(taskItem(name, id, again.at, again.data)) : inner.delete(item));
    }
  }
  const now = async () => (await installStore(here).find(NAME))!;
  const rows = async (of: Pick<Install, "id" | "data">) => {
    const found: Fields[] = [];
    let cursor: string | undefined;
    do {
      const page = await ownRows({ table: inner }).page(of, "kept", { limit: 50, cursor });
      found.push(...page.rows);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  };
  /** Every copy of rows of which there is anything. */
  const shelves = async () => {
    const found: string[] = [];
    for (const pk of partitions)
      if (pk.startsWith("ROWS#") && (await inner.query({ pk, limit: 1 })).items.length > 0) found.push(pk);
    return found;
  };
  return { here, inner, crash, clock, work, now, rows, shelves };
}

/** The module as a run would write a row: only while its install is as it was read. */
async function keeps({ here, now }: Awaited<ReturnType<typeof world>>, row: Fields): Promise<boolean> {
  const install = await now();
  if (!["shadow", "active"].includes(install.state)) return false;
  const writes = ownRows(here).writes(install, "kept", String(row["id"]), row, "2026-11-23T12:00:00Z");
  await here.table.transact([installStore(here).unchanged(install), ...writes]);
  return true;
}

const sorted = (rows: readonly Fields[]) => rows.map((row) => JSON.stringify(row)).sort();

const deeds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), id: fc.nat(5) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom("upgrade" as const, "back" as const, "stop" as const, "restart" as const),
        crashIn: fc.integer({ min: 1, max: 9 }),
        isAfter: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const) }) },
  ),
  { maxLength: 14 },
);

// Guards against a city that, when a machine stops at the wrong moment, has half of a module's rows, rows of one version
// under the other, or copies that nobody ever removes.
test("whatever stops where, the city has one version with its rows or the other with its own", async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (given) => {
      const w = await world();
      const [first] = packages as [(typeof packages)[number]];
      const store = installStore(w.here);
      await store.keep(first.digest, first.envelope);
      const settings = { parts: ["echo", "kept"], declined: [], config: {} };
      const at = w.clock.now.toISOString();
      await store.create(
        {
          ...{ id: newId("ins", w.clock.now), module: NAME, version: first.version, digest: first.digest, settings },
          ...{ publisher: "Acme", publisherKey: publicOf(key), state: "trial", claims: [], approvals: [] },
          ...{ revision: 0, createdAt: at },
        },
        { what: "taken", by: "per_a" },
      );
      await tryOut(w.here, await w.now(), undefined, "per_a");
      await step(w.here, await w.now(), "proposed", "per_a");
      await step(w.here, await w.now(), "shadow", "per_a");

      // What must be there, by version: one that has been left keeps its rows until one can go back to it no more.
      let [version, rows] = [first.version, new Map<number, Fields>()];
      let before: { version: string; rows: Map<number, Fields>; until: Date } | undefined;
      let written = 0;

      /** Takes note of which of the two it is now. */
      const look = async () => {
        const install = await w.now();
        if (install.version !== version) {
          const back = before?.version === install.version && install.previous === undefined;
          if (back) [version, rows, before] = [before!.version, before!.rows, undefined];
          else {
            const until = new Date(install.previous!.until);
            before = { version, rows, until };
            version = install.version;
            rows = new Map([...rows].map(([id, row]) => [id, known(version, row)]));
            written = 0;
          }
        }
        expect(sorted(await w.rows(install))).toEqual(sorted([...rows.values()]));
        if (before && before.until >= w.clock.now)
          expect(sorted(await w.rows({ id: install.id, data: install.previous!.data }))).toEqual(
            sorted([...before.rows.values()]),
          );
      };
      const attempt = async (work: () => Promise<unknown>) => {
        try {
          await work();
        } catch (error) {
          const isTold = error instanceof Fault && ["forbidden_transition", "conflict"].includes(error.kind);
          if (!(error instanceof Crash) && !isTold) throw error;
        }
        w.crash.in = Number.POSITIVE_INFINITY;
      };

      for (const [n, deed] of given.entries()) {
        const install = await w.now();
        if (deed.do === "write") {
          const row = known(version, { id: String(deed.id), a: `a${n}`, b: `b${n}`, c: `c${n}` });
          if (await keeps(w, row)) {
            rows.set(deed.id, row);
            written += 1;
          }
        } else if (deed.do === "wait") w.clock.now = new Date(w.clock.now.getTime() + 31 * 86_400_000);
        else {
          const other = packages.find((one) => one.version !== version)!.version;
          if (deed.do === "upgrade" && install.state !== "changing") await tryOut(w.here, install, other, "per_a");
          [w.crash.in, w.crash.isAfter] = [deed.crashIn, deed.isAfter];
          await attempt(async () => {
            if (deed.do === "restart") return w.work();
            const current = await w.now();
            if (deed.do === "upgrade") return chooseVersion(w.here, current, other, "per_a");
            if (deed.do === "stop")
              return current.change && step(w.here, current, current.change.from as "shadow", "per_a");
            if (!current.previous) return;
            const lost = await lostByGoingBack(w.here, current);
            expect(lost.tables.length > 0).toBe(written > 0);
            return goBack(w.here, current, "per_a", lost.seen);
          });
        }
        await look();
      }

      // Once whoever has to has done what was left, there is no copy that nobody needs; and none at all when it leaves.
      w.clock.now = new Date(w.clock.now.getTime() + 60_000);
      for (let i = 0; i < 3; i++) await w.work();
      const settled = await w.now();
      expect(settled.state).not.toBe("changing");
      await look();
      w.clock.now = new Date(w.clock.now.getTime() + 31 * 86_400_000);
      for (let i = 0; i < 2; i++) await w.work();
      const { id, data } = settled;
      const own = data === undefined ? `ROWS#${id}#kept` : `ROWS#${id}#${data}.kept`;
      expect((await w.shelves()).filter((pk) => pk !== own)).toEqual([]);
      expect(await remove(w.here, await w.now(), "per_a")).toBe(true);
      expect(await w.shelves()).toEqual([]);
    }),
    { numRuns: 120 },
  );
}, 60_000);

// Guards against rows that are left out, or copied for ever, where there are more than go in one turn.
test("rows that are copied in turns are all there", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 9 }), fc.nat(4), async (many, most, pageMax) => {
      const table = memoryTable(pageMax + 1);
      const [rows, install] = [ownRows({ table }), { id: newId("ins", new Date()) }];
      const [older, newer] = ["1.0.0", "2.0.0"].map((version) => versionOf(version, COLUMNS[version]!));
      const between = { older: older!, newer: newer! };
      for (let i = 0; i < many; i++)
        await table.transact(
          rows.writes(install, "kept", `k${i}`, { id: `k${i}`, b: "carried" }, "2026-11-23T12:00:00Z"),
        );
      let at = await rows.copy(install, 7, between, most);
      for (let turns = 0; at; turns++) {
        expect(turns).toBeLessThan(100);
        at = await rows.copy(install, 7, between, most, at);
      }
      const made: Fields[] = [];
      for await (const item of table.all({ pk: `ROWS#${install.id}#7.kept` })) made.push(item["row"] as Fields);
      expect(sorted(made)).toEqual(sorted(Array.from({ length: many }, (_, i) => ({ id: `k${i}`, c: "carried" }))));
      expect(await rows.since({ ...install, data: 7 })).toEqual([]);
      expect(await rows.since(install)).toMatchObject(many === 0 ? [] : [{ table: "kept", count: many }]);
    }),
    { numRuns: 60 },
  );
});
