import type { Here } from "../../../shared/here.ts";
import { USE } from "../domain.ts";
import { matching } from "../query/matching.ts";
import { recordsOf } from "../query/reading.ts";
import type { Dataset } from "../schema.ts";
import { findBySlug, load } from "../store.ts";
import { type Counts, KINDS } from "./counted.ts";

const DAYS = 30;

export interface LateUse {
  /** Of the dataset that says it; empty where there is none yet. */
  title: string;
  counts?: Counts;
}
/** What is public about the use of one dataset, of its last days. */
export async function lateUse(here: Here, dataset: Dataset): Promise<LateUse> {
  const use = await findBySlug(here, USE);
  if (!use) return { title: "" };
  const { title } = use.card;
  const data = await load(here, use, use.latest);
  // Its rows lie by day: the last of them are the latest.
  const rows = await matching(data, { op: "compare", column: "dataset", by: "=", value: dataset.slug });
  const records = await recordsOf(data, (rows ?? []).slice(-DAYS));
  if (records.length === 0) return { title };
  const sum = (kind: string) => records.reduce((total, record) => total + Number(record[kind] ?? 0), 0);
  return { title, counts: Object.fromEntries(KINDS.map((kind) => [kind, sum(kind)])) as Counts };
}
