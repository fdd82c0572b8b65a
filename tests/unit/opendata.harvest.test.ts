import { describe, expect, test } from "vitest";
import type { Kept } from "../../functions/opendata/drafts/schema.ts";
import { cardOf, joined } from "../../functions/opendata/harvest/cards.ts";
import { whyLeft } from "../../functions/opendata/harvest/choosing.ts";
import { placeOf } from "../../functions/opendata/harvest/ckan.ts";
import { bestOf } from "../../functions/opendata/harvest/opening.ts";
import { FAILURES_MAX, nextAfter, retryAfter } from "../../functions/opendata/harvest/schedule.ts";
import type { Dataset } from "../../functions/opendata/schema.ts";

describe("when a source is asked", () => {
  const id = "hrv_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
  const zone = "Europe/Paris";
  const clock = (at: Date | undefined) =>
    at && new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);
  const next = (every: "once" | "hour" | "day" | "week", after: string, at = "04:00") =>
    nextAfter({ every, at }, id, new Date(after), zone);

  test("by the city's clocks, with minutes of its own, and always later than now", () => {
    expect(next("once", "2026-01-01T00:00:00Z")).toBeUndefined();
    const day = clock(next("day", "2026-01-01T00:00:00Z"))!;
    expect(day).toMatch(/^2026-01-01 04:[0-2]\d$/);
    expect(clock(next("day", "2026-01-01T12:00:00Z"))).toBe(day.replace("01-01", "01-02"));
    expect(clock(next("week", "2026-01-01T12:00:00Z"))).toBe(day.replace("01-01", "01-05"));
    let at = new Date("2026-01-01T00:00:00Z");
    const hours = Array.from({ length: 5 }, () => {
      at = next("hour", at.toISOString())!;
      return at.getTime();
    });
    expect(hours.slice(1).map((one, i) => one - hours[i]!)).toEqual([3_600_000, 3_600_000, 3_600_000, 3_600_000]);
  });

  test("on days of 23 and 25 hours once each", () => {
    for (const [from, days] of [
      ["2026-03-28T00:00:00Z", 3],
      ["2026-10-24T00:00:00Z", 3],
    ] as const) {
      let at = new Date(from);
      const seen = Array.from({ length: days }, () => {
        at = next("day", at.toISOString(), "02:15")!;
        return clock(at)!.slice(0, 10);
      });
      expect(new Set(seen).size, seen.join()).toBe(days);
    }
  });

  test("one that fails later and later, and then no more", () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const waits = Array.from({ length: FAILURES_MAX }, (_, i) => retryAfter(i + 1, now)?.getTime());
    expect(waits.slice(0, 6).map((at) => (at! - now.getTime()) / 60_000)).toEqual([10, 60, 240, 720, 1_440, 1_440]);
    expect(waits.at(-1)).toBeUndefined();
  });
});

describe("whether what came is published by itself", () => {
  const columns = [
    { name: "age", type: "integer", origin: "given", personal: "quasi_identifier" },
    { name: "n", type: "integer", origin: "observed", personal: "no" },
  ];
  const dataset = { latest: { columns, hasPlaces: false } } as unknown as Dataset;
  const draft = (change: object = {}, found: object = {}, state = "ready") =>
    ({ state, found: { columns, mistaken: 0, ...found }, stored: { hasPlaces: false }, ...change }) as unknown as Kept;

  // Guards against data about people that nobody has looked at.
  test("only the same columns, without mistakes, whose tags stand", () => {
    expect(whyLeft(draft(), dataset, true, 5)).toBeUndefined();
    expect(whyLeft(draft(), undefined, true, 5)).toBe("first");
    expect(whyLeft(draft(), dataset, false, 5)).toBe("asked");
    expect(whyLeft(draft({}, {}, "wrong"), dataset, true, 5)).toBe("mistakes");
    expect(whyLeft(draft({}, { mistaken: 1 }), dataset, true, 5)).toBe("mistakes");
    expect(whyLeft(draft({}, { columns: columns.slice(1) }), dataset, true, 5)).toBe("columns");
    expect(whyLeft(draft({}, { columns: [columns[0], { ...columns[1], type: "text" }] }), dataset, true, 5)).toBe(
      "columns",
    );
    expect(whyLeft(draft({ stored: { hasPlaces: true } }), dataset, true, 5)).toBe("columns");
    const proposed = [{ ...columns[0], isProposed: true }, columns[1]];
    expect(whyLeft(draft({}, { columns: proposed }), dataset, true, 5)).toBe("tags");
    expect(whyLeft(draft({}, { columns: [{ ...columns[0], personal: "no" }, columns[1]] }), dataset, true, 5)).toBe(
      "tags",
    );
    expect(whyLeft(draft({}, { protection: { k: 3 } }), dataset, true, 5)).toBe("tags");
    // The order of columns is no matter of theirs.
    expect(whyLeft(draft({}, { columns: columns.toReversed() }), dataset, true, 5)).toBeUndefined();
  });
});

describe("what other catalogues say", () => {
  test("becomes a card as far as there is room for it", () => {
    const said = cardOf({
      title: "  Bus <b>stops</b> ",
      description: "x".repeat(5_000),
      licence: "http://creativecommons.org/licenses/by-sa/4.0/",
      source: 7,
      email: "mailto:data@example.org",
      frequency: "http://publications.europa.eu/resource/authority/frequency/WEEKLY",
      theme: "http://publications.europa.eu/resource/authority/data-theme/TRAN",
      keywords: ["bus", "bus", "", null],
    });
    expect(said).toMatchObject({
      title: "Bus stops",
      licence: "CC-BY-SA-4.0",
      email: "data@example.org",
      frequency: "WEEKLY",
      theme: "TRAN",
      keywords: ["bus"],
    });
    expect(said.description).toHaveLength(2_000);
    expect("source" in said).toBe(false);
    expect(cardOf({ email: "nobody", theme: "x", frequency: "now and then" })).toEqual({});
    expect(joined({ title: "Ours" }, said).title).toBe("Ours");
  });

  test("an address of a CKAN names its site and what of it", () => {
    const site = "https://data.example.org";
    expect(placeOf(`${site}/dataset/trees`)).toEqual({ site, package: "trees" });
    expect(placeOf(`${site}/fr/dataset/trees/resource/r-1`)).toEqual({
      site: `${site}/fr`,
      package: "trees",
      resource: "r-1",
    });
    expect(placeOf(`${site}/organization/parks`)).toEqual({ site, organization: "parks" });
    expect(placeOf(`${site}/cities/x/api/3/action/package_show?id=trees`)).toEqual({
      site: `${site}/cities/x`,
      package: "trees",
    });
    expect(placeOf(`${site}/api/3/action/`)).toEqual({ site });
    expect(placeOf(`${site}/`)).toEqual({ site });
  });

  test("the best of several forms is taken, and none where none can be read", () => {
    const form = (said: string, address = "https://x.example/y") => ({ said, address });
    expect(bestOf([form("CSV"), form("application/geo+json")])?.format).toBe("GeoJSON");
    expect(bestOf([form("PDF"), form("", "https://x.example/a.csv?v=1")])?.format).toBe("CSV");
    expect(bestOf([form("HTML"), form("application/ld+json"), form("WMS")])).toBeUndefined();
  });
});
