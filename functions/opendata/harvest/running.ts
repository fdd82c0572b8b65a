import { createHash } from "node:crypto";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { does } from "../../../shared/tasks.ts";
import { publish } from "../drafts/publishing.ts";
import { dropFile } from "../drafts/reading.ts";
import { startReading } from "../drafts/running.ts";
import type { Kept } from "../drafts/schema.ts";
import { beginDraft, dropDraft, findDraft, readingOf } from "../drafts/store.ts";
import { peopleRule } from "../people/rule.ts";
import { Card, type Dataset } from "../schema.ts";
import { getById } from "../store.ts";
import { dropUpload, streamUpload } from "../uploads/store.ts";
import type { Conditions } from "./asking.ts";
import { joined } from "./cards.ts";
import { whyLeft } from "./choosing.ts";
import { amiss, sayWhy, type Why, whyOf } from "./mistakes.ts";
import { open } from "./opening.ts";
import { nextAfter, retryAfter } from "./schedule.ts";
import type { Listed, OwnCard, Run, Seen, Source, Standing } from "./schema.ts";
import { inSlices } from "./slices.ts";
import { askerOf, correctionsFor, findSource, Harvest, runItem, standingItem, takeListed } from "./store.ts";

/** What nobody has looked at within a week comes again with the next run. */
const DRAFT_LIVES_S = 7 * 24 * 3600;
const LATER_MS = 1_000;

/** What came of a run, or that it goes on. */
type Came =
  | { done: Omit<Run, "startedAt" | "endedAt">; seen?: Seen | undefined }
  | { goesOn: { attempt: number; bytes: number; seen: Seen } | undefined };

/** One turn of asking a source: asked, read, and made public or left for somebody to look at. */
export const harvesting = does(Harvest, async (here, id, data) => {
  const found = await findSource(here, id);
  if (!found || found.source.isPaused || found.source.isUnlisted) return {};
  const { source, standing } = found;
  const startedAt = data.startedAt ?? here.clock.now().toISOString();
  let came: Came;
  try {
    came = data.reading
      ? await readOn(here, source, data.reading)
      : await asked(here, source, standing, `${id}/${startedAt}`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const mistake = whyOf(error);
    came = {
      done: {
        outcome: "failed",
        why: mistake ? sayWhy(mistake).slice(0, 500) : reasonOf(error),
        ...(mistake ? { mistake } : {}),
      },
    };
  }
  const now = here.clock.now();
  if ("goesOn" in came) {
    const reading = came.goesOn;
    return { again: { at: new Date(now.getTime() + LATER_MS), data: { startedAt, ...(reading ? { reading } : {}) } } };
  }
  const run: Run = { startedAt, endedAt: now.toISOString(), ...came.done };
  const failures = run.outcome === "failed" ? standing.failures + 1 : 0;
  const seen = came.seen ?? standing.seen;
  const next: Standing = { failures, last: run, ...(seen ? { seen } : {}) };
  const at = failures > 0 ? retryAfter(failures, now) : nextAfter(source.schedule, id, now, here.city.timeZone);
  return {
    writes: [{ put: standingItem(id, next) }, { put: runItem(id, run) }],
    ...(at ? { again: { at, data: {} } } : {}),
  };
});

const reasonOf = ({ members, message }: Fault): string => {
  const [error] = members.errors ?? [];
  const where = error && error.pointer !== "#" ? `${error.pointer}: ` : "";
  return `${where}${error?.detail ?? message}`.slice(0, 500);
};

/** What was fetched; a file lies as an upload. */
type Fetched =
  | { is: "unchanged" }
  | { is: "file"; upload: string; bytes: number; card: OwnCard; seen: Seen }
  | { is: "catalogue"; listed: Listed[]; passedOver: number };

async function fetched(here: Here, source: Source, known: Conditions, signal: AbortSignal): Promise<Fetched> {
  const opened = await open(askerOf(here, source, signal), source.kind, source.address, known, here.city.languages[0]);
  if (opened.is !== "rows") return opened;
  const { name, chunks, card, etag, lastModified } = opened;
  const { id, size, digest } = await streamUpload(here, name, chunks, DRAFT_LIVES_S);
  const seen = {
    digest,
    how: howOf(source),
    ...(etag ? { etag } : {}),
    ...(lastModified ? { lastModified } : {}),
  };
  return { is: "file", upload: id, bytes: size, card, seen };
}

async function asked(here: Here, source: Source, standing: Standing, name: string): Promise<Came> {
  const [draft, dataset] = await Promise.all([findDraft(here, source.datasetId), getById(here, source.datasetId)]);
  // Whoever corrects a draft must not find another in its place.
  if (draft && !isUntouched(draft)) return { done: { outcome: "waiting" } };
  const seen = standing.seen && stands(standing.seen, source, draft, dataset) ? standing.seen : undefined;
  const sliced = await inSlices(here.city.slug, name, (signal) => fetched(here, source, seen ?? {}, signal));
  if (!("done" in sliced)) return { goesOn: undefined };
  const came = sliced.done;
  if (came.is === "unchanged") return { done: { outcome: "unchanged" } };
  if (came.is === "catalogue") {
    const { listed, passedOver } = came;
    await takeListed(here, source, listed);
    return { done: { outcome: "listed", listed: listed.length, passedOver } };
  }
  const { bytes, upload } = came;
  if (seen?.digest === came.seen.digest) {
    await dropUpload(here, upload);
    return { done: { outcome: "unchanged", bytes }, seen: { ...seen, ...came.seen } };
  }
  let reading: Kept | undefined;
  try {
    reading = await draftOf(here, source, came.card, upload, dataset);
  } catch (error) {
    await dropUpload(here, upload);
    throw error;
  }
  if (!reading) {
    await dropUpload(here, upload);
    return { done: { outcome: "waiting" } };
  }
  // Nobody worked on the draft before, and nobody can any more.
  if (draft) await dropUpload(here, draft.upload);
  return reading.state === "reading"
    ? { goesOn: { attempt: reading.attempt, bytes, seen: came.seen } }
    : decided(here, source, reading, { bytes, seen: came.seen });
}

/** A draft that a run began and nobody has worked on. */
const isUntouched = ({ harvested, attempt }: Kept): boolean => harvested === attempt;

const howOf = ({ kind, address, card, said, corrections, fills }: Source): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, address, card, said, corrections, fills]))
    .digest("hex");

