import { createHash } from "node:crypto";
import { crc32, gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { Fault } from "../../shared/errors.ts";
import { fileFault, refuseFile } from "./formats/mistakes.ts";

/** Unpacked, a file is at most so large; what claims more is not unpacked at all. */
const FILE_MAX = 64 * 1024 * 1024;
const tooLarge = () => fileFault("too_large", "#/file", "too_large", { most: FILE_MAX / 1024 / 1024 });

/**
 * The file inside what was sent: as it is, from a zip with one file in it, or from gzip. What it is, its first bytes
 * say; its name does not count.
 *
 * @throws {Fault} invalid, too_large
 */
export function opened(sent: Uint8Array): Uint8Array {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => sent[i] === byte);
  if (sent.length === 0) refuseFile(1, "empty");
  if (starts(0x50, 0x4b)) return unzipped(sent);
  if (starts(0x1f, 0x8b)) {
    try {
      return gunzipSync(sent, { maxOutputLength: FILE_MAX });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
      refuseFile(1, "gzip_damaged");
    }
  }
  if (sent.length > FILE_MAX) throw tooLarge();
  return sent;
}

function unzipped(sent: Uint8Array): Uint8Array {
  let found = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(sent, {
      filter: ({ name, originalSize }) => {
        if (name.endsWith("/") || name.startsWith("__MACOSX/") || /(^|\/)\./.test(name)) return false;
        if (originalSize > FILE_MAX) throw tooLarge();
        found++;
        return found === 1;
      },
    });
  } catch (error) {
    if (error instanceof Fault) throw error;
    refuseFile(1, "zip_damaged");
  }
  if (found !== 1) refuseFile(1, "zip_files", { count: found });
  const [name, file] = Object.entries(files)[0]!;
  // The library does not compare sums, and one changed digit of a file that is only stored is another bill.
  if (sumOf(sent, name) !== crc32(file)) refuseFile(1, "zip_sum");
  return file;
}

const END = Uint8Array.of(0x50, 0x4b, 0x05, 0x06);
/** The sum of a file in a zip, as the directory at its end has it. */
function sumOf(zip: Uint8Array, name: string): number | undefined {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = bytes.lastIndexOf(END);
  let at = end < 0 || end + 20 > bytes.length ? bytes.length : bytes.readUInt32LE(end + 16);
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === 0x02014b50) {
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength!);
    if ([nameBytes.toString("utf8"), nameBytes.toString("latin1")].includes(name)) return bytes.readUInt32LE(at + 16);
    at += 46 + nameLength! + extra! + comment!;
  }
  return undefined;
}

/** The id of a delivery: a digest of the file itself (not of its zip) and of all that decides what it means. */
export function deliveryIdOf(file: Uint8Array, meaning: readonly (string | undefined)[]): string {
  const digest = createHash("sha256").update(JSON.stringify(meaning)).update("\n").update(file).digest("hex");
  return `dlv_${digest}`;
}
