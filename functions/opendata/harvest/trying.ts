import { Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import type { BlobWriter } from "../../../shared/ports.ts";
import type { Lang } from "../../../shared/texts.ts";
import { readDraft } from "../drafts/reading.ts";
import { said } from "../drafts/store.ts";
import { sayNote } from "../formats/note.ts";
import type { SourceFile } from "../formats/source.ts";
import { peopleRule } from "../people/rule.ts";
import { moduleTable } from "../tables.ts";
import { joined } from "./cards.ts";
import { amiss, sayWhy, whyOf } from "./mistakes.ts";
import { open } from "./opening.ts";
import type { NewSource, Preview } from "./schema.ts";
import { askerOf, demandRight } from "./store.ts";

/** So much is read while somebody waits. */
const BYTES_MAX = 4 * 1024 * 1024;
const WAIT_MS = 20_000;
const LISTED_SHOWN = 50;

/** Asks a source as its first run would, and shows what it would bring: nothing of it is kept. @throws {Fault} invalid, absent */
export async function tryOut(here: Here, given: NewSource, lang?: Lang): Promise<Preview> {
  await demandRight(here, given);
  try {
    return await tried(here, given, lang);
  } catch (error) {
    // Whoever entered the address can do something about it: it is theirs to mend, not this house's.
    const why = error instanceof Fault ? whyOf(error) : undefined;
    if (why) throw invalid("at" in why ? why.at : "#/address", sayWhy(why, lang));
    if (error instanceof Fault && error.kind === "unavailable") throw invalid("#/address", error.message);
    throw error;
  }
}

async function tried(here: Here, given: NewSource, lang: Lang | undefined): Promise<Preview> {
  const asker = askerOf(here, given, AbortSignal.timeout(WAIT_MS));
  const opened = await open(asker, given.kind, given.address, {}, here.city.languages[0]);
  if (opened.is === "unchanged") throw amiss("unchanged");
  if (opened.is === "catalogue") {
    const listed = opened.listed.map(({ card, format, address }) => ({ title: card.title ?? "", format, address }));
    const { passedOver } = opened;
    return { card: given.card, listed: listed.slice(0, LISTED_SHOWN), listedInAll: listed.length, passedOver };
  }
  const card = joined(given.card, opened.card);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of opened.chunks) {
    parts.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) return { card, bytes, isLong: true };
  }
  const { hints, columns, leavesOutWrong, personal, fills } = given;
  const job = {
    id: newId("ds", here.clock.now()),
    file: "tried",
    corrections: { hints, columns, leavesOutWrong, personal },
    table: fills === undefined ? undefined : await moduleTable(here, fills),
    before: [],
    k: (await peopleRule(here)).k,
  };
  const work = readDraft(job, inMemory(opened.name, Buffer.concat(parts)), NOWHERE);
  let step = await work.next();
  while (!step.done) step = await work.next();
  const { found } = step.value;
  return {
    ...{ card, bytes, format: found.format, rows: found.rows, columns: found.columns, sample: found.sample },
    notes: found.notes.map((note) => sayNote(note, lang)),
    mistakes: found.mistakes.map((mistake) => said(mistake, lang)),
    mistaken: found.mistaken,
  };
}

const inMemory = (name: string, bytes: Uint8Array): SourceFile => ({
  name,
  size: bytes.byteLength,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

const nothing = async () => undefined;
const WRITER: BlobWriter = { write: nothing, close: nothing, drop: nothing };
const NOWHERE = { begin: async () => WRITER, delete: nothing };
