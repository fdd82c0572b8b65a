import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { type Bytes, INFLATED_MAX, metered } from "./bytes.ts";
import { refuse, Unreadable } from "./note.ts";
import type { SourceFile } from "./source.ts";

/** No kind of file that is read here has so many parts. */
const ENTRIES_MAX = 10_000;
const CHUNK = 1024 * 1024;

/** A zip file by the names of what it holds; each part is unpacked while it is read, and checked by its checksum. */
export interface Archive {
  /** Without folders, and without what systems add for themselves. */
  names: string[];
  size(name: string): number;
  bytes(name: string): Bytes;
}

/** @throws {Unreadable} damaged, too many parts, too large unpacked */
export async function openZip(file: SourceFile): Promise<Archive> {
  const entries = new Map<string, Entry>();
  let zip: ZipFile;
  try {
    zip = await fromRandomAccessReaderPromise(new Ranges(file), file.size, { autoClose: false, lazyEntries: true });
    // What is wrong is told to whoever reads; the library tells it once more, to nobody.
    zip.on("error", () => undefined);
    if (zip.entryCount > ENTRIES_MAX) refuse("zip.many", { most: ENTRIES_MAX });
    let bytes = 0;
    for await (const entry of each(zip)) {
      if (/\/$|^__MACOSX\/|(?:^|\/)\.[^/]*$/.test(entry.fileName)) continue;
      if (entries.has(entry.fileName)) refuse("zip.twice", { file: entry.fileName });
      bytes += entry.uncompressedSize;
      if (bytes > INFLATED_MAX) refuse("file.inflated", { most: INFLATED_MAX / 1024 ** 2 });
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    return refuse("zip.damaged", { value: (error as Error).message.slice(0, 160) });
  }
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`there is no ${name} in the zip file`);
    return entry;
  };
  return {
    names: [...entries.keys()],
    size: (name) => entryOf(name).uncompressedSize,
    bytes: (name) => ({ name, stream: () => unpacked(zip, entryOf(name)) }),
  };
}

async function* each(zip: ZipFile): AsyncIterable<Entry> {
  for (let read = 0; read < zip.entryCount; read++) {
    yield await new Promise<Entry>((resolve, reject) => {
      const clear = () => zip.removeListener("entry", take).removeListener("error", fail).removeListener("end", end);
      const take = (entry: Entry) => {
        clear();
        resolve(entry);
      };
      const fail = (error: Error) => {
        clear();
        reject(error);
      };
      const end = () => fail(new Error("it ends before its list of files does"));
      zip.on("entry", take).on("error", fail).on("end", end);
      zip.readEntry();
    });
  }
}

async function* unpacked(zip: ZipFile, entry: Entry): AsyncIterable<Uint8Array> {
  const at = `#/${encodeURIComponent(entry.fileName)}`;
  if (entry.isEncrypted()) refuse("zip.locked", { file: entry.fileName }, at);
  const meter = metered(entry.compressedSize, at);
  let checksum = 0;
  let stream: Readable | undefined;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) {
      meter(chunk as Buffer);
      checksum = crc32(chunk as Buffer, checksum);
      yield chunk as Buffer;
    }
    if (checksum !== entry.crc32) throw new Error("its checksum is wrong");
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    refuse("zip.entry", { file: entry.fileName, value: (error as Error).message.slice(0, 160) }, at);
  } finally {
    stream?.destroy();
  }
}

/** What the zip library reads a file by. */
class Ranges extends RandomAccessReader {
  constructor(private readonly file: SourceFile) {
    super();
  }
  override _readStreamForRange(start: number, end: number): Readable {
    const { file } = this;
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; ) {
          const chunk = await file.read(at, Math.min(CHUNK, end - at));
          if (chunk.length === 0) return;
          at += chunk.length;
          yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        }
      })(),
      { objectMode: false },
    );
  }
}
