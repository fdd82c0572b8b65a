import fc from "fast-check";
import { expect, test } from "vitest";
import { csvOf } from "../../functions/opendata/exports/csv.ts";
import { featureOf, features, featureTexts } from "../../functions/opendata/feature.ts";
import { type Box, boxOf, type Geometry } from "../../functions/opendata/geometry.ts";
import { find } from "../../functions/opendata/query/find.ts";
import { opened as openedFile } from "../opened.ts";
import { type Frame, opened, textOf } from "../stored.ts";

const degrees = fc.tuple(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.double({ min: -90, max: 90, noNaN: true }),
);
const place: fc.Arbitrary<Geometry | null> = fc.oneof(
  degrees.map((at): Geometry => ({ type: "Point", coordinates: at })),
  fc
    .array(degrees, { minLength: 2, maxLength: 5 })
    .map((line): Geometry => ({ type: "LineString", coordinates: line })),
  fc.constant(null),
);
const framed = (places: (Geometry | null)[]): Frame => ({
  columns: [{ name: "n", type: "integer" }],
  cells: [places.map((_, i) => i % 7)],
  places,
});
const frame = fc.array(place, { minLength: 1, maxLength: 60 }).map(framed);

// Points alone are found in another way. Of few places many are the same, and lie on a box's border.
const few = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }));
const pointsAlone = fc
  .array(fc.oneof(degrees, few, few), { minLength: 1, maxLength: 60 })
  .map((places) => framed(places.map((at) => ({ type: "Point", coordinates: at }))));
const between = <T extends readonly number[]>([[a, b], [c, d]]: readonly [T, T]): Box => [
  Math.min(a!, c!),
  Math.min(b!, d!),
  Math.max(a!, c!),
  Math.max(b!, d!),
];
const box: fc.Arbitrary<Box> = fc.oneof(fc.tuple(degrees, degrees), fc.tuple(few, few)).map(between);

// Guards against a map that shows other things than the box holds.
test("a box finds exactly the rows whose place touches it, and any page of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(frame, pointsAlone), box, fc.nat(70), fc.nat(70), async (given, asked, offset, limit) => {
      const data = await opened(given);
      const naive = given.places!.flatMap((one, row) => {
        if (!one) return [];
        const [w, s, e, n] = boxOf(one);
        return w <= asked[2] && e >= asked[0] && s <= asked[3] && n >= asked[1] ? [row] : [];
      });
      const all = { rows: naive, matched: naive.length };
      expect(await find(data, { bbox: asked, equals: {}, offset: 0, limit: 1000 })).toEqual(all);
      const page = { ...all, rows: naive.slice(offset, offset + limit) };
      expect(await find(data, { bbox: asked, equals: {}, offset, limit })).toEqual(page);
    }),
  );
});

test("features that are kept as texts are those that are made one by one, whichever rows are asked for", async () => {
  await fc.assert(
    fc.asyncProperty(frame, fc.array(fc.nat(59)), async (given, picked) => {
      const data = await opened(given);
      const rows = [...new Set(picked)].filter((row) => row < data.rows).sort((a, b) => a - b);
      const text = await featureTexts(data, rows);
      expect(`[${text}]`).toBe(JSON.stringify(await features(data, rows, featureOf)));
    }),
  );
});

test("pages of any size, put together, are all rows once and in order, and the total is true on each", async () => {
  await fc.assert(
    fc.asyncProperty(
      frame,
      fc.integer({ min: 1, max: 70 }),
      fc.option(fc.integer({ min: 0, max: 8 })),
      async (given, limit, n) => {
        const data = await opened(given);
        const equals: Record<string, string> = n === null ? {} : { n: String(n) };
        const all = Array.from({ length: data.rows }, (_, row) => row).filter((row) => n === null || row % 7 === n);
        const found: number[] = [];
        for (let offset = 0; ; offset += limit) {
          const { rows, matched } = await find(data, { equals, offset, limit });
          expect(matched).toBe(all.length);
          if (rows.length === 0) break;
          found.push(...rows);
        }
        expect(found).toEqual(all);
      },
    ),
  );
});

const text = fc.string({ unit: "grapheme", maxLength: 30 }).filter((s) => !s.includes("\0") && s.isWellFormed());
test("a CSV that was written is read again as it was, whatever the texts hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), async (rows) => {
      // Spaces at the ends are not kept, and what a spreadsheet would run gets its apostrophe.
      const clean = rows.map((row) => row.map((cell) => `x${cell.replaceAll(/\r\n?/g, "\n")}x`));
      const given: Frame = {
        columns: [
          { name: "a", type: "text" },
          { name: "b", type: "text" },
        ],
        cells: [0, 1].map((i) => clean.map((row) => row[i]!)),
      };
      const text = await textOf(csvOf(await opened(given)));
      const again = await openedFile(text);
      expect(again.rows).toHaveLength(rows.length);
      for (const [i, row] of clean.entries()) expect(again.rows[i]!.cells).toEqual(row);
    }),
  );
});
