import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { absent, Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { defineTask, planned } from "../../../shared/tasks.ts";
import type { Lang } from "../../../shared/texts.ts";
import { demandExtents } from "../card/card.ts";
import { slugOf } from "../domain.ts";
import { Noted, note, sayNote } from "../formats/note.ts";
import type { Card, Dataset } from "../schema.ts";
import { findBySlug, getBySlug } from "../store.ts";
import { moduleTable } from "../tables.ts";
import type { Corrections, Draft, DraftChange, Kept, Mistake, Progress, Remembered } from "./schema.ts";
import { Kept as KeptSchema, Progress as ProgressSchema, Remembered as RememberedSchema } from "./schema.ts";

// question                          key
// what is about to be published     pk     DRAFT#<id>       sk     DRAFT        (one day)
// how far its reading is            pk     DRAFT#<id>       sk     PROGRESS     (one day)

const LIVES_S = 24 * 3600;

/** Reads a draft's file, a slice at a time. */
export const Read = defineTask("opendata.read", z.object({ attempt: z.int() }));
/** What nobody has published within a day. */
export const Forget = defineTask("opendata.forget_draft", z.object({}));

export const draftKey = (id: string) => ({ pk: `DRAFT#${id}`, sk: "DRAFT" });
const progressKey = (id: string) => ({ pk: `DRAFT#${id}`, sk: "PROGRESS" });

export class TitleTaken extends Fault {
  constructor(slug: string) {
    const detail = `There is a dataset at the address ${slug} already.`;
    super("invalid", detail, { errors: [{ pointer: "#/title", detail }] });
  }
}

export interface NewDraftOf {
  card: Card;
  upload: string;
  corrections: Corrections;
  updates?: string | undefined;
  fills?: string | undefined;
  /** Of a dataset that is not there yet, where it is known already. */
  id?: string | undefined;
  /** A day, unless nobody may come to look at it so soon. */
  livesS?: number | undefined;
}

/** A draft whose file has not been read yet. @throws {Fault} absent, invalid: its title is another dataset's */
export async function beginDraft(here: Here, given: NewDraftOf): Promise<Kept> {
  const now = here.clock.now();
  const { card, upload, corrections, updates, livesS = LIVES_S } = given;
  const updated: Dataset | undefined = updates ? await getBySlug(here, updates) : undefined;
  if (!updated) {
    const slug = slugOf(card.title, "");
    if (await findBySlug(here, slug)) throw new TitleTaken(slug);
  }
  // A dataset that fills a table goes on filling it.
  const fills = given.fills || updated?.fills;
  if (fills !== undefined) await moduleTable(here, fills);
  const id = updated?.id ?? given.id ?? newId("ds", now);
  const before = await leftOver(here, id);
  const remembered = updated && (await rememberedFor(here, updated.id));
  return {
    id,
    slug: updated?.slug ?? slugOf(card.title, id),
    // What is not said again goes on.
    card: demandExtents({ ...updated?.card, ...card }),
    ...(fills === undefined ? {} : { fills }),
    isUpdate: updated !== undefined,
    upload,
    corrections,
    ...(updated ? { before: updated.latest.columns.filter(({ personal }) => personal !== undefined) } : {}),
    ...(remembered ? { remembered } : {}),
    attempt: (before?.attempt ?? 0) + 1,
    state: "reading",
    expiresAt: new Date(now.getTime() + livesS * 1000).toISOString(),
  };
}

/** How the file of the latest version was read, where somebody has corrected that. */
async function rememberedFor(here: Here, id: string): Promise<Remembered | undefined> {
  const item = await here.table.get({ pk: `DATASET#${id}`, sk: "DATASET" });
  return RememberedSchema.optional().parse(item?.["remembered"]);
}

/** The same draft, to be read again. @throws {Fault} conflict: it changed meanwhile */
export function changedDraft(kept: Kept, { card, ...corrections }: DraftChange): Kept {
  const { found: _, refusal: __, stored: ___, ...rest } = kept;
  const { personal, ...before } = kept.corrections;
  // Whoever has the file read in another way has not seen what will be proposed then.
  const isOther = corrections.hints !== undefined && !isDeepStrictEqual(corrections.hints, before.hints);
  return {
    ...rest,
    card: card ? demandExtents(card) : kept.card,
    corrections: { ...before, ...(isOther ? {} : { personal }), ...corrections },
    attempt: kept.attempt + 1,
    state: "reading",
  };
}

export async function findDraft(here: Here, id: string): Promise<Kept | undefined> {
  const kept = await leftOver(here, id);
  return kept && Date.parse(kept.expiresAt) > here.clock.now().getTime() ? kept : undefined;
}

/** A draft, be its day over or not. */
export async function leftOver(here: Here, id: string): Promise<Kept | undefined> {
  const item = await here.table.get(draftKey(id));
  return item && KeptSchema.parse(item["kept"]);
}

/** @throws {Fault} absent: there is none, or it has run out */
export async function getDraft(here: Here, id: string): Promise<Kept> {
  const kept = await findDraft(here, id);
  if (!kept) throw absent();
  return kept;
}

/** It is still this reading of this draft: of one that is begun anew, readings are counted anew. */
export const asKept = ({ attempt, expiresAt }: Kept) => ({
  attempt,
  expiresAt: Math.floor(Date.parse(expiresAt) / 1000),
});
const itemOf = (kept: Kept) => ({ ...draftKey(kept.id), ...asKept(kept), kept });

/** Keeps a draft that is to be read, by a task that begins at once. @throws {Fault} conflict: it changed meanwhile */
export const keepReading = (here: Here, kept: Kept, before: Kept | undefined): Promise<void> =>
  keep(here, kept, before, [planned(Read, kept.id, here.clock.now(), { attempt: kept.attempt })]);

/** Keeps a draft that was read at once. @throws {Fault} conflict: it changed meanwhile */
export const keepRead = (here: Here, kept: Kept, before: Kept | undefined): Promise<void> =>
  keep(here, kept, before, []);

/** Only upon the reading before: one that was published meanwhile stays as it was published. */
async function keep(here: Here, kept: Kept, before: Kept | undefined, more: Write[]): Promise<void> {
  if (kept.attempt !== (before?.attempt ?? 0) + 1) throw changedMeanwhile();
  try {
    await here.commit([
      { put: itemOf(kept), if: before ? asKept(before) : "absent" },
      planned(Forget, kept.id, new Date(kept.expiresAt), {}),
      ...more,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw changedMeanwhile();
  }
}

/** Names the reading of a draft that somebody looks at; of one that is begun anew they are counted anew. */
export const readingOf = ({ attempt, expiresAt }: Kept): string => `${attempt}/${expiresAt}`;

/** @throws {Noted} conflict: it is another reading by now than the one that was looked at, if that is said */
export function demandSeen(kept: Kept, seen: string | undefined): void {
  if (seen !== undefined && seen !== readingOf(kept)) throw changedMeanwhile();
}

export const changedMeanwhile = (): Noted => new Noted([{ at: "#", says: note("publish.changed") }], "conflict");

/** What a task's last turn writes: only if nobody asked for another reading meanwhile. */
export const readWrites = (kept: Kept) => [{ put: itemOf(kept), if: asKept(kept) }];

export const keepProgress = (here: Here, { id, attempt, expiresAt }: Kept, progress: Progress): Promise<unknown> =>
  here.table.put({
    ...progressKey(id),
    attempt,
    progress,
    expiresAt: Math.floor(Date.parse(expiresAt) / 1000),
  });

/** How far the reading of a draft is, as far as it was told. */
export async function progressOf(here: Here, { id, attempt, state }: Kept): Promise<Progress | undefined> {
  if (state !== "reading") return undefined;
  const item = await here.table.get(progressKey(id));
  return item?.["attempt"] === attempt ? ProgressSchema.parse(item["progress"]) : { rows: 0, share: 0 };
}

export const dropDraft = async (here: Here, id: string): Promise<void> => {
  await here.table.delete(draftKey(id));
  await here.table.delete(progressKey(id));
};

export const said = ({ at, says }: Mistake, lang?: Lang) => ({
  pointer: at,
  detail: typeof says === "string" ? says : sayNote(says, lang),
});

/** A draft as a caller sees it. */
export function shownDraft(kept: Kept, progress?: Progress, lang?: Lang): Draft {
  const { id, slug, card, fills, state, found, refusal = [], expiresAt } = kept;
  const {
    columns = [],
    rows = 0,
    places = 0,
    notes = [],
    sample = [],
    mistakes = [],
    mistaken = 0,
    ...more
  } = found ?? {};
  return {
    id,
    slug,
    card,
    ...(fills === undefined ? {} : { fills }),
    state,
    ...(progress ? { progress } : {}),
    ...more,
    columns,
    rows,
    places,
    notes: notes.map((note) => sayNote(note, lang)),
    sample,
    mistakes: [...refusal, ...mistakes].map((mistake) => said(mistake, lang)),
    mistaken: mistaken + refusal.length,
    expiresAt,
  };
}

/** The same draft, its tags as they were proposed; nothing need be read again, for it was read so. */
export const confirmedDraft = (kept: Kept): Kept => ({
  ...kept,
  attempt: kept.attempt + 1,
  corrections: { ...kept.corrections, personal: "as_proposed" },
  found: { ...kept.found!, columns: kept.found!.columns.map(({ isProposed: _, ...column }) => column) },
});

/** @throws {Noted} invalid: the first mistakes of a draft that cannot be published; conflict: it is being read */
export function demandRight({ state, refusal = [], found }: Kept): void {
  if (state === "reading") throw new Noted([{ at: "#", says: note("publish.reading") }], "conflict");
  if (state === "ready") return;
  const mistakes = [...refusal, ...(found?.mistakes ?? [])];
  throw new Noted(mistakes.length > 0 ? mistakes : [{ at: "#", says: "The file has mistakes." }]);
}
