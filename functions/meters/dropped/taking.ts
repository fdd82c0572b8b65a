import { createHash } from "node:crypto";
import { z } from "zod";
import { Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { defineTask, planned, type Ran } from "../../../shared/tasks.ts";
import type { Source } from "../sources/schema.ts";
import { sourceStore } from "../sources/store.ts";
import { takenBy } from "./kinds.ts";

/** As much as comes by HTTP at once. */
const FILE_MAX = 32 * 1024 * 1024;
const FILES_AT_ONCE = 20;
const FILES_SEEN = 200;
const EVERY_MS = 60_000;
/** A file that fails for no reason of its own is tried so often: then it is put aside, so that it holds nobody back. */
const TRIES_MAX = 5;
const ERRORS_MAX = 50;
const TOO_LARGE = "too large";

const Data = z.object({
  /** What lay there at the last look, by name: who still writes changes it. Missing before the first look. */
  seen: z.record(z.string(), z.string()).optional(),
  tries: z.record(z.string(), z.number()).default({}),
});
type Data = z.infer<typeof Data>;

/** Looks into a source's folder; its id is the source's. */
export const Look = defineTask("meters.look", Data);

/** Something may lie there, or will: look from now on. */
export const looked = (here: Here, sourceId: string): Promise<void> =>
  here.commit([planned(Look, sourceId, here.clock.now(), { tries: {} })]);

/** A file's own name: no folder, nothing hidden (what is still being copied often is), no way out of the folder. */
const NAME = /^[^./\\][^/\\]*$/;
const README =
  "Hansa puts what it has taken in here, with a report beside each file; what it refused lies in refused/.\n";

/**
 * Takes in what lies in a source's folder, a file at a time: each is kept, or refused with a report, by itself. Where
 * files appear whole, at once; else when one is as it was at the look before.
 */
export async function look(here: Here, sourceId: string, { seen, tries }: Data): Promise<Ran<Data>> {
  const source = await sourceStore(here).find(sourceId);
  if (source?.kind !== "drop") return {};
  const { drops } = here;
  const folder = `${source.id}/`;
  // So that the folder is there for whoever is to put files in it.
  if (seen === undefined && !drops.rings) await drops.put(`${folder}done/README.txt`, new TextEncoder().encode(README));
  const next: Required<Data> = { seen: {}, tries: {} };
  /** Not reached in this turn: what was seen of them before still holds in the next. */
  const unreached = new Map(Object.entries(seen ?? {}));
  let settled = 0;
  let isMore = false;
  if (source.state === "active")
    for await (const key of drops.list(folder)) {
      const name = key.slice(folder.length);
      if (!NAME.test(name)) continue;
      isMore = settled === FILES_AT_ONCE || Object.keys(next.seen).length === FILES_SEEN;
      if (isMore) break;
      unreached.delete(name);
      const bytes = await drops.get(key, { offset: 0, length: FILE_MAX + 1 });
      if (!bytes) continue;
      const digest = bytes.length > FILE_MAX ? TOO_LARGE : sha256(bytes);
      if ((!drops.rings || digest === TOO_LARGE) && seen?.[name] !== digest) {
        next.seen[name] = digest;
        if (digest === TOO_LARGE) await refuseLarge(here, source, name);
        continue;
      }
      if (digest === TOO_LARGE) next.seen[name] = digest;
      else {
        settled += 1;
        await settle(here, source, name, bytes, tries[name] ?? 0, next);
      }
    }
  if (isMore) next.seen = { ...Object.fromEntries(unreached), ...next.seen };
  const isWatched = !drops.rings || isMore || Object.values(next.tries).length > 0;
  const waitMs = isMore && settled > 0 ? 0 : EVERY_MS;
  return isWatched ? { again: { at: new Date(here.clock.now().getTime() + waitMs), data: next } } : {};
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** One file, through the door of its kind; then it and its report go where it belongs. */
async function settle(
  here: Here,
  source: Source,
  name: string,
  bytes: Uint8Array,
  tried: number,
  next: Required<Data>,
): Promise<void> {
  const at = here.clock.now().toISOString();
  try {
    await moved(here, source, name, bytes, "done", { name, at, ...(await takenBy(here, source, bytes)) });
  } catch (error) {
    const isTheirs = error instanceof Fault && error.kind !== "unavailable";
    if (!isTheirs && tried + 1 < TRIES_MAX) {
      here.log.error("a dropped file could not be taken, it is tried again", { source: source.id, error });
      next.tries[name] = tried + 1;
      next.seen[name] = sha256(bytes);
      return;
    }
    const detail = isTheirs ? error.message : "It could not be taken in; the house's log says why.";
    const errors = (isTheirs ? (error.members.errors ?? []) : []).slice(0, ERRORS_MAX);
    await moved(here, source, name, bytes, "refused", { name, at, state: "refused", detail, errors });
    const code = isTheirs ? error.kind : "failed";
    await sourceStore(here).refuse(source.id, { at, code, detail: `${name}: ${detail}`.slice(0, 500), errors });
  }
}

async function moved(
  here: Here,
  source: Source,
  name: string,
  bytes: Uint8Array,
  to: "done" | "refused",
  report: object,
): Promise<void> {
  const { drops } = here;
  const own = keptName(name);
  // Another file of this name came before: it stays as it is.
  const isTaken = (await drops.get(`${source.id}/${to}/${own}`, { offset: 0, length: 1 })) !== undefined;
  const path = `${source.id}/${to}/${isTaken ? `${sha256(bytes).slice(0, 8)}-` : ""}${own}`;
  await drops.put(path, bytes);
  await drops.put(`${path}.report.json`, jsonOf(report));
  // What was laid down under this name while it was taken is another file: it waits for the next look.
  const lies = await drops.get(`${source.id}/${name}`, { offset: 0, length: FILE_MAX + 1 });
  if (lies && sha256(lies) === sha256(bytes)) await drops.delete(`${source.id}/${name}`);
}

/** What a folder of this machine takes as a name, 255 bytes, with room for a report's own ending. */
const NAME_BYTES_MAX = 180;
/** A file's name beside others that were taken: of a longer one its end, and what tells it from others of that end. */
const keptName = (name: string): string =>
  Buffer.byteLength(name) <= NAME_BYTES_MAX
    ? name
    : `${sha256(Buffer.from(name)).slice(0, 8)}-${[...name].slice(-40).join("")}`;

const jsonOf = (report: object): Uint8Array => new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`);

/** What is too large to be read is not moved either: it stays, and is told once. */
async function refuseLarge(here: Here, source: Source, name: string): Promise<void> {
  const at = here.clock.now().toISOString();
  const detail = `A file has at most ${FILE_MAX / 1024 / 1024} MB. Send it in parts, or packed.`;
  await here.drops.put(
    `${source.id}/refused/${keptName(name)}.report.json`,
    jsonOf({ name, at, state: "refused", detail, errors: [] }),
  );
  await sourceStore(here).refuse(source.id, { at, code: "too_large", detail: `${name}: ${detail}`, errors: [] });
}
