import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { refuseLine } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";

/** Unpacked, a file is at most so large; what claims more is not unpacked at all. */
const FILE_MAX = 64 * 1024 * 1024;
const tooLarge = () =>
  new Fault("too_large", `Unpacked, a file has at most ${FILE_MAX / 1024 / 1024} MB. Send it in parts.`);

/**
 * The file inside what was sent: as it is, from a zip with one file in it, or from gzip. What it is, its first bytes
 * say; its name does not count.
 *
 * @throws {Fault} invalid, too_large
 */
export function opened(sent: Uint8Array): Uint8Array {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => sent[i] === byte);
  if (sent.length === 0) refuseLine(1, "The file is empty.");
  if (starts(0x50, 0x4b)) return unzipped(sent);
  if (starts(0x1f, 0x8b)) {
    try {
      return gunzipSync(sent, { maxOutputLength: FILE_MAX });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
      refuseLine(1, "The gzip file is damaged.");
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
    refuseLine(1, "The zip file is damaged, encrypted, or packed in a way that is not known here.");
  }
  if (found !== 1) refuseLine(1, `The zip holds ${found} files; send one at a time.`);
  return Object.values(files)[0]!;
}

/** The id of a delivery: a digest of the file itself (not of its zip) and of all that decides what it means. */
export function deliveryIdOf(file: Uint8Array, meaning: readonly (string | undefined)[]): string {
  const digest = createHash("sha256").update(JSON.stringify(meaning)).update("\n").update(file).digest("hex");
  return `dlv_${digest}`;
}
