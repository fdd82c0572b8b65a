import { isDeepStrictEqual } from "node:util";
import { absent } from "../../../shared/errors.ts";
import { type NewEvent, told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { dropped } from "../../../shared/tasks.ts";
import { DatasetPublished } from "../events.ts";
import { Noted, note } from "../formats/note.ts";
import { demandProtected } from "../people/demanding.ts";
import { peopleRule } from "../people/rule.ts";
import type { Dataset, Version } from "../schema.ts";
import { catalogueKey, correctedKey, datasetOf, publishedHere, versionKey } from "../store.ts";
import { proposalOf } from "./remembering.ts";
import type { Kept } from "./schema.ts";
import { asKept, changedMeanwhile, demandRight, demandSeen, draftKey, Forget, findDraft } from "./store.ts";

/**
 * Makes a draft public as the dataset's next version: the version, the summary that names it the latest, and the fact
 * that tells of it are one transaction. Published twice, the second answers what the first did.
 *
 * @param seen  the reading that somebody has looked at: another one is not published by that
 * @throws {Fault} absent: no draft; invalid: it has mistakes; conflict: its address is another dataset's, or it is being
 * read, or was read anew
 */
export async function publish(here: Here, id: string, seen?: string): Promise<Dataset> {
  // In this order: whoever publishes it between the two is seen.
  const draft = await findDraft(here, id);
  const existing = await here.table.get({ pk: `DATASET#${id}`, sk: "DATASET" });
  if (!draft && !existing) throw absent();
  if (!draft) return datasetOf(existing!);
  demandSeen(draft, seen);
  demandRight(draft);
  demandProtected(draft.found!, (await peopleRule(here)).k);
  const stored = draft.stored!;
  const columns = draft.found!.columns.map(({ from: _, reading: __, isProposed: ___, ...column }) => column);
  const before = existing && datasetOf(existing);
  if (
    before?.latest.digest === stored.digest &&
    isDeepStrictEqual(before.card, draft.card) &&
    isDeepStrictEqual(before.latest.columns, columns) &&
    // A table that stays the same in a new timetable is the new one's table too.
    isDeepStrictEqual(before.latest.feed, stored.feed)
  )
    return before;
  const publishedAt = here.clock.now().toISOString();
  const version: Version = {
    number: (before?.latest.number ?? 0) + 1,
    publishedAt,
    columns,
    ...stored,
  };
  const { slug, card, fills } = draft;
  const dataset: Dataset = { id, slug, card, ...(fills === undefined ? {} : { fills }), latest: version };
  const remembered = proposalOf(draft);
  const summary = {
    pk: `DATASET#${id}`,
    sk: "DATASET",
    gsi1pk: "DATASETS",
    gsi1sk: draft.slug,
    number: version.number,
    dataset,
    ...(remembered ? { remembered } : {}),
  };
  const event: NewEvent = told(
    DatasetPublished,
    id,
    { datasetId: id, version: version.number, digest: version.digest, rows: version.rows },
    version.number,
  );
  try {
    await here.commit(
      [
        { put: summary, if: before ? { number: before.latest.number } : "absent" },
        { put: { ...versionKey(id, version.number), version }, if: "absent" },
        ...(before ? [] : [{ put: { pk: `SLUG#${draft.slug}`, sk: "SLUG", id }, if: "absent" as const }]),
        { delete: draftKey(id), if: asKept(draft) },
        dropped(Forget, id),
        { put: { ...catalogueKey, changedAt: publishedAt } },
        ...rememberedOf(draft),
      ],
      [event],
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.index === (before ? 2 : 3)) throw changedMeanwhile();
    if (error.index === 2)
      throw new Noted([{ at: "#/title", says: note("publish.taken", { slug: draft.slug }) }], "conflict");
    return datasetOf((await here.table.get(summary))!);
  }
  await publishedHere(here, dataset);
  return dataset;
}

/**
 * How somebody corrected what was harvested, so that the next is read so too. What was said of all columns about people
 * was said of these: a column that comes later is looked at again.
 */
function rememberedOf({ id, harvested, attempt, corrections }: Kept): Write[] {
  if (harvested === undefined || harvested === attempt) return [];
  const { personal: _, ...kept } = corrections;
  return [{ put: { ...correctedKey(id), corrections: kept } }];
}
