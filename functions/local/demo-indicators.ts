import type { DemoCity } from "./demo-cities.ts";

type Titles = Record<string, string>;
const assumption = (name: string, titles: Titles, unit: string, high: number, unitCostMinor: number) => ({
  ...{ name, titles, unit, value: 0, low: 0, high, unitCostMinor },
});

/**
 * What a demo city measures itself by, over its own datasets.
 * @param slugOf  the address of a dataset of the city, by its title
 */
export function demoIndicators({ order, datasets }: DemoCity, slugOf: (title: string) => string) {
  const of = (kind: "markets" | "bus-stops" | "usage") => `\`${slugOf(datasets[kind])}\``;
  const desk = (ar: string, fr: string) => (order.languages.includes("ar") ? `${ar} ${fr}` : fr);
  const why = order.languages.includes("ar")
    ? `${order.name} مدينة للعرض، وكذلك أهدافها. Une démonstration.`
    : `${order.name} est une démonstration, et ses cibles aussi.`;
  return {
    "stops-per-market": {
      titles: { en: "Bus stops per market", fr: "Arrêts de bus par marché", ar: "مواقف الحافلات لكل سوق" },
      ...{ unit: "÷", better: "higher", owner: desk("النقل", "Mobilité"), why },
      formula: `(count(${of("bus-stops")}) + new_stops) / count(${of("markets")})`,
      target: { value: 2, on: "2030-12-31" },
      assumptions: [
        assumption("new_stops", { en: "New bus stops", fr: "Nouveaux arrêts", ar: "مواقف جديدة" }, "+", 20, 850_000),
      ],
    },
    "water-of-a-month": {
      titles: { en: "Water used in a month", fr: "Eau consommée en un mois", ar: "الماء المستهلك في شهر" },
      ...{ unit: "m³", better: "lower", owner: desk("الماء", "Eau"), why },
      formula: `mean(row.quantity of ${of("usage")} where row.kind = "water") * (1 - saved / 100)`,
      band: { low: 1 },
      breakdown: { by: "column", column: "month" },
      assumptions: [
        assumption("saved", { en: "Water saved", fr: "Eau économisée", ar: "الماء الموفَّر" }, "%", 50, 20_000),
      ],
    },
  };
}
