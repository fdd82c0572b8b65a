import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Expression,
  evaluate,
  formMistakes,
  holds,
  mistakesOf,
  NotRead,
  parse,
  print,
  type Shape,
  sentenceOf,
  type Tree,
  typeOf,
} from "../../marketplace/contract/language/index.ts";
import { LANGS } from "../../shared/texts.ts";

const SHAPE: Shape = {
  event: {
    type: {
      record: {
        total: { type: "number", title: { en: "the total", fr: "le total", ar: "المجموع" } },
        kind: { type: "text", title: { en: "the kind", fr: "le genre", ar: "النوع" } },
        late: { type: "truth", title: { en: "late", fr: "en retard", ar: "متأخر" } },
        at: { type: "moment", title: { en: "the time", fr: "l’heure", ar: "الوقت" } },
        values: { type: { list: "number" }, title: { en: "the values", fr: "les valeurs", ar: "القيم" } },
        tags: { type: { list: "text" }, title: { en: "the tags", fr: "les mots", ar: "الكلمات" } },
      },
    },
  },
  "meter-readings": {
    type: {
      table: {
        litres: { type: "number", title: { en: "litres", fr: "litres", ar: "لترات" } },
        hour: { type: "number", title: { en: "the hour", fr: "l’heure", ar: "الساعة" } },
        read: { type: "truth" },
      },
    },
    title: { en: "Readings", fr: "Relevés", ar: "القراءات" },
  },
};

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);
const text = fc.string({ maxLength: 20, unit: "grapheme" });

/** Trees that are right by their types: of numbers and of truths, each within the other. */
function trees(inRow: boolean, depth: number): { number: fc.Arbitrary<Tree>; truth: fc.Arbitrary<Tree> } {
  const leaf: { number: fc.Arbitrary<Tree>[]; truth: fc.Arbitrary<Tree>[] } = {
    number: [number, fc.constant<Tree>(["field", "event", "total"]), fc.constant<Tree>(null)],
    truth: [fc.boolean(), fc.constant<Tree>(["field", "event", "late"])],
  };
  if (inRow) {
    leaf.number.push(fc.constantFrom<Tree>(["field", "row", "litres"], ["field", "row", "hour"]));
    leaf.truth.push(fc.constant<Tree>(["field", "row", "read"]));
  }
  if (depth === 0) return { number: fc.oneof(...leaf.number), truth: fc.oneof(...leaf.truth) };
  const { number: n, truth: b } = trees(inRow, depth - 1);
  const moments: Tree[] = [
    ["field", "event", "at"],
    ["date", "2026-11-26"],
    ["date", "2026-11-26T10:00:00Z"],
  ];
  const moment = fc.constantFrom(...moments);
  const numbers: fc.Arbitrary<Tree>[] = [
    ...leaf.number,
    fc.tuple(fc.constantFrom("+", "-", "*", "/"), n, n).map((one) => one as Tree),
    fc.tuple(b, n, n).map(([a, x, y]) => ["if", a, x, y] as Tree),
    fc.tuple(fc.constantFrom("days", "hours"), moment, moment).map((one) => one as Tree),
  ];
  const truths: fc.Arbitrary<Tree>[] = [
    ...leaf.truth,
    fc
      .tuple(fc.constantFrom("and", "or"), fc.array(b, { minLength: 2, maxLength: 4 }))
      .map(([o, all]) => [o, ...all] as Tree),
    b.map((a) => ["not", a] as Tree),
    fc.tuple(fc.constantFrom("=", "!=", "<", "<=", ">", ">="), n, n).map((one) => one as Tree),
    fc.tuple(fc.constantFrom("<", "<=", ">", ">="), moment, moment).map((one) => one as Tree),
    n.map((a) => ["there", a] as Tree),
    text.map((a) => ["=", ["field", "event", "kind"], a] as Tree),
    fc
      .array(text, { minLength: 1, maxLength: 3 })
      .map((all) => ["in", ["field", "event", "kind"], ["list", ...all]] as Tree),
    text.map((a) => ["in", a, ["field", "event", "tags"]] as Tree),
  ];
  if (!inRow) {
    const row = trees(true, depth - 1);
    const table: Tree = ["field", "meter-readings"];
    numbers.push(
      row.truth.map((where) => ["count", table, where] as Tree),
      fc
        .tuple(fc.constantFrom("sum", "mean", "min", "max"), row.number, row.truth)
        .map(([o, v, w]) => [o, table, v, w] as Tree),
      fc.tuple(fc.constantFrom("sum", "min"), row.number).map(([o, v]) => [o, table, v] as Tree),
      fc
        .constantFrom("count", "sum", "mean", "min", "max")
        .map((o) => [o, ["field", "event", "values"]] as unknown as Tree),
    );
  }
  return { number: fc.oneof(...numbers), truth: fc.oneof(...truths) };
}
const { number: numberTree, truth: truthTree } = trees(false, 3);
const small = (tree: Tree) => formMistakes(tree).length === 0;
const good = fc.oneof(numberTree, truthTree).filter(small);