/** Whether what was seen is still what the city has: published, or left as a draft that is there or was published. */
const stands = (seen: Seen, source: Source, draft: Kept | undefined, dataset: Dataset | undefined): boolean =>
  seen.how === howOf(source) &&
  (seen.leftAt === undefined
    ? dataset !== undefined
    : draft !== undefined || (dataset?.latest.number ?? 0) > seen.leftAt);

/** @returns undefined: while it was fetched, somebody began to work on the draft that lies there */
async function draftOf(
  here: Here,
  source: Source,
  found: OwnCard,
  upload: string,
  dataset: Dataset | undefined,
): Promise<Kept | undefined> {
  const card = Card.safeParse(joined(source.card, { ...source.said, ...found }));
  if (!card.success) {
    const name = String(card.error.issues[0]?.path[0] ?? "card");
    throw amiss("card", { name }, "invalid");
  }
  const { fills, datasetId: id } = source;
  const corrections = await correctionsFor(here, source);
  const kept = await beginDraft(here, {
    ...{ card: card.data, upload, corrections, fills, id },
    updates: dataset?.slug,
    livesS: DRAFT_LIVES_S,
  });
  // It takes the place of the one before only if nobody reads that anew after this look.
  const lies = await findDraft(here, id);
  return lies && !isUntouched(lies) ? undefined : startReading(here, { ...kept, harvested: kept.attempt });
}

/** Looks how far the reading of a long file is. */
async function readOn(
  here: Here,
  source: Source,
  reading: { attempt: number; bytes: number; seen: Seen },
): Promise<Came> {
  const draft = await findDraft(here, source.datasetId);
  if (draft?.attempt !== reading.attempt)
    // A task may run twice at once, and its twin have begun the draft anew: what came last is asked for once more. Or
    // somebody has published it meanwhile, or works on it.
    return draft && isUntouched(draft) ? { goesOn: undefined } : { done: { outcome: "waiting" } };
  return draft.state === "reading" ? { goesOn: reading } : decided(here, source, draft, reading);
}

async function decided(
  here: Here,
  source: Source,
  draft: Kept,
  { bytes, seen }: { bytes: number; seen: Seen },
): Promise<Came> {
  if (draft.state === "refused") {
    const mistake: Why = draft.refusal?.[0] ?? { code: "file", values: {} };
    await Promise.all([dropDraft(here, draft.id), dropUpload(here, draft.upload)]);
    return { done: { outcome: "failed", why: sayWhy(mistake), mistake, bytes } };
  }
  const dataset = await getById(here, draft.id);
  const rows = draft.found!.rows;
  const left = whyLeft(draft, dataset, source.publishesItself, (await peopleRule(here)).k);
  if (left)
    return { done: { outcome: "left", left, bytes, rows }, seen: { ...seen, leftAt: dataset?.latest.number ?? 0 } };
  const published = await publish(here, draft.id, readingOf(draft));
  await dropUpload(here, draft.upload);
  const { number } = published.latest;
  if (number !== dataset?.latest.number) return { done: { outcome: "published", version: number, bytes, rows }, seen };
  // Written in another way, it holds the same.
  await dropFile(here.blobs, draft.id, draft.stored!.file);
  await dropDraft(here, draft.id);
  return { done: { outcome: "unchanged", bytes, rows }, seen };
}
