import { createHash } from "node:crypto";
import { z } from "zod";
import { absent, Fault, invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { letGo } from "../../../shared/memory.ts";
import type { Item } from "../../../shared/table.ts";
import { defineTask, does, planned } from "../../../shared/tasks.ts";
import type { SourceFile } from "../formats/source.ts";
import { type NewUpload, PART_BYTES, UPLOAD_MAX, Upload } from "./schema.ts";

// question                        key
// a file that comes in parts      pk     UPLOAD#<id>      sk     UPLOAD          (a day)
// which of its parts are there    pk     UPLOAD#<id>      sk     PART#<number>   (a day)
// a part                          blob   uploads/<id>/<number>

const LIVES_S = 24 * 3600;
const PARTS_AT_HAND = 2;
const key = (id: string) => ({ pk: `UPLOAD#${id}`, sk: "UPLOAD" });
const five = (part: number) => String(part).padStart(5, "0");
const partKey = (id: string, part: number) => ({ pk: `UPLOAD#${id}`, sk: `PART#${five(part)}` });
const blobOf = (id: string, part: number) => `uploads/${id}/${five(part)}`;

/** What is left of an upload a day later. */
const Discard = defineTask("opendata.discard_upload", z.object({}));

type Kept = Omit<Upload, "received">;
const keptOf = (item: Item): Kept => Upload.omit({ received: true }).parse(item["upload"]);

export async function beginUpload(here: Here, given: NewUpload): Promise<Upload> {
  const now = here.clock.now();
  const expires = new Date(now.getTime() + LIVES_S * 1000);
  const upload: Kept = {
    ...given,
    id: newId("upl", now),
    partBytes: PART_BYTES,
    parts: Math.ceil(given.size / PART_BYTES),
    expiresAt: expires.toISOString(),
  };
  await here.commit([
    { put: { ...key(upload.id), upload, expiresAt: expiry(upload) }, if: "absent" },
    planned(Discard, upload.id, expires, {}),
  ]);
  return { ...upload, received: [] };
}

const expiry = ({ expiresAt }: Pick<Kept, "expiresAt">): number => Math.floor(Date.parse(expiresAt) / 1000);

/** A file that is there already, kept as an upload of its parts. */
export async function keepUpload(here: Here, name: string, bytes: Uint8Array): Promise<Upload> {
  const upload = await beginUpload(here, { name, size: bytes.byteLength });
  for (let part = 1; part <= upload.parts; part++)
    await putPart(here, upload, part, bytes.subarray((part - 1) * PART_BYTES, part * PART_BYTES));
  return getUpload(here, upload.id);
}

/**
 * A file as it comes, of a length that nobody has said: kept part by part, and not at all if it does not come whole.
 * @param livesS  seconds, after which it is discarded
 * @returns       with the SHA-256 of all its bytes, in hex
 * @throws {Fault} invalid: nothing came; too_large; whatever the stream throws
 */
export async function streamUpload(
  here: Here,
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  livesS = LIVES_S,
): Promise<Upload & { digest: string }> {
  const now = here.clock.now();
  const expires = new Date(now.getTime() + livesS * 1000);
  const begun = { id: newId("upl", now), expiresAt: expires.toISOString() };
  // Before anything is kept: should this process end, what lies there goes after a day.
  await here.commit([planned(Discard, begun.id, expires, {})]);
  const hash = createHash("sha256");
  const part = Buffer.alloc(PART_BYTES);
  let [held, parts, size] = [0, 0, 0];
  const keepPart = () => {
    parts += 1;
    size += held;
    const bytes = new Uint8Array(part.subarray(0, held));
    held = 0;
    return putPart(here, begun, parts, bytes);
  };
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) {
        if (size + held >= UPLOAD_MAX) throw new Fault("too_large", `A file has at most ${UPLOAD_MAX} bytes.`);
        const length = Math.min(piece.length - at, PART_BYTES - held);
        part.set(piece.subarray(at, at + length), held);
        held += length;
        at += length;
        if (held === PART_BYTES) await keepPart();
      }
    }
    if (held > 0) await keepPart();
    if (size === 0) throw invalid("#/file", "Choose a file.");
    const upload: Kept = { ...begun, name, size, partBytes: PART_BYTES, parts };
    await here.table.put({ ...key(upload.id), upload, expiresAt: expiry(upload) });
  } catch (error) {
    await dropUpload(here, begun.id);
    throw error;
  }
  return { ...(await getUpload(here, begun.id)), digest: hash.digest("hex") };
}

