import { readFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dayOf, numberOf } from "../../functions/opendata/formats/converting.ts";
import { Unreadable } from "../../functions/opendata/formats/note.ts";
import { opened } from "../opened.ts";
import { timetable } from "../timetable.ts";

const data = (name: string): Uint8Array => readFileSync(`tests/data/formats/${name}`);
const FILES = [
  ...["libraries.xlsx", "shapes.zip", "city.gpkg", "city.kml"].map(data),
  timetable(),
  Buffer.from('a;b;lat;lon\n1;"x y";1,5;2,5\n2;é;3;4\n'),
  Buffer.from('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":[1]},"geometry":null}]}'),
];

// Guards against a damaged file that ends the process, or is answered as an error of ours.
test("a file with bytes changed at random is refused with a sentence, or read", async () => {
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.array(change, { minLength: 1, maxLength: 5 }),
      async (file, changes) => {
        const bytes = new Uint8Array(file);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          const { rows, source } = await opened(bytes);
          for (const { cells } of rows) expect(cells).toHaveLength(source.columns.length);
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
          expect(error.message).not.toBe("");
        }
      },
    ),
    { numRuns: 150 },
  );
});

// Guards against a delimiter, a quote or a line feed in a field that shifts all that follow.
test("a table comes back as it was written, whatever its fields hold", async () => {
  const field = fc.string({
    unit: fc.constantFrom("a", "é", "م", " ", ",", ";", "\t", "|", '"', "\n", "7"),
    minLength: 1,
    maxLength: 8,
  });
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
    );
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom(",", ";", "\t", "|"), async (rows, delimiter) => {
      const header = rows[0]!.map((_, i) => `column ${i}`);
      // A row of nothing but spaces is none.
      const kept = rows.filter((row) => row.some((one) => one.trim() !== ""));
      fc.pre(kept.length > 0);
      const text = stringify([header, ...rows], { delimiter, quoted: true });
      const read = await opened(text, { delimiter, header: true });
      expect(read.rows.map(({ cells }) => cells)).toEqual(kept);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["en-GB", "."],
  ["fr-FR", ","],
  ["de-DE", ","],
  ["de-CH", "."],
  ["en-IN", "."],
  ["ar-EG", "."],
] as const)("numbers as %s writes them are read back", (locale, decimal) => {
  const written = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const number = fc.integer({ min: -1e12, max: 1e12 }).map((n) => n / 1000);
  fc.assert(
    fc.property(number, (n) => {
      expect(numberOf(written.format(n), { decimal })).toBe(n);
    }),
  );
});

test("a day is read as the calendar has it, in whatever order it is written", () => {
  const day = fc.date({ min: new Date("1600-01-01"), max: new Date("2400-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(day, (date) => {
      const iso = date.toISOString().slice(0, 10);
      const [y, m, d] = iso.split("-");
      expect([dayOf(iso), dayOf(`${d}/${m}/${y}`, "dmy"), dayOf(`${m}-${d}-${y}`, "mdy")]).toEqual([iso, iso, iso]);
    }),
  );
});
