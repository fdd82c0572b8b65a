import { folded } from "../domain.ts";
import type { Dataset } from "../schema.ts";

/** What the catalogue can be narrowed by; each is a parameter of its address. */
export const FACETS = ["theme", "publisher", "licence", "format", "frequency", "language", "people"] as const;
export type Facet = (typeof FACETS)[number];
export type Chosen = Partial<Record<Facet, string>>;

const PLACED = ["GeoJSON", "PMTiles"];
const ALWAYS = ["CSV", "XLSX", "GeoPackage", "Parquet"];

/** What a dataset says of itself under each facet: several things, one, or nothing. */
const VALUES: Record<Facet, (dataset: Dataset) => readonly string[]> = {
  theme: ({ card }) => (card.theme ? [card.theme] : []),
  publisher: ({ card }) => [card.source],
  licence: ({ card }) => [card.licence],
  format: ({ latest }) => (latest.hasPlaces ? [...ALWAYS, ...PLACED] : ALWAYS),
  frequency: ({ card }) => (card.frequency ? [card.frequency] : []),
  language: ({ card }) => card.languages ?? [],
  people: ({ latest }) => [latest.columns.some(({ personal }) => personal && personal !== "no") ? "yes" : "no"],
};

export function chosenIn(query: Record<string, string>): Chosen {
  const given = FACETS.filter((facet) => query[facet]).map((facet) => [facet, query[facet]!.slice(0, 200)]);
  return Object.fromEntries(given);
}

const fits = (dataset: Dataset, chosen: Chosen, except?: Facet): boolean =>
  FACETS.every(
    (facet) => facet === except || chosen[facet] === undefined || VALUES[facet](dataset).includes(chosen[facet]),
  );

const texts = new WeakMap<Dataset, string>();

/** All words stand somewhere in its card; accents, capitals and the ways to write an Arabic letter do not count. */
function isAbout(dataset: Dataset, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  let text = texts.get(dataset);
  if (text === undefined) {
    const { card, latest } = dataset;
    const columns = latest.columns.flatMap(({ name, title }) => [name, title ?? ""]);
    text = folded([card.title, card.description, card.source, ...(card.keywords ?? []), ...columns].join(" "));
    texts.set(dataset, text);
  }
  const all = text;
  return words.every((word) => all.includes(word));
}

export interface Faceted {
  datasets: Dataset[];
  /** How many there would be with each value instead of the one that is chosen, the most first. */
  facets: Record<Facet, (readonly [value: string, count: number])[]>;
}

/** The datasets that fit, and what else there is to choose. */
export function faceted(all: readonly Dataset[], q: string, chosen: Chosen): Faceted {
  const words = folded(q).split(/\s+/).filter(Boolean);
  const found = all.filter((dataset) => isAbout(dataset, words));
  const counted = (facet: Facet): Faceted["facets"][Facet] => {
    const counts = new Map<string, number>();
    for (const dataset of found)
      if (fits(dataset, chosen, facet))
        for (const value of VALUES[facet](dataset)) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  };
  return {
    datasets: found.filter((dataset) => fits(dataset, chosen)),
    facets: Object.fromEntries(FACETS.map((facet) => [facet, counted(facet)])) as unknown as Faceted["facets"],
  };
}
