import { describe, expect, test } from "vitest";
import type { Geometry } from "../../functions/opendata/geometry.ts";
import { addressOf, readAsked } from "../../functions/opendata/geoportal/asked.ts";
import { classed } from "../../functions/opendata/geoportal/classes.ts";
import { drawn, FINE } from "../../functions/opendata/geoportal/draw.ts";
import { measured } from "../../functions/opendata/geoportal/measure.ts";
import {
  boxOfView,
  drawnAt,
  fitted,
  HEIGHT,
  lyingAt,
  moved,
  scaleBar,
  WIDTH,
} from "../../functions/opendata/geoportal/view.ts";

describe("the address of a map", () => {
  test.each([
    "",
    "?layers=stops,parks&by.stops=lines&how=equal&at=-1.55,47.22,12.5",
    "?layers=&base=no&bbox=-1.6,47.1,-1.5,47.3",
    "?layers=stops&where.stops=lines+%3E+10&point=-1.55,47.22&tool=look",
    "?points=-1.55,47.22;-1.5,47.25&shape=area&tool=measure&live=1",
  ])("says all of it, and comes back as it was: %s", (address) => {
    const query = Object.fromEntries(new URLSearchParams(address));
    expect(addressOf(readAsked(query))).toBe(address);
  });

  test.each([
    [{ at: "1,2" }, /at is a longitude/],
    [{ at: "1,2,99" }, /from 0 to 20/],
    [{ at: "181,2,3" }, /A point is/],
    [{ bbox: "1,2,1,3" }, /not empty/],
    [{ bbox: "170,0,-170,5" }, /not empty/],
    [{ bbox: "-1e308,-1e308,1e308,1e308" }, /in degrees/],
    [{ bbox: "0,0,180.1,1" }, /in degrees/],
    [{ point: "Nantes" }, /such as -1.55,47.22/],
    [{ points: "1,2;x" }, /A point is/],
    [{ points: "1,2;".repeat(201) }, /At most 200/],
    [{ layers: "a,b,c,d,e,f,g,h,i" }, /at most 8 layers/],
    [{ layers: "a", "where.a": "x".repeat(501) }, /too long/],
  ])("is refused with a sentence where it says nothing: %j", (query, reason) => {
    expect(() => readAsked(query as unknown as Record<string, string>)).toThrow(reason as RegExp);
  });
});

describe("a view", () => {
  test("fits a box, and is moved by what is seen", () => {
    const view = fitted([-1.6, 47.1, -1.5, 47.3]);
    const [west, south, east, north] = boxOfView(view);
    expect(west).toBeLessThan(-1.6);
    expect(south).toBeLessThan(47.1);
    expect(east).toBeGreaterThan(-1.5);
    expect(north).toBeGreaterThan(47.3);
    // The box takes most of the height.
    expect((47.3 - 47.1) / (north - south)).toBeGreaterThan(0.8);
    const [x, y] = drawnAt(view)([-1.6, 47.3]);
    expect(lyingAt(view, x, y).map((one) => one.toFixed(8))).toEqual(["-1.60000000", "47.30000000"]);
    const right = moved(view, { right: 0.5 });
    expect(drawnAt(view)(right.centre).map(Math.round)).toEqual([WIDTH, HEIGHT / 2]);
    expect(moved({ ...view, zoom: 20 }, { closer: 1 }).zoom).toBe(20);
    expect(fitted([-1.5, 47, -1.5, 47]).zoom).toBe(16);
  });

  test("has a scale bar that is true: a pixel at the equator, and half of it at sixty degrees", () => {
    const equator = scaleBar({ centre: [0, 0], zoom: 10 });
    const perPx = 40_075_016.68 / 256 / 2 ** 10;
    expect(equator.metres / equator.px / perPx).toBeCloseTo(1, 1);
    const north = scaleBar({ centre: [0, 60], zoom: 10 });
    expect((north.metres / north.px / (equator.metres / equator.px)) * 2).toBeCloseTo(1, 1);
    expect([1, 2, 5]).toContain(Number(String(equator.metres)[0]));
  });
});

