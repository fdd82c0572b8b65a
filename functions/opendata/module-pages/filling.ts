import type { Here } from "../../../shared/here.ts";
import { pageOf } from "../query/matching.ts";
import { recordsOf } from "../query/reading.ts";
import type { Cell, Dataset } from "../schema.ts";
import { catalogue, getBySlug, load } from "../store.ts";

export const latestFirst = (a: Pick<Dataset, "latest">, b: Pick<Dataset, "latest">) =>
  a.latest.publishedAt < b.latest.publishedAt ? 1 : -1;

/** The dataset that fills a module's table now, `publisher/module/part`. */
export const fillingOf = (datasets: readonly Dataset[], table: string): Dataset | undefined =>
  datasets.filter(({ fills }) => fills === table).sort(latestFirst)[0];

/** Its rows, for the module's own rules and programs. */
export async function publishedRows(
  here: Here,
  { table, most }: { table: string; most: number },
): Promise<Record<string, Cell>[]> {
  const dataset = fillingOf(await catalogue(here), table);
  if (!dataset) return [];
  const data = await load(here, dataset, dataset.latest);
  return recordsOf(data, pageOf(data, undefined, 0, most));
}

/** The rows of any dataset, for rooms that reckon with them. @throws {Fault} absent */
export async function datasetRows(here: Here, { slug, most }: { slug: string; most: number }) {
  const dataset = await getBySlug(here, slug);
  const data = await load(here, dataset, dataset.latest);
  return {
    columns: dataset.latest.columns.map(({ name, type }) => ({ name, type })),
    rows: await recordsOf(data, pageOf(data, undefined, 0, most)),
    isWhole: data.rows <= most,
  };
}
