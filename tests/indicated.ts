import { expect } from "vitest";
import type { TestCity } from "./city.ts";

const card = { licence: "CC0", source: "Made up", personal: "none" };
const as = { as: "data_officer" } as const;

/** Publishes a table, or its next version. */
export async function published(
  city: TestCity,
  title: string,
  csv: string,
  fields: Record<string, string> = {},
): Promise<string> {
  const drafted = await city.upload("/v1/datasets", "a.csv", csv, { ...as, fields: { ...card, title, ...fields } });
  expect(drafted.status, await drafted.clone().text()).toBe(201);
  const { id, slug } = (await drafted.json()) as { id: string; slug: string };
  const answer = await city.post(`/v1/datasets/${id}/publish`, undefined, as);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return slug;
}

export const LAMPS = "district,watts\nNorth,3000\nNorth,500\nSouth,1500\n";

/** The power of the city's street lamps, which may be between 1 and 5.5 kW. */
export const LAMP_POWER = {
  titles: { en: "Power of street lamps", fr: "Puissance des lampadaires", ar: "قدرة مصابيح الشوارع" },
  unit: "kW",
  formula: "sum(row.watts of lamps) / 1000 * (1 - led_share / 200)",
  better: "lower",
  target: { value: 3, on: "2030-12-31" },
  band: { low: 1, high: 5.5 },
  owner: "Lighting",
  assumptions: [
    {
      name: "led_share",
      titles: { en: "Share of LED lamps", fr: "Part des lampes LED", ar: "نسبة مصابيح LED" },
      ...{ unit: "%", value: 0, low: 0, high: 100, unitCostMinor: 12_500 },
    },
  ],
  breakdown: { by: "column", column: "district" },
  why: "The council asked for it",
};
