import fc from "fast-check";
import { expect, test } from "vitest";
import { type Filter, testOf } from "../../functions/opendata/query/filter.ts";
import { find } from "../../functions/opendata/query/find.ts";
import type { Cell, Column } from "../../functions/opendata/schema.ts";
import { askedWords } from "../../functions/opendata/words.ts";
import { stored } from "../stored.ts";

const columns: Column[] = [
  { name: "a", type: "text" },
  { name: "b", type: "text" },
  { name: "n", type: "integer" },
  { name: "x", type: "number" },
  { name: "isOpen", type: "boolean" },
  { name: "day", type: "date" },
];

// Few signs, so that words meet: capitals, accents, a composed and a decomposed one, a ligature, letters that Arabic
// writes in several ways, vowel signs, the article, and signs that divide words or seem to.
const PIECES = [
  ...["a", "É", "e\u0301", "ç", "œ", "ﬁ", "Z", "école", "Straße", "İ"],
  ...["ال", "مدرسة", "أ", "إ", "ا", "ة", "ه", "ى", "ي", "\u064e", "\u0640", "و"],
  ...["Ω", "ж", "学", "𝒜", "𐐀", "1", "12", "٣", "2026-01", "-", ".", ",", "'", " ", " ", "\n", "\ud800"],
];
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }).map((pieces) => pieces.join("").toWellFormed());
const long = fc
  .tuple(fc.constantFrom("a", "é", "𝒜", "ا"), fc.integer({ min: 30, max: 60 }))
  .map(([one, n]) => one.repeat(n));
const row = fc.tuple(
  fc.option(fc.oneof({ weight: 9, arbitrary: text }, long)),
  fc.option(text),
  fc.option(fc.integer({ min: -120, max: 120 })),
  fc.option(fc.constantFrom(0.5, -12.25, 1e-7, 1e21, 12)),
  fc.option(fc.boolean()),
  fc.option(fc.constantFrom("2026-01-12", "2025-12-01", "1999-01-01")),
) satisfies fc.Arbitrary<Cell[]>;
const rows = fc.array(row, { minLength: 1, maxLength: 40 });
const pages = { offset: fc.nat(10), limit: fc.integer({ min: 1, max: 50 }) };

// Guards against an index that finds other rows than a look at them all, in whatever script they are written.
test("words are found by the index as in the rows, counted, by page, and together with other conditions", async () => {
  const asked = fc.oneof(
    text,
    long,
    fc.constantFrom("12", "true", "2026-01", "2026-01-12", "0.5", "ecole", "مدرسه", "1e"),
  );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(rows, asked, asked, fc.record(pages), fc.nat(2), async (given, q, other, page, which) => {
      const frame = { columns, cells: columns.map((_, i) => given.map((cells) => cells[i]!)) };
      const all: Filter = { op: "words", columns: "any", words: askedWords(q) };
      const more: Filter[] = [
        { op: "compare", column: "n", by: ">", value: 0 },
        { op: "words", columns: ["b"], words: askedWords(other) },
        { op: "not", of: { op: "words", columns: ["a", "b"], words: askedWords(other) } },
      ];
      const filter: Filter = { op: "and", of: [all, more[which]!] };
      for (const one of [all, filter]) {
        const fits = testOf(one, frame);
        const naive = given.flatMap((_, i) => (fits(i) ? [i] : []));
        found += naive.length;
        const wanted = { rows: naive.slice(page.offset, page.offset + page.limit), matched: naive.length };
        for (const hasWords of [true, false]) {
          const data = await (await stored(frame, hasWords)).open();
          expect((await data.holding(["a"])) !== undefined).toBe(hasWords);
          expect(await find(data, { equals: {}, filter: one, ...page })).toEqual(wanted);
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(0);
});
