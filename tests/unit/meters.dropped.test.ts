import "@hono/zod-openapi"; // first, as it teaches the schemas that are made after it
import { afterAll, beforeAll, expect, test } from "vitest";
import { Look, look } from "../../functions/meters/dropped/taking.ts";
import { mappingStore } from "../../functions/meters/mapping-store.ts";
import { FilesDropped } from "../../functions/meters/questions.ts";
import { backfill } from "../../functions/meters/sources/backfill.ts";
import { follow } from "../../functions/meters/sources/file-gaps.ts";
import { accessOf, newSource } from "../../functions/meters/sources/registry.ts";
import { NewSource } from "../../functions/meters/sources/schema.ts";
import { sourceStore } from "../../functions/meters/sources/store.ts";
import { meterStore } from "../../functions/meters/store.ts";
import { tampersOf } from "../../functions/meters/tamper/store.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { taskKey } from "../../shared/tasks.ts";
import { innerHouse } from "../setup/inner.ts";

let inner: Awaited<ReturnType<typeof innerHouse>>;
beforeAll(async () => {
  inner = await innerHouse();
});
afterAll(() => inner.stop());

const bytes = (text: string) => new TextEncoder().encode(text);
const CSV = "meter,time,register\nD-1,2026-11-01T00:00:00Z,10\nD-1,2026-11-02T00:00:00Z,12\n";

async function dropped(more: object = {}) {
  const { here, at } = inner.newHere();
  const registeredAt = at.now.toISOString();
  const meter = { id: newId("mtr", at.now), serial: "D-1", kind: "water", registerUnit: "m3", registeredAt } as const;
  await meterStore(here).create(meter);
  const { source } = await newSource(here, NewSource.parse({ name: "Folder", kind: "drop", ...more }), "test");
  return { here, source, meter, folder: `${source.id}/` };
}
/** As the courier does: what a look asks for is given to the next. */
async function lookTwice(here: Here, id: string, rings = false) {
  const house = rings ? { ...here, drops: { ...here.drops, rings: true } } : here;
  const { again } = await look(house, id, Look.data.parse({}));
  return again ? look(house, id, again.data) : {};
}
const lying = async (here: Here, folder: string) => {
  const keys: string[] = [];
  for await (const key of here.drops.list(folder)) keys.push(key.slice(folder.length));
  return keys.sort();
};
const report = async (here: Here, key: string) =>
  JSON.parse(Buffer.from((await here.drops.get(`${key}.report.json`))!).toString()) as Record<string, unknown>;

// Guards against a file that is read while it is written, counts twice, or holds up those behind it.
test("each file is taken or refused by itself, with its report, and the same file counts once", async () => {
  const { here, source, meter, folder } = await dropped();
  await here.drops.put(`${folder}a.csv`, bytes(CSV));
  await here.drops.put(`${folder}again.csv`, bytes(CSV));
  await here.drops.put(`${folder}bad.csv`, bytes(CSV.replace("12", "x")));
  await here.drops.put(`${folder}empty.csv`, new Uint8Array());
  await here.drops.put(`${folder}.hidden.csv`, bytes(CSV));
  await here.drops.put(`${folder}sub/c.csv`, bytes(CSV));
  const { again } = await look(here, source.id, Look.data.parse({}));
  // Seen once, it may still be written.
  expect(await lying(here, folder)).toContain("a.csv");
  await here.drops.put(`${folder}slow.csv`, bytes(CSV.slice(0, 40)));
  await look(here, source.id, again!.data);
  const lies = await lying(here, folder);
  expect(lies).toEqual(
    [
      ...[".hidden.csv", "sub/c.csv", "slow.csv", "done/README.txt"],
      ...["done/a.csv", "done/again.csv", "refused/bad.csv", "refused/empty.csv"].flatMap((file) => [
        file,
        `${file}.report.json`,
      ]),
    ].sort(),
  );
  const kept = await report(here, `${folder}done/a.csv`);
  expect(kept).toMatchObject({ state: "kept", readings: 2, meterCount: 1 });
  expect(await report(here, `${folder}done/again.csv`)).toMatchObject({
    state: "kept before",
    delivery: kept["delivery"],
  });
  expect(await report(here, `${folder}refused/bad.csv`)).toMatchObject({ errors: [{ pointer: "#/line/3" }] });
  const { items } = await sourceStore(here).refusals(source.id, { limit: 10 });
  expect(items.map(({ detail }) => detail.split(":")[0]).sort()).toEqual(["bad.csv", "empty.csv"]);
  const counted = await meterStore(here).counted(meter.id, Date.UTC(2026, 10, 1) / 1000, Date.UTC(2026, 10, 3) / 1000);
  expect(counted).toMatchObject([{ digits: 2, exponent: 3 }]);
  // Another file of a name that was there before takes nothing away.
  await here.drops.put(`${folder}a.csv`, bytes(CSV.replace(",12", ",13")));
  await lookTwice(here, source.id);
  expect((await lying(here, `${folder}done/`)).filter((name) => name.endsWith("a.csv"))).toHaveLength(2);
});

