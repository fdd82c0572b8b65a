import { expect, test } from "vitest";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { enoughWithin, overviewOf } from "../../functions/opendata/overview.ts";
import { made } from "../../functions/opendata/query/reading.ts";
import type { Dataset, Version } from "../../functions/opendata/schema.ts";
import type { Here } from "../../shared/here.ts";
import type { BlobWriter } from "../../shared/ports.ts";
import { opened } from "../stored.ts";

const ROWS = 120_000;

/** Blobs in memory, and how often each was written. */
function memory() {
  const files = new Map<string, Uint8Array>();
  const written: string[] = [];
  const keep = (key: string, bytes: Uint8Array) => {
    files.set(key, bytes);
    written.push(key);
  };
  const blobs = {
    put: async (key: string, bytes: Uint8Array) => keep(key, bytes),
    begin: async (key: string): Promise<BlobWriter> => {
      const parts: Uint8Array[] = [];
      return {
        write: async (bytes) => void parts.push(bytes.slice()),
        close: async () => keep(key, new Uint8Array(Buffer.concat(parts))),
        drop: async () => {},
      };
    },
    get: async (key: string, range?: { offset: number; length: number }) =>
      range ? files.get(key)?.slice(range.offset, range.offset + range.length) : files.get(key),
  };
  return { blobs, written };
}

// Guards against a map of millions that reads them all for each of its tiles.
test("an overview has some rows from everywhere, each with its own number and cells, and is made once", async () => {
  const columns = [{ name: "row", type: "integer" as const }];
  const places = Array.from({ length: ROWS }, (_, row): Geometry | null =>
    row % 10 === 8 ? null : { type: "Point", coordinates: [(row % 400) / 100 - 2, 45 + (row % 300) / 100] },
  );
  const whole = await opened({ columns, cells: [Array.from({ length: ROWS }, (_, row) => row * 3)], places });
  const { blobs, written } = memory();
  const here = { city: { slug: "here" }, blobs } as unknown as Here;
  const dataset = { id: "ds_x" } as Dataset;
  const version = { file: "file_x", columns } as unknown as Version;
  const [one, two] = await Promise.all([1, 2].map(() => overviewOf(here, dataset, version, whole)));
  await overviewOf(here, dataset, version, whole);
  expect(written).toHaveLength(3);
  expect(one!.data.rows).toBe(two!.data.rows);
  // Every second row, but for those that have no place.
  expect(one!.data.rows).toBe(ROWS / 2 - ROWS / 10);

  const box = [-1, 45.5, 0, 46] as const;
  const rows = (await enoughWithin(one!, [...box]))!;
  expect(rows.length).toBeGreaterThan(1_000);
  const wanted = { columns: [0, one!.numberAt], places: true };
  const read = await made(one!.data, rows, wanted, ({ cells, places: at }, i) => [cells[0]![i], cells[1]![i], at![i]]);
  for (const [cell, number, place] of read as [number, number, Geometry][]) {
    expect(cell).toBe(number * 3);
    expect(place).toEqual(places[number]);
  }
  expect(await enoughWithin(one!, [-1, 45.5, -0.99, 45.51])).toBeUndefined();

  for (const bbox of [[-180, -90, 180, 90], [...box], [5, 5, 6, 6], [-2, 45, -1.5, 48]] as [
    number,
    number,
    number,
    number,
  ][])
    expect(await whole.within(bbox, 0, 0)).toEqual({ rows: [], matched: (await whole.within(bbox)).rows.length });
});
