import { Fault } from "../../../shared/errors.ts";
import type { Kept } from "../drafts/schema.ts";
import { demandProtected } from "../people/demanding.ts";
import type { Column, Dataset } from "../schema.ts";
import type { Left } from "./schema.ts";

/**
 * Why a draft is left for somebody to look at; undefined where it may be made public by itself: somebody has looked at
 * a version before, its columns are the same, it has no mistake, and what was said of them about people stands.
 */
export function whyLeft(
  draft: Kept,
  dataset: Dataset | undefined,
  publishesItself: boolean,
  k: number,
): Left | undefined {
  const { found, stored } = draft;
  if (draft.state !== "ready" || !found || !stored || found.mistaken > 0) return "mistakes";
  if (!dataset) return "first";
  if (!publishesItself) return "asked";
  const shapeOf = (columns: readonly Column[]) =>
    JSON.stringify(columns.map(({ name, type, isLocal = false }) => [name, type, isLocal]).sort());
  if (shapeOf(found.columns) !== shapeOf(dataset.latest.columns) || stored.hasPlaces !== dataset.latest.hasPlaces)
    return "columns";
  return isProtected(draft, dataset, k) ? undefined : "tags";
}

function isProtected({ found }: Kept, { latest }: Dataset, k: number): boolean {
  const before = new Map(latest.columns.map(({ name, personal }) => [name, personal]));
  if (found!.columns.some(({ name, personal }) => before.get(name) !== personal)) return false;
  try {
    demandProtected(found!, k);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
