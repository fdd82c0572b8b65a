import { DatasetPart } from "../../../marketplace/contract/dataset.ts";
import { Harvest } from "../../../marketplace/contract/harvest.ts";
import type { Here } from "../../../shared/here.ts";
import type { ColumnType, Dataset } from "../schema.ts";
import { catalogue } from "../store.ts";
import type { Source } from "./schema.ts";
import { sources } from "./store.ts";

// The city's own datasets as parts of a module: their shape, their card, and where their rows come from; no row.

const TYPES: Record<ColumnType, string> = {
  text: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  date: "date",
  datetime: "datetime",
};
/** How often it is renewed, in the fewer words of the contract. */
const FREQUENCIES = ["CONT", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL", "IRREG"];

/** Those that the contract can say; one whose licence has no short name, or with too many columns, is left out. */
export async function ownDatasets(here: Here): Promise<DatasetPart[]> {
  const [datasets, harvests] = [await catalogue(here), await sources(here)];
  return datasets
    .filter(({ fills }) => fills === undefined)
    .flatMap((dataset) => {
      const source = harvests.find(({ datasetId }) => datasetId === dataset.id);
      const part = DatasetPart.safeParse(partOf(here, dataset, source));
      return part.success ? [part.data] : [];
    });
}

function partOf({ city }: Here, { slug, card, latest }: Dataset, source: Source | undefined) {
  const lang = card.languages?.[0] ?? city.languages[0]!;
  const names = namesOf(latest.columns.map(({ name }) => name));
  return {
    kind: "dataset",
    id: slug.slice(0, 40).replace(/-+$/, ""),
    title: { [lang]: card.title.slice(0, 80) },
    schema: {
      fields: latest.columns.map(({ name, type, title, description }) => ({
        name: names.get(name),
        type: TYPES[type],
        ...(title ? { title: { [lang]: title.slice(0, 80) } } : {}),
        ...(description ? { description: { [lang]: description.slice(0, 300) } } : {}),
      })),
    },
    card: {
      description: { [lang]: card.description || card.title },
      licence: card.licence.trim().replaceAll(" ", "-"),
      keywords: (card.keywords ?? []).map((word) => word.slice(0, 40)),
      ...(card.theme ? { theme: card.theme } : {}),
      frequency: FREQUENCIES.includes(card.frequency ?? "") ? card.frequency : "UNKNOWN",
    },
    ...harvestOf(card.source, source, names),
  };
}

/** Small letters, digits and underscores, each once. */
function namesOf(columns: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const column of columns) {
    const plain = column.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
    const short = plain.replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^[^a-z]+|_+$/g, "") || "column";
    const taken = new Set(names.values());
    let name = short.slice(0, 56);
    for (let n = 2; taken.has(name); n++) name = `${short.slice(0, 53)}_${n}`;
    names.set(column, name);
  }
  return names;
}

function harvestOf(who: string, source: Source | undefined, names: ReadonlyMap<string, string>) {
  if (!source) return {};
  const { kind, address, schedule, corrections, hosts } = source;
  const wanted = new Map((corrections.columns ?? []).map(({ from, name }) => [name ?? from, from]));
  const columns = [...names].flatMap(([column, name]) => {
    const from = wanted.get(column) ?? column;
    return from === name ? [] : [{ from, name }];
  });
  const alsoAsks = (hosts ?? []).filter((host) => host !== new URL(address).hostname);
  const harvest = Harvest.safeParse({ kind, address, alsoAsks, source: who, ...schedule, columns });
  return harvest.success ? { harvest: harvest.data } : {};
}