describe("a drawing", () => {
  const view = { centre: [0, 0] as [number, number], zoom: 4 };
  const square = (size: number): Geometry => ({
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [size, 0],
        [size, size],
        [0, size],
        [0, 0],
      ],
    ],
  });

  test("is clipped to what is seen, whatever way a ring is wound", () => {
    for (const rings of [
      [
        [-170, -80],
        [170, -80],
        [170, 80],
        [-170, 80],
        [-170, -80],
      ],
      [
        [-170, -80],
        [-170, 80],
        [170, 80],
        [170, -80],
        [-170, -80],
      ],
    ]) {
      const { areas } = drawn([{ type: "Polygon", coordinates: [rings] } as Geometry], view, 0.5);
      const numbers = areas.match(/-?\d+/g)!.map(Number);
      expect(areas.endsWith("z")).toBe(true);
      expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual((WIDTH + 20) * FINE);
    }
    expect(drawn([{ type: "Point", coordinates: [120, 0] }], view, 0.5).dots).toBe("");
  });

  test("leaves out steps that do not show, and never the end of a line", () => {
    const steps = Array.from({ length: 1000 }, (_, i) => [i / 100, Math.sin(i / 100) / 1000] as [number, number]);
    const line: Geometry = { type: "LineString", coordinates: steps };
    const fine = drawn([line], view, 0.5).lines;
    const coarse = drawn([line], view, 20).lines;
    expect(coarse.length).toBeLessThan(fine.length / 3);
    const end = (d: string) => {
      const [, x = 0, , ...rest] = ["", ...d.match(/-?\d+/g)!.map(Number)] as number[];
      return x + rest.filter((_, i) => i % 2 === 0).reduce((sum, dx) => sum + dx, 0);
    };
    expect(end(coarse)).toBe(end(fine));
  });

  test("draws what is too small as a dot, and close points as one", () => {
    const { areas, specks } = drawn([square(0.01), square(0.01), square(5)], view, 0.5);
    expect(specks).toMatch(/^M\d+ \d+h0$/);
    expect(areas.match(/M/g)).toHaveLength(1);
    const points = Array.from({ length: 100 }, (_, i): Geometry => ({ type: "Point", coordinates: [i / 1000, 0] }));
    expect(drawn(points, view, 3).dots.match(/M/g)!.length).toBeLessThanOrEqual(2);
  });
});

describe("classes", () => {
  test("of numbers hold equally many, or are equally wide; nothing is lost", () => {
    const cells = [...Array.from({ length: 100 }, (_, i) => i * i), null];
    for (const how of ["quantile", "equal"] as const) {
      const { classes, classOf } = classed(cells, "integer", how);
      const counts = classes.map((_, i) => cells.filter((cell) => classOf(cell) === i).length);
      expect(counts.reduce((sum, n) => sum + n)).toBe(101);
      expect(counts.at(-1)).toBe(1);
      if (how === "quantile") expect(counts.slice(0, 5)).toEqual([20, 20, 20, 20, 20]);
      else for (const { to = 0, from = 0 } of classes.slice(0, 5)) expect(to - from).toBeCloseTo(9801 / 5, 6);
    }
  });

  test("of numbers that are nearly all the same are fewer", () => {
    const { classes, classOf } = classed([1, 1, 1, 1, 1, 1, 1, 1, 9], "integer", "quantile");
    expect(classes.length).toBeLessThan(6);
    expect(classOf(1)).toBe(classOf(1));
    expect(classes[classOf(9)]!.to).toBe(9);
    expect(classed([], "number", "equal").classes).toHaveLength(1);
  });

  test("of kinds are the most frequent, the rest together", () => {
    const { classes, classOf } = classed(["a", "b", "b", ..."cdefghij", null], "text", "quantile");
    expect(classes).toHaveLength(7);
    expect(classes[classOf("b")]!.value).toBe("b");
    expect([classOf("j"), classOf(null)]).toEqual([6, 6]);
  });
});

// By the ellipsoid: a degree of the equator, and a square degree at it, from the tables of WGS 84.
test("lengths and areas are those of the ellipsoid", () => {
  expect(
    measured(
      [
        [0, 0],
        [1, 0],
      ],
      "line",
    ).lengthM,
  ).toBeCloseTo(111_319.491, 2);
  expect(
    measured(
      [
        [0, 0],
        [0, 1],
      ],
      "line",
    ).lengthM,
  ).toBeCloseTo(110_574.389, 2);
  const square = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as [number, number][];
  const { areaM2 } = measured(square, "area");
  expect(areaM2! / 1e6).toBeCloseTo(12_308.8, 0);
  expect(measured([...square].reverse(), "area").areaM2).toBeCloseTo(areaM2!, 3);
});