// Guards against readings that a system has laid down, under the name that it always takes, and that nobody ever read.
test("a file that takes the place of another while that is taken is taken too", async () => {
  const { here, source, meter, folder } = await dropped();
  const key = `${folder}readings.csv`;
  await here.drops.put(key, bytes(CSV));
  const house = { ...here, drops: { ...here.drops, rings: true } };
  let isFirst = true;
  house.drops.put = async (path, file) => {
    await here.drops.put(path, file);
    if (isFirst) await here.drops.put(key, bytes(CSV.replaceAll("2026-11-02", "2026-11-03").replace(",12", ",15")));
    isFirst = false;
  };
  await look(house, source.id, Look.data.parse({}));
  expect(await lying(here, folder)).toContain("readings.csv");
  // It was told that there is a file.
  await look(house, source.id, Look.data.parse({}));
  expect(await lying(here, folder)).not.toContain("readings.csv");
  const [from, to] = [Date.UTC(2026, 10, 1) / 1000, Date.UTC(2026, 10, 4) / 1000];
  const counted = await meterStore(here).counted(meter.id, from, to);
  expect(counted.map(({ digits, exponent }) => digits * 10 ** exponent)).toEqual([2_000, 3_000]);
});

test("a mapping of the city reads a source's own headings, and one that is not there is refused", async () => {
  const order = (kind: string, mapping: string) => NewSource.parse({ name: "Folder", kind, mapping });
  const { here } = await dropped();
  await expect(newSource(here, order("drop", "theirs"), "test")).rejects.toThrow(/no mapping/);
  await mappingStore(here).put("theirs", { columns: { meter: "Zähler", start: "von", register: "Stand" } });
  await expect(newSource(here, order("tts", "theirs"), "test")).rejects.toThrow(/Only files/);
  const { source } = await newSource(here, order("drop", "theirs"), "test");
  await here.drops.put(`${source.id}/x.csv`, bytes("Zähler;von;Stand\nD-1;2026-11-01T00:00:00Z;10\n"));
  await lookTwice(here, source.id);
  expect(await report(here, `${source.id}/done/x.csv`)).toMatchObject({ state: "kept", readings: 1 });
});

