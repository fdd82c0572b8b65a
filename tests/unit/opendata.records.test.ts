import { describe, expect, test } from "vitest";
import { matching, type RecordQuestion, sortedBy } from "../../functions/opendata/records/search.ts";
import type { Dataset } from "../../functions/opendata/schema.ts";
import type { Fault } from "../../shared/errors.ts";

const dataset = (slug: string, title: string, publishedAt: string, bbox?: Dataset["latest"]["bbox"]): Dataset => ({
  id: `ds_${slug}`,
  slug,
  card: { title, description: `About ${slug}`, licence: "CC0", source: "The town hall" },
  latest: {
    ...{ number: 1, publishedAt, rows: 1, columns: [], digest: "", bytes: 1, ...(bbox ? { bbox } : {}) },
    ...{ hasPlaces: bbox !== undefined, footer: { bytes: 1, digest: "" }, file: "" },
  },
});
const ALL = [
  dataset("parks", "Parcs et jardins", "2026-01-10T08:00:00.000Z", [-1.6, 47.1, -1.5, 47.3]),
  dataset("budget", "Budget 2026", "2026-02-01T00:00:00.000Z"),
  dataset("pacific", "Îles du Pacifique", "2026-03-05T12:00:00.000Z", [170, -20, 179, -10]),
];
const found = (asked: RecordQuestion) => matching(ALL, asked, "fr").map(({ slug }) => slug);

describe("records", () => {
  // By the standard: blanks join words in their order, commas part alternatives.
  test.each([
    [{}, ["parks", "budget", "pacific"]],
    [{ q: "PARCS ET" }, ["parks"]],
    [{ q: "jardins parcs" }, []],
    [{ q: "iles,budget" }, ["budget", "pacific"]],
    [{ q: "town   hall" }, ["parks", "budget", "pacific"]],
    [{ q: ".*" }, []],
    [{ types: ["dataset", "service"] }, ["parks", "budget", "pacific"]],
    [{ types: ["service"] }, []],
    [{ languages: ["en"] }, []],
    [{ languages: ["en", "fr"] }, ["parks", "budget", "pacific"]],
    [{ ids: ["budget", "none"] }, ["budget"]],
    [{ externalIds: ["ds_parks"] }, ["parks"]],
    [{ externalIds: ["hansa:ds_parks"] }, ["parks"]],
    [{ externalIds: ["other:ds_parks"] }, []],
    [{ externalIds: ["hansa:"] }, ["parks", "budget", "pacific"]],
    [{ bbox: [-2, 47, -1.55, 48] }, ["parks"]],
    [{ bbox: [160, -30, -160, 0] }, ["pacific"]],
    [{ bbox: [-160, -30, 160, 0] }, []],
    [{ when: { from: "2026-02-01" } }, ["budget", "pacific"]],
    [{ when: { from: "2026-01-10", to: "2026-01-10" } }, ["parks"]],
    [{ when: { to: "2026-01-10T07:59:59Z" } }, []],
  ] as [RecordQuestion, string[]][])("%j finds %j", (asked, expected) => expect(found(asked)).toEqual(expected));

  test("are sorted by several keys, up and down, and by no other", () => {
    const slugs = (...keys: string[]) => sortedBy(ALL, keys).map(({ slug }) => slug);
    expect(slugs("title")).toEqual(["budget", "pacific", "parks"]);
    expect(slugs("-updated")).toEqual(["pacific", "budget", "parks"]);
    expect(slugs("+id")).toEqual(["budget", "pacific", "parks"]);
    try {
      slugs("colour");
      throw new Error("it was taken");
    } catch (error) {
      expect((error as Fault).kind).toBe("malformed");
    }
  });
});