const row = fc.record(
  { litres: fc.oneof(number, fc.constant(null), text), hour: number, read: fc.boolean() },
  { requiredKeys: [] },
);
const context = fc.record({
  event: fc.record(
    {
      total: number,
      kind: text,
      late: fc.boolean(),
      at: fc.constantFrom("2026-11-26", "2026-11-25T22:00:00Z", "no time"),
      values: fc.array(number, { maxLength: 5 }),
      tags: fc.array(text, { maxLength: 5 }),
    },
    { requiredKeys: [] },
  ),
  "meter-readings": fc.array(row, { maxLength: 20 }),
});

describe("conditions and formulas", () => {
  // Guards against a condition that shows one thing and does another.
  test("what is printed is read as the same tree", () => {
    fc.assert(
      fc.property(good, (tree) => {
        expect(parse(print(tree))).toEqual(tree);
      }),
    );
  });

  test("what is right by its types is worth that, or nothing; and ends", () => {
    fc.assert(
      fc.property(truthTree.filter(small), context, (tree, given) => {
        expect(mistakesOf(tree, SHAPE, "truth")).toEqual([]);
        expect([true, false, null]).toContain(evaluate(tree, given));
      }),
    );
    fc.assert(
      fc.property(numberTree.filter(small), context, (tree, given) => {
        expect(mistakesOf(tree, SHAPE, "number")).toEqual([]);
        const value = evaluate(tree, given);
        expect(value === null || Number.isFinite(value)).toBe(true);
      }),
    );
  });

  test("it never throws, whatever the tree and whatever it is about", () => {
    const anything = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "medium" },
        fc.jsonValue({ maxDepth: 1 }),
        fc.tuple(
          fc.constantFrom("and", "sum", "field", "in", "list", "/", "<", "date", "if", "count", "there"),
          tie("tree"),
        ),
        fc.tuple(fc.constantFrom("and", "sum", "in", "/", "<", "days", "mean", "=", "max"), tie("tree"), tie("tree")),
      ),
    })).tree;
    fc.assert(
      fc.property(anything, fc.oneof(context, fc.dictionary(fc.string(), fc.jsonValue())), (value, given) => {
        expect(Expression.safeParse(value).success).toBe(formMistakes(value).length === 0);
        if (formMistakes(value).length > 0) return;
        const tree = value as Tree;
        evaluate(tree, given as Record<string, unknown>);
        expect(parse(print(tree))).toEqual(tree);
        for (const lang of LANGS) sentenceOf(tree, SHAPE, lang);
        expect(typeOf(tree, SHAPE)).toBeDefined();
      }),
    );
  });

  test("it is a sentence in each language, with nothing left out", () => {
    fc.assert(
      fc.property(good, fc.constantFrom(...LANGS), (tree, lang) => {
        const said = sentenceOf(tree, SHAPE, lang);
        expect(said.length).toBeGreaterThan(0);
        expect(said).not.toMatch(/\{\$|undefined|\[object/);
      }),
    );
  });

  test("any text is read, or refused with a place in it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          good.map((tree) => print(tree).slice(3)),
        ),
        (given) => {
          try {
            expect(parse(print(parse(given)))).toEqual(parse(given));
          } catch (error) {
            expect(error).toBeInstanceOf(NotRead);
          }
        },
      ),
    );
    expect(() => parse("(".repeat(4_000))).toThrow(NotRead);
    expect(() => parse("not ".repeat(1_900))).toThrow(NotRead);
  });

  // Guards against a publisher who keeps a city busy by what it must read, or by what it must reckon.
  test("size, depth and steps are bounded", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = ["not", deep];
    expect(formMistakes(deep)).toHaveLength(1);
    expect(formMistakes(["and", ...Array(20).fill(["or", ...Array(20).fill(true)])])).toHaveLength(1);
    expect(formMistakes(Array(1_000_000).fill("and")).length).toBeGreaterThan(0);
    const nested = parse("sum(count(`meter-readings` where row.hour < 4) of `meter-readings`)");
    expect(typeOf(nested, SHAPE).mistakes.map(({ detail }) => detail)).toEqual([
      "Within a row there are no sums over a table.",
    ]);
    const rows = Array(5_000).fill({ litres: 1, hour: 2 });
    const startedMs = performance.now();
    expect(evaluate(nested, { "meter-readings": rows })).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});