// Guards against a city that is looked for where nothing is, and one that reads another's files.
test("a folder is looked at only while its source is there, and names lead to no other city", async () => {
  const one = await dropped();
  const other = await dropped();
  await other.here.drops.put(`${other.folder}secret.csv`, bytes(CSV));
  for (const key of [`../${other.here.city.slug}/${other.folder}secret.csv`, `${one.folder}../x`, "/x", "a//b"])
    expect(() => one.here.drops.get(key), key).toThrow(/unsafe/);
  expect(await lying(one.here, "../")).toEqual([]);
  // Where files ring, nothing waits for the next look; without a source nothing is looked for at all.
  await one.here.drops.put(`${one.folder}a.csv`, bytes(CSV));
  expect(await lookTwice(one.here, one.source.id, true)).toEqual({});
  expect(await lying(one.here, one.folder)).toContain("done/a.csv");
  expect(await look(one.here, other.source.id, Look.data.parse({}))).toEqual({});
  const task = (id: string) => one.here.table.get(taskKey(Look.name, id));
  for (const id of [other.source.id, "../../x", "src_x"]) {
    await one.here.ask(FilesDropped, { sourceId: id });
    expect(await task(id)).toBeUndefined();
  }
  await one.here.ask(FilesDropped, { sourceId: one.source.id });
  expect(await task(one.source.id)).toBeDefined();
  expect(await accessOf(one.here, one.source, "https://x.example")).toEqual({
    url: `drop/${one.here.city.slug}/${one.source.id}/`,
  });
});

test("what fails for no reason of its own is tried again, and put aside in the end", async () => {
  const { here, source, folder } = await dropped();
  await here.drops.put(`${folder}a.csv`, bytes(CSV));
  await here.drops.put(`${folder}b.csv`, bytes("nothing"));
  const broken = { ...here, table: { ...here.table, getMany: () => Promise.reject(new Error("away")) } } as Here;
  let data = Look.data.parse({});
  for (let i = 0; i < 5; i++) data = (await look(broken, source.id, data)).again!.data;
  expect(await lying(here, folder)).toEqual(expect.arrayContaining(["a.csv", "refused/b.csv"]));
  await look(broken, source.id, data);
  expect(await report(here, `${folder}refused/a.csv`)).toMatchObject({ state: "refused" });
});

// Guards against a folder of a night in which most files wait for ever, and names of people's own that no key can hold.
test("more files than a turn takes are taken in turns, whatever they are called", async () => {
  const { here, source, folder } = await dropped();
  const names = ["relevés du 1 novembre.csv", "قراءات نوفمبر.csv", "100% (1).csv", "a'b\"c&d.csv"];
  for (let i = names.length; i < 45; i++) names.push(`f${i}.csv`);
  for (const name of names) await here.drops.put(folder + name, bytes(CSV));
  const waits = async () => (await lying(here, folder)).filter((name) => !name.includes("/")).length;
  let data = Look.data.parse({});
  const left: number[] = [];
  while (left.at(-1) !== 0 && left.length < 8) {
    const { again } = await look(here, source.id, data);
    data = again?.data ?? Look.data.parse({});
    left.push(await waits());
  }
  // Seen whole at first, then twenty at a time.
  expect(left).toEqual([45, 25, 5, 0]);
  const done = (await lying(here, `${folder}done/`)).filter((name) => !name.endsWith(".report.json"));
  expect(done.sort()).toEqual([...names, "README.txt"].sort());
});

// Guards against a name that leaves no room for the report's ending, and so kept all that lay there from being taken.
test("a file of a very long name is taken, and holds nobody back", async () => {
  const { here, source, folder } = await dropped();
  const long = `a${"é".repeat(109)}.csv`;
  for (const name of [long, "b.csv"]) await here.drops.put(folder + name, bytes(CSV));
  await lookTwice(here, source.id);
  const [first, second, ...more] = (await lying(here, `${folder}done/`)).filter((name) => /csv$/.test(name));
  expect([more, second]).toEqual([[], "b.csv"]);
  expect(first).toMatch(/^[0-9a-f]{8}-é{36}\.csv$/);
  expect(await report(here, `${folder}done/${first}`)).toMatchObject({ name: long });
});

