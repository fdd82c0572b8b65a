import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { letGo } from "../memory.ts";
import type { Blobs } from "../ports.ts";

/** Blobs as files below a folder. A file appears whole or not at all, and outlives a loss of power. */
export function folderBlobs(folder: string): Blobs {
  const created = async (key: string) => {
    const path = join(folder, key);
    const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
    await mkdir(dirname(path), { recursive: true });
    const file = await open(draft, "w");
    return {
      write: (bytes: Uint8Array) => file.writeFile(bytes),
      async close() {
        try {
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      },
      async drop() {
        await file.close();
        await rm(draft, { force: true });
      },
    };
  };
  return {
    async begin(key) {
      const file = await created(key);
      return {
        ...file,
        async write(bytes) {
          await file.write(bytes);
          letGo(bytes);
        },
      };
    },
    async put(key, bytes) {
      const file = await created(key);
      try {
        await file.write(bytes);
      } catch (error) {
        await file.drop();
        throw error;
      }
      await file.close();
    },
    async get(key, range) {
      try {
        if (range) return await part(join(folder, key), range);
        const { buffer, byteOffset, byteLength } = await readFile(join(folder, key), { flag: READ });
        return new Uint8Array(buffer, byteOffset, byteLength);
      } catch (error) {
        if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
        throw error;
      }
    },
    async delete(key) {
      await rm(join(folder, key), { force: true });
    },
    async *list(prefix) {
      const base = join(folder, prefix.includes("/") ? dirname(`${prefix}x`) : ".");
      const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => []);
      const keys = entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith(".part"))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
      yield* keys.filter((key) => key.startsWith(prefix)).sort();
    },
  };
}

// A folder may be anybody's to put files into: a link that lies there, or took a file's place just now, is no file.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
const ABSENT = ["ENOENT", "ELOOP"];

async function part(path: string, { offset, length }: { offset: number; length: number }): Promise<Uint8Array> {
  const file = await open(path, READ);
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
