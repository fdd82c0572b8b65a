import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { refuse } from "./note.ts";
import type { SourceFile } from "./source.ts";

const CHUNK = 512 * 1024;

/**
 * No file is larger once it is unpacked, and none larger than so many times its packed size: text packs to a tenth, a
 * table of zeros to a hundredth, a bomb to a thousandth.
 */
export const INFLATED_MAX = 2 * 1024 ** 3;
const RATIO_MAX = 250;
const RATIO_FREE = 20 * 1024 * 1024;

/** Bytes that can be read from their start as often as wanted. */
export interface Bytes {
  name: string;
  stream(): AsyncIterable<Uint8Array>;
}

export const bytesOf = (file: SourceFile): Bytes => ({
  name: file.name,
  async *stream() {
    for (let offset = 0; offset < file.size; ) {
      const chunk = await file.read(offset, CHUNK);
      if (chunk.length === 0) return;
      offset += chunk.length;
      yield chunk;
    }
  },
});

/** Counts what is unpacked. @throws {Unreadable} a bomb */
export function metered(packed: number, at = "#"): (chunk: Uint8Array) => void {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > INFLATED_MAX) refuse("file.inflated", { most: INFLATED_MAX / 1024 ** 2 }, at);
    if (bytes > RATIO_FREE && bytes > packed * RATIO_MAX) refuse("file.bomb", { most: RATIO_MAX }, at);
  };
}

/** A gzip file as what it holds, unpacked while it is read. */
export const gunzipped = (file: SourceFile): Bytes => ({
  name: file.name.replace(/\.t?gz$/i, ""),
  async *stream() {
    const meter = metered(file.size);
    const source = Readable.from(bytesOf(file).stream(), { objectMode: false });
    const gunzip = createGunzip();
    source.on("error", (error) => gunzip.destroy(error));
    try {
      for await (const chunk of source.pipe(gunzip)) {
        meter(chunk as Buffer);
        yield chunk as Buffer;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "Z_BUF_ERROR") refuse("gzip.cut");
      if (code?.startsWith("Z_")) refuse("gzip.damaged");
      throw error;
    } finally {
      source.destroy();
    }
  },
});

/** The first bytes, at most `length`. */
export async function startOf(bytes: Bytes, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let has = 0;
  for await (const chunk of bytes.stream()) {
    parts.push(chunk);
    has += chunk.length;
    if (has >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** A file on this machine's disk, open as long as it is wanted. */
export interface DiskFile extends SourceFile {
  path: string;
  close(): Promise<void>;
}

export async function onDisk(path: string, name: string): Promise<DiskFile> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return {
    name,
    path,
    size,
    async read(offset, length) {
      const room = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(room, 0, room.length, offset);
      return room.subarray(0, bytesRead);
    },
    close: () => handle.close(),
  };
}

/** Writes a stream to the disk, for what must be read here and there. */
export async function spooled(bytes: Bytes): Promise<DiskFile> {
  const folder = await mkdtemp(join(tmpdir(), "hansa-file-"));
  const path = join(folder, "file");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const out = createWriteStream(path);
    const done = finished(out);
    done.catch(() => undefined);
    for await (const chunk of bytes.stream()) {
      if (!out.write(chunk)) await Promise.race([once(out, "drain"), done]);
    }
    out.end();
    await done;
    const file = await onDisk(path, bytes.name);
    return {
      ...file,
      async close() {
        await file.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") refuse("file.disk");
    throw error;
  }
}
