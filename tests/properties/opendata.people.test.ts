import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDraft } from "../../functions/opendata/drafts/reading.ts";
import type { Correction } from "../../functions/opendata/drafts/schema.ts";
import { type Dimension, Groups } from "../../functions/opendata/people/groups.ts";
import { ladderOf, type Rung } from "../../functions/opendata/people/ladders.ts";
import type { Cell, Personal } from "../../functions/opendata/schema.ts";
import { openVersion } from "../../functions/opendata/stored/opened.ts";
import type { BlobWriter } from "../../shared/ports.ts";

// What is published about people never shows a group smaller than the city's k, whatever the file holds.

const QUASI = ["age", "income", "born", "postcode", "job", "member"] as const;
const person = fc.record({
  age: fc.option(fc.integer({ min: 0, max: 100 })),
  income: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -500, max: 90_000 })),
  born: fc.date({ min: new Date("1930-01-01"), max: new Date("2020-01-01"), noInvalidDate: true }),
  postcode: fc.constantFrom("44000", "44100", "44200", "75001", "69003", "4"),
  job: fc.constantFrom("nurse", "smith", "clerk", "*", "judge"),
  member: fc.boolean(),
  note: fc.constantFrom("a", "b"),
  lat: fc.double({ min: 5, max: 5.3, noNaN: true }),
  lon: fc.double({ min: -4, max: -3.7, noNaN: true }),
  count: fc.integer({ min: 0, max: 12 }),
});
type Person = typeof person extends fc.Arbitrary<infer P> ? P : never;

const line = ({ born, ...one }: Person): string =>
  [
    ...[one.age ?? "", one.income, born.toISOString().slice(0, 10), one.postcode, one.job, one.member ? "yes" : "no"],
    ...[one.note, one.lat, one.lon, one.count],
  ].join(";");

async function released(people: Person[], quasi: readonly string[], k: number, hasPlaces: boolean) {
  const names = [...QUASI, "note", hasPlaces ? "lat" : "a", hasPlaces ? "lon" : "b", "count"];
  const bytes = new TextEncoder().encode(`${names.join(";")}\n${people.map((one) => line(one)).join("\n")}\n`);
  const files = new Map<string, Uint8Array>();
  const begin = async (key: string): Promise<BlobWriter> => {
    const parts: Uint8Array[] = [];
    return {
      write: async (part) => void parts.push(part.slice()),
      close: async () => void files.set(key, new Uint8Array(Buffer.concat(parts))),
      drop: async () => {},
    };
  };
  const tag = (name: string): Personal =>
    name === "count" ? "count_of_people" : quasi.includes(name) ? "quasi_identifier" : "no";
  const columns: Correction[] = names.map((from) => ({ from, personal: tag(from), isLeftOut: from.startsWith("l") }));
  const work = readDraft(
    { id: "ds", file: "f", corrections: { columns }, table: undefined, before: [], k },
    { name: "a.csv", size: bytes.byteLength, read: async (at, length) => bytes.slice(at, at + length) },
    { begin, delete: async () => {} },
  );
  let step = await work.next();
  while (!step.done) step = await work.next();
  const { found, stored } = step.value;
  if (!stored) return { found, rows: [] };
  const version = { ...stored, columns: found.columns };
  const blobs = {
    get: async (key: string, range?: { offset: number; length: number }) =>
      range ? files.get(key)?.slice(range.offset, range.offset + range.length) : files.get(key),
  };
  const keys = { rows: "datasets/ds/f/rows.parquet", boxes: "datasets/ds/f/boxes.bin" };
  const opened = await openVersion(`people ${made++}`, blobs, keys, version);
  const all = await opened.group(0, { columns: found.columns.map((_, i) => i), places: true });
  const rows = Array.from({ length: all.rows }, (_, row) => ({
    cells: Object.fromEntries(found.columns.map(({ name }, i) => [name, all.cells[i]![row] as Cell])),
    place: all.places?.[row] ?? null,
  }));
  return { found, rows };
}
let made = 0;

describe("what is published about people", () => {
  test("no group of quasi-identifiers is smaller than k, no count is below it, and what was withheld is said", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 1, maxLength: 60 }),
        fc.subarray([...QUASI], { minLength: 1 }),
        fc.integer({ min: 3, max: 7 }),
        fc.boolean(),
        async (people, quasi, k, hasPlaces) => {
          const { found, rows } = await released(people, quasi, k, hasPlaces);
          const groups = new Map<string, number>();
          for (const { cells, place } of rows) {
            const key = JSON.stringify([quasi.map((name) => cells[name]), place]);
            groups.set(key, (groups.get(key) ?? 0) + 1);
            expect(cells["count"] === null || cells["count"] === 0 || (cells["count"] as number) >= k).toBe(true);
          }
          for (const size of groups.values()) expect(size).toBeGreaterThanOrEqual(k);
          expect(rows.length + found.protection!.rowsWithheld).toBe(people.length);
          if (people.length < k) expect(found.mistaken).toBe(1);
          // A place is nowhere finer than its grid.
          if (hasPlaces) expect(found.protection!.generalised.map(({ column }) => column)).toContain("geometry");
        },
      ),
      { numRuns: 80 },
    );
  });

  // Guards against memory that grows with the people, and against groups that differ by when they were counted.
  test("within the bounds of memory, values are made coarser while they are counted, and every group still is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom("a", "b", "c", "d", "e", "f")), {
          minLength: 30,
          maxLength: 200,
        }),
        fc.integer({ min: 1, max: 12 }),
        (values, most) => {
          const dimension = (name: string, type: "integer" | "text"): Dimension => ({
            taken: [],
            ladder: ladderOf({ name, type }, false, 3),
          });
          const groups = new Groups(3, [dimension("n", "integer"), dimension("word", "text")], true, {
            groups: most,
            signs: 100_000,
          });
          for (const one of values) groups.add(one);
          groups.settle();
          const sizes = new Map<string, number>();
          const published = values.filter((one) => groups.isLarge(one));
          for (const one of published) {
            const key = JSON.stringify(one.map((value: Rung, i) => groups.climbed(value, i)));
            sizes.set(key, (sizes.get(key) ?? 0) + 1);
          }
          expect(sizes.size).toBeLessThanOrEqual(most);
          for (const size of sizes.values()) expect(size).toBeGreaterThanOrEqual(3);
          expect(published.length).toBeGreaterThanOrEqual(Math.floor(values.length * 0.95));
        },
      ),
      { numRuns: 100 },
    );
  });
});