// Guards against a file with a hole that nobody hears of, and a list that stays when all of it has come.
test("what a file lacks is listed in the folder, until a later file brings it", async () => {
  const { here, source, folder } = await dropped();
  const at = (hour: number) => `2026-11-01T0${hour}:00:00Z`;
  const hours = (some: readonly number[]) =>
    bytes(["meter,start,end,m3", ...some.map((hour) => `D-1,${at(hour)},${at(hour + 1)},1`)].join("\n"));
  const taken = async (name: string, some: readonly number[]) => {
    await here.drops.put(`${folder}${name}`, hours(some));
    await lookTwice(here, source.id);
    const { delivery } = await report(here, `${folder}done/${name}`);
    await follow(here, String(delivery), { deliveryId: String(delivery), skip: 0 });
  };
  const gaps = async (state: "open" | "closed") => (await sourceStore(here).gaps(state, { limit: 10 })).items;
  // Later hours are there already: only the file itself says that some are missing between.
  await taken("later.csv", [6, 7]);
  await taken("a.csv", [0, 1, 4, 5]);
  const [gap, ...others] = await gaps("open");
  expect(others).toEqual([]);
  expect(gap).toMatchObject({ kind: "intervals", sourceId: source.id, intervals: 2, meters: 1 });
  await backfill(here, gap!.id, { tries: 0 });
  const list = `missing/${gap!.id}.json`;
  const asked = JSON.parse(Buffer.from((await here.drops.get(folder + list))!).toString());
  const missing = { serial: "D-1", from: "2026-11-01T02:00:00.000Z", to: "2026-11-01T04:00:00.000Z", intervalS: 3_600 };
  expect(asked).toMatchObject({ gap: { id: gap!.id }, intervals: [missing], isMore: false });
  expect(await gaps("open")).toMatchObject([{ asked: { by: "folder" } }]);
  await taken("b.csv", [2]);
  expect(await gaps("open")).toMatchObject([{ intervals: 1 }]);
  await taken("c.csv", [3]);
  expect(await gaps("closed")).toMatchObject([{ id: gap!.id, intervals: 0 }]);
  await backfill(here, gap!.id, { tries: 0 });
  expect(await lying(here, folder)).not.toContain(list);
});

// Guards against events that a head end lays down beside its readings, and that are refused as no readings.
test("events of meters and batches are taken by their own doors, and a wrong one is refused with its place", async () => {
  const { here, source, meter, folder } = await dropped();
  const event = (name: string) =>
    `<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#"><EndDeviceEvent><createdDateTime>2026-11-02T10:00:00Z</createdDateTime><Assets><Names><name>${name}</name></Names></Assets><EndDeviceEventType ref="3.12.66.242"/></EndDeviceEvent></EndDeviceEvents>`;
  const own = { events: [{ meter: "D-1", at: "2026-11-03T10:00:00Z", kind: "cover_opened" }] };
  const batch = { delivery: "b-1", readings: [["D-1", "2026-11-04T10:00:00Z", 5]] };
  for (const [name, text] of [
    ["events.xml", event("D-1")],
    ["nobody.xml", event("D-9")],
    ["own.json", JSON.stringify(own)],
    ["batch.json", JSON.stringify(batch)],
    ["other.json", "{}"],
  ] as const)
    await here.drops.put(folder + name, bytes(text));
  await lookTwice(here, source.id);
  expect(await report(here, `${folder}done/events.xml`)).toMatchObject({ state: "kept", kept: 1, ignored: 0 });
  expect(await report(here, `${folder}done/own.json`)).toMatchObject({ state: "kept", kept: 1 });
  expect(await report(here, `${folder}done/batch.json`)).toMatchObject({ state: "kept", delivery: "b-1", readings: 1 });
  expect(await report(here, `${folder}refused/nobody.xml`)).toMatchObject({
    errors: [{ pointer: "#/EndDeviceEvents/EndDeviceEvent/0" }],
  });
  expect(await report(here, `${folder}refused/other.json`)).toMatchObject({ state: "refused" });
  expect((await tampersOf(here, meter.id)).map(({ kind }) => kind)).toEqual(["magnet", "cover_opened"]);
});
