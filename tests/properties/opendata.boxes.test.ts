import fc from "fast-check";
import { expect, test } from "vitest";
import type { Box } from "../../functions/opendata/geometry.ts";
import { openBoxes, packBoxes, touch } from "../../functions/opendata/stored/boxes.ts";

const side = fc.integer({ min: 0, max: 40 });
const boxOf = (most: number) =>
  fc.tuple(side, side, fc.nat(most), fc.nat(most)).map(([x, y, w, h]): Box => [x, y, x + w, y + h]);

/** Rows at random, or in the order of where they are: then a page's rows are not among the first. */
const boxes = fc
  .tuple(fc.array(fc.option(boxOf(2), { freq: 9 }), { minLength: 1, maxLength: 900, size: "max" }), fc.boolean())
  .map(([all, isOrdered]) => (isOrdered ? all.toSorted((a, b) => (a?.[0] ?? 0) - (b?.[0] ?? 0)) : all));

test("a page of a box is what a look at every row finds", () => {
  fc.assert(
    fc.property(boxes, boxOf(40), fc.nat(300), fc.nat(50), (all, asked, offset, limit) => {
      const fits = all.flatMap((one, row) => (one && touch(one, asked) ? [row] : []));
      const packed = packBoxes(all);
      const found = packed ? openBoxes(packed.bytes).page(asked, offset, limit) : { rows: [], matched: 0 };
      expect(found).toEqual({ rows: fits.slice(offset, offset + limit), matched: fits.length });
    }),
    { numRuns: 100 },
  );
});
