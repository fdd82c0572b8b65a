import { describe, expect, test } from "vitest";
import { DayCounts, usedBy } from "../../functions/opendata/use/counted.ts";
import { ADDRESS, ADDRESS_WINDOW_S, AddressRates, ratedAddress } from "../../functions/opendata/use/fair.ts";
import { addressOf } from "../../shared/http.ts";

describe("what is counted as use of a dataset", () => {
  test.each([
    ["/data/airports", "airports", "views"],
    ["/data/airports/embed", "airports", "views"],
    ["/data/airports/export.csv", "airports", "downloads"],
    ["/data/stops/export.gtfs.zip", "stops", "downloads"],
    ["/api/explore/v2.1/catalog/datasets/airports/exports/csv", "airports", "downloads"],
    ["/v1/datasets/airports/records", "airports", "calls"],
    ["/ogc/collections/airports/items", "airports", "calls"],
    ["/ogc/collections/airports/items/12", "airports", "calls"],
    ["/ogc/collections/airports/tiles/WebMercatorQuad/3/2/1", "airports", "calls"],
    ["/api/explore/v2.1/catalog/datasets/airports/records", "airports", "calls"],
  ])("%s", (path, slug, kind) => expect(usedBy(path)).toEqual({ slug, kind }));

  // Guards against figures that say a dataset is used when only the catalogue was read.
  test.each([
    ...["/data", "/v1/datasets", "/v1/datasets/airports", "/ogc/collections", "/ogc/collections/airports"],
    ...["/ogc/collections/catalogue/items", "/ogc/collections/airports/tiles/WebMercatorQuad/tilejson.json"],
    ...["/data/Airports", "/dataset/airports.ttl", "/api/3/action/package_search"],
  ])("%s is none", (path) => expect(usedBy(path)).toBeUndefined());

  test("what is kept of a day and taken again says the same", () => {
    const day = new DayCounts();
    day.add({ slug: "a", kind: "views" });
    day.add({ slug: "a", kind: "calls" }, 3);
    day.add({ slug: "b", kind: "downloads" });
    const sum = new DayCounts();
    sum.take(day.kept());
    sum.take(day.kept());
    expect(sum.bySlug.get("a")).toEqual({ views: 2, downloads: 0, calls: 6 });
    expect(sum.total()).toBe(2 * day.total());
  });
});

describe("a fair rate by address", () => {
  test("what was spent comes back with time, and one address takes nothing from another", () => {
    const rates = new AddressRates();
    for (let i = 0; i < ADDRESS.burst; i++) expect(rates.take("a", 0).isOver).toBe(false);
    const over = rates.take("a", 0);
    expect(over).toMatchObject({ isOver: true, remaining: 0, resetS: 1 });
    expect(rates.take("b", 0)).toMatchObject({ isOver: false, remaining: ADDRESS.burst - 1 });
    expect(rates.take("a", 500).isOver).toBe(false);
    expect(rates.take("a", 500).isOver).toBe(true);
    // Asked for nothing, a bucket is full again, and no fuller.
    expect(rates.take("a", 500 + 2 * ADDRESS_WINDOW_S * 1000).remaining).toBe(ADDRESS.burst - 1);
  });

  // Guards against a bound that anybody passes by asking, or voting, from the next address of their own network.
  test("a network of IPv6 is one, and this machine is none", () => {
    const from = (remoteAddress: string) => addressOf({ env: { incoming: { socket: { remoteAddress } } } } as never);
    expect(from("2001:db8:1:2::1")).toBe(from("2001:db8:1:2:ffff:1:2:3"));
    expect(from("2001:db8:1:2::1")).not.toBe(from("2001:db8:1:3::1"));
    expect(from("2001:db8::1")).toBe("2001:db8:0:0");
    expect(from("::ffff:203.0.113.9")).toBe("203.0.113.9");
    expect(ratedAddress(from("2001:db8::1"))).toBe("2001:db8:0:0");
    for (const own of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "unknown"])
      expect(ratedAddress(from(own)), own).toBeUndefined();
  });
});
