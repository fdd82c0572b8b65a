import { expect, test } from "vitest";
import { arrangedOf, arranging, arrangingOf, inOrderWithin } from "../../functions/opendata/copies/arranged.ts";
import { arrange } from "../../functions/opendata/copies/arranging.ts";
import { overviewOf } from "../../functions/opendata/copies/overview.ts";
import type { Box, Geometry } from "../../functions/opendata/geometry.ts";
import { placesIn } from "../../functions/opendata/places.ts";
import { made } from "../../functions/opendata/query/reading.ts";
import type { Dataset, Version } from "../../functions/opendata/schema.ts";
import { fileOf } from "../../functions/opendata/stored/opened.ts";
import type { Here } from "../../shared/here.ts";
import type { BlobWriter } from "../../shared/ports.ts";
import { opened, stored } from "../stored.ts";

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
    delete: async (key: string) => void files.delete(key),
    get: async (key: string, range?: { offset: number; length: number }) =>
      range ? files.get(key)?.slice(range.offset, range.offset + range.length) : files.get(key),
  };
  return { blobs, written, files };
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

  const box: Box = [-1, 45.5, 0, 46];
  const { rows } = await one!.data.within(box);
  expect(rows.length).toBeGreaterThan(1_000);
  const wanted = { columns: [0, one!.numberAt], places: true };
  const read = await made(one!.data, rows, wanted, ({ cells, places: at }, i) => [cells[0]![i], cells[1]![i], at![i]]);
  for (const [cell, number, place] of read as [number, number, Geometry][]) {
    expect(cell).toBe(number * 3);
    expect(place).toEqual(places[number]);
  }
  for (const bbox of [[-180, -90, 180, 90], box, [5, 5, 6, 6], [-2, 45, -1.5, 48]] as Box[])
    expect(await whole.within(bbox, 0, 0)).toEqual({ rows: [], matched: (await whole.within(bbox)).rows.length });
});

// Guards against a close look at a map that reads a whole file of millions, and against one that then shows other rows.
test("what is arranged by place is the same rows, those of a small box lie together, and tiles come from it", async () => {
  const count = 220_000;
  const columns = [{ name: "n", type: "integer" as const }];
  // In no order of place; some have none.
  const at = (row: number, prime: number) => ((row * prime) % 10_007) / 10_007;
  const places = Array.from({ length: count }, (_, row): Geometry | null =>
    row % 11 === 3 ? null : { type: "Point", coordinates: [-2 + at(row, 7_919), 47 + at(row, 104_729)] },
  );
  const { files: own, written } = await stored({ columns, cells: [Array.from(places, (_, row) => row * 2)], places });
  const { blobs, files } = memory();
  const keys = fileOf("ds_x", "file_x");
  files.set(keys.rows, own.get("rows")!).set(keys.boxes, own.get("boxes")!);
  const version = { ...written, number: 1, columns, hasPlaces: true, file: "file_x" } as unknown as Version;
  const dataset = { id: "ds_x", slug: "x", latest: version } as unknown as Dataset;
  const planned: unknown[] = [];
  const here = {
    city: { slug: "arranged" },
    clock: { now: () => new Date(0) },
    table: { get: async () => undefined },
    commit: async (writes: unknown[]) => void planned.push(...writes),
    blobs,
  } as unknown as Here;
  const box: Box = [-1.55, 47.4, -1.5, 47.45];
  const exact = await placesIn(here, dataset, version, { bbox: box, most: 10_000 });
  expect(exact.places.map(({ id }) => id)).toEqual(
    places.flatMap((place, row) => {
      const [x, y] = (place?.coordinates ?? [0, 0]) as [number, number];
      return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] ? [row + 1] : [];
    }),
  );
  const forNow = await placesIn(here, dataset, version, { bbox: box, most: 10_000, fewForNow: true });
  expect(forNow).toMatchObject({ matched: exact.matched, isForNow: true });
  expect(forNow.places.length).toBeLessThan(exact.matched);
  expect(planned).toMatchObject([{}, { put: { data: { what: "arranged" } }, if: "absent" }]);

  for await (const _ of arrange(arrangingOf(here, dataset, version), here.blobs));
  expect(await arranging.isMade(here, dataset, version, "")).toBe(true);
  // Whoever had it arranged lets go of what lay aside.
  expect(files.delete(arrangingOf(here, dataset, version).aside)).toBe(true);
  expect(await placesIn(here, dataset, version, { bbox: box, most: 10_000, fewForNow: true })).toEqual(exact);
  const arranged = (await arrangedOf(here, dataset, version))!;
  expect(arranged.data.rows).toBe(places.filter(Boolean).length);
  const rows = (await inOrderWithin(arranged, box)).toSorted((a, b) => a - b);
  const breaks = rows.filter((row, i) => i > 0 && row - rows[i - 1]! > 1_000).length;
  expect(breaks).toBeLessThan(4);
});