/** @throws {Fault} absent: there is none, or its day is over */
export async function getUpload(here: Here, id: string): Promise<Upload> {
  const received: number[] = [];
  let kept: Kept | undefined;
  for await (const item of here.table.all({ pk: key(id).pk })) {
    if (item.sk === "UPLOAD") kept = keptOf(item);
    else received.push(Number(item.sk.slice("PART#".length)));
  }
  if (!kept || Date.parse(kept.expiresAt) <= here.clock.now().getTime()) throw absent();
  return { ...kept, received };
}

/**
 * Takes a part. The same again changes nothing.
 * @param sent  the digest that was sent along, as in a Content-Digest field (RFC 9530)
 * @throws {Fault} absent, invalid: its number, length or digest; conflict: another is there already
 */
export async function takePart(here: Here, id: string, part: number, bytes: Uint8Array, sent?: string): Promise<void> {
  const item = await here.table.get(key(id));
  if (!item) throw absent();
  const upload = keptOf(item);
  if (Date.parse(upload.expiresAt) <= here.clock.now().getTime()) throw absent();
  if (part > upload.parts) throw invalid("path/part", `This file has ${upload.parts} parts.`);
  const length = part < upload.parts ? upload.partBytes : upload.size - upload.partBytes * (upload.parts - 1);
  if (bytes.byteLength !== length)
    throw invalid("#", `Part ${part} of this file has ${length} bytes; ${bytes.byteLength} came.`);
  if (sent !== undefined && !agrees(sent, bytes))
    throw invalid("header/Content-Digest", `Part ${part} is not as it was sent: send it again.`);
  await putPart(here, upload, part, bytes);
}

function agrees(sent: string, bytes: Uint8Array): boolean {
  const given = /sha-256=:([^:]+):/.exec(sent)?.[1];
  return given === undefined || given === createHash("sha256").update(bytes).digest("base64");
}

async function putPart(
  here: Here,
  upload: Pick<Kept, "id" | "expiresAt">,
  part: number,
  bytes: Uint8Array,
): Promise<void> {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const at = partKey(upload.id, part);
  const there = await here.table.get(at);
  if (there && there["digest"] !== digest)
    throw new Fault("conflict", `Another part ${part} is there already: begin a new upload.`);
  if (there) return;
  await here.blobs.put(blobOf(upload.id, part), bytes);
  await here.table.put({ ...at, digest, expiresAt: expiry(upload) });
}

/** An upload as a file that is read by ranges. @throws {Fault} conflict: parts are missing */
export function fileOfUpload(here: Here, upload: Upload): SourceFile & Pick<Upload, "sha256"> {
  const { id, name, size, sha256, parts, partBytes, received } = upload;
  if (received.length < parts) {
    const missing = Array.from({ length: parts }, (_, i) => i + 1).filter((part) => !received.includes(part));
    throw new Fault("conflict", `Parts of the file are missing: ${missing.slice(0, 20).join(", ")}.`);
  }
  // Readers go forward, now and then a little back.
  const hand = new Map<number, Uint8Array>();
  /** Copies what lies between two bytes of a part. */
  const copy = async (part: number, from: number, to: number, into: Uint8Array): Promise<void> => {
    const bytes = hand.get(part) ?? (await here.blobs.get(blobOf(id, part)));
    if (!bytes) throw new Error(`part ${part} of upload ${id} is missing`);
    into.set(bytes.subarray(from, to));
    hand.set(part, bytes);
    if (hand.size <= PARTS_AT_HAND) return;
    const [oldest, least] = hand.entries().next().value!;
    hand.delete(oldest);
    letGo(least);
  };
  return {
    name,
    size,
    sha256,
    /** The bytes are the reader's own. */
    async read(offset, length) {
      const end = Math.min(size, offset + length);
      const bytes = new Uint8Array(Math.max(0, end - offset));
      for (let at = offset; at < end; ) {
        const begins = at - (at % partBytes);
        const to = Math.min(begins + partBytes, end);
        await copy(begins / partBytes + 1, at - begins, to - begins, bytes.subarray(at - offset));
        at = to;
      }
      return bytes;
    },
  };
}

export const discardingUploads = does(Discard, async (here, id) => {
  await dropUpload(here, id);
  return {};
});

export async function dropUpload(here: Here, id: string): Promise<void> {
  for await (const blob of here.blobs.list(`uploads/${id}/`)) await here.blobs.delete(blob);
  const items: Item[] = [];
  for await (const item of here.table.all({ pk: key(id).pk })) items.push(item);
  for (const { pk, sk } of items) await here.table.delete({ pk, sk });
}