describe("what conditions mean", () => {
  const worth = (source: string, given = {}) => evaluate(parse(source), given);

  test("precedence, brackets and the short form", () => {
    expect(parse("a.b > 1 and not c or d in [1, -2]")).toEqual([
      "or",
      ["and", [">", ["field", "a", "b"], 1], ["not", ["field", "c"]]],
      ["in", ["field", "d"], ["list", 1, -2]],
    ]);
    expect(worth("1 + 2 * 3 - 4 / 2")).toBe(5);
    expect(worth("(1 + 2) * 3 - (4 - 2)")).toBe(7);
    expect(worth("if 1 < 2 then 3 else 4")).toBe(3);
    expect(worth('days(date("2026-01-01"), date("2026-03-01"))')).toBe(59);
    expect(print(parse("`a-b`.`if` = 1"))).toBe("`a-b`.if = 1");
  });

  test("of what is missing nothing is said", () => {
    expect(worth("1 / 0")).toBeNull();
    expect([worth("x < 3"), worth("not (x < 3)"), worth("x < 3 or true"), worth("x < 3 and false")]).toEqual([
      null,
      null,
      true,
      false,
    ]);
    expect([worth("there(x)"), worth("there(1 / 0)"), worth("there(0)")]).toEqual([false, false, true]);
    expect(holds(parse("x = 1 or x != 1"), {})).toBe(false);
    expect(worth("x = 1", { x: "1" })).toBeNull();
    expect(worth("toString", {})).toBeNull();
  });

  test("a table is counted, summed and averaged, by a condition on its rows", () => {
    const given = { t: [{ n: 2 }, { n: 4 }, { n: "x" }, {}], v: [1, 2, 6] };
    expect(worth("count(t)", given)).toBe(4);
    expect(worth("sum(row.n of t)", given)).toBe(6);
    expect(worth("mean(row.n of t where row.n > 2)", given)).toBe(4);
    expect(worth("mean(row.n of t where row.n > 9)", given)).toBeNull();
    expect([worth("min(v)", given), worth("max(v)", given), worth("mean(v)", given), worth("count(v)", given)]).toEqual(
      [1, 6, 3, 3],
    );
  });

  test("a mistake is said with its place", () => {
    const at = (source: string) => typeOf(parse(source), SHAPE).mistakes;
    expect(at("event.total > event.kind")).toEqual([
      { at: [2], detail: "This is a text, where a number or a day or an instant is needed." },
    ]);
    expect(at("event.totals = 1")[0]).toMatchObject({ at: [1, 2] });
    expect(at("sum(row.read of `meter-readings`)")[0]).toMatchObject({ at: [2] });
    expect(at("event.kind in event.values")[0]?.detail).toMatch(/cannot stand together/);
    expect(mistakesOf(parse("event.total"), SHAPE, "truth")[0]?.detail).toBe(
      "This is a number, where true or false is needed.",
    );
  });

  test("it reads as a sentence", () => {
    const tree = parse(
      'sum(row.litres of `meter-readings` where row.hour < 4) > 10.5 and (event.late or event.at >= date("2026-11-26"))',
    );
    expect(LANGS.map((lang) => sentenceOf(tree, SHAPE, lang).replace(/[\u2066-\u2069]/g, ""))).toEqual([
      "the sum of litres in Readings (only rows where the hour is less than 4) is more than 10.5 and (late holds or the time is not before November 26, 2026)",
      "la somme de litres dans Relevés (pour les lignes où l’heure reste en dessous de 4) dépasse 10,5 et (en retard : oui ou l’heure ne vient pas avant 26 novembre 2026)",
      expect.stringContaining("مجموع لترات في القراءات"),
    ]);
  });
});
