import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  isInside,
  syntheticCity,
  syntheticCsv,
  syntheticPlaces,
  syntheticPlacesInside,
  syntheticUsage,
} from "../../functions/synthetic/events.ts";

const seed = { seed: "test", country: "CI", timeZone: "Africa/Abidjan", households: 6 };

// Guards against a trial whose digest differs from house to house, or after an upgrade.
test("the same seed makes the same city, today and in later versions", () => {
  const { households } = syntheticCity(seed);
  const csv = syntheticCsv(households, "2026-10", seed.timeZone);
  expect(
    createHash("sha256")
      .update(JSON.stringify(households) + csv)
      .digest("hex")
      .slice(0, 16),
  ).toBe("4f7831a118145939");
  expect(syntheticCity(seed)).toEqual({ households });
  expect(syntheticCity({ ...seed, seed: "other" })).not.toEqual({ households });
});

test("a month has its own hours, also where the clock changes", () => {
  const [household] = syntheticCity({ ...seed, country: "FR" }).households;
  expect(syntheticUsage(household!, "2026-10", "Europe/Paris").hours).toHaveLength(31 * 24 + 1);
  expect(syntheticUsage(household!, "2026-03", "Europe/Paris").hours).toHaveLength(31 * 24 - 1);
  const { total, hours } = syntheticUsage(household!, "2026-10", "Africa/Abidjan");
  expect(hours).toHaveLength(744);
  expect(hours.reduce((sum, hour) => sum + hour.quantity, 0)).toBe(total);
  expect(hours.every((hour) => Number.isInteger(hour.quantity) && hour.quantity >= 0)).toBe(true);
});

test("households use what households use, and places lie near the centre", () => {
  for (const household of syntheticCity({ ...seed, households: 40 }).households) {
    const { total } = syntheticUsage(household, "2026-10", seed.timeZone);
    const [low, high] = household.kind === "electricity" ? [60_000, 500_000] : [2_000, 40_000];
    expect(total, household.meterSerial).toBeGreaterThan(low);
    expect(total, household.meterSerial).toBeLessThan(high);
  }
  for (const { position } of syntheticPlaces("test", "market", ["a", "b", "c"], [-4.02, 5.33], 8)) {
    expect(Math.abs(position[0] + 4.02)).toBeLessThan(0.1);
    expect(Math.abs(position[1] - 5.33)).toBeLessThan(0.1);
  }
});

test("places inside an outline lie inside it, and are the same again", () => {
  const outline = [
    [0, 0],
    [4, 0],
    [1, 1],
    [0, 4],
    [0, 0],
  ] as const; // bent inwards: most of its frame is outside
  expect(isInside([0.5, 0.5], outline)).toBe(true);
  expect(isInside([2, 2], outline)).toBe(false);
  const names = Array.from({ length: 50 }, (_, i) => `stop ${i}`);
  const places = syntheticPlacesInside("test", "bus-stops", names, outline);
  expect(places.filter(({ position }) => !isInside(position, outline))).toEqual([]);
  expect(syntheticPlacesInside("test", "bus-stops", names, outline)).toEqual(places);
});
