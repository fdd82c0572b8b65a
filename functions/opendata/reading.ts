import { gunzipSync } from "node:zlib";
import { Fault } from "../../shared/errors.ts";
import { readCsv } from "./csv.ts";
import type { Frame } from "./frame.ts";
import { readGeoJson } from "./geojson.ts";

export const FILE_MAX = 20 * 1024 * 1024;

/**
 * Reads an uploaded file as a dataset, by what it holds rather than by its name alone.
 * @throws {Fault} too_large, unsupported_media, invalid: what is wrong, and where
 */
export function readFile(name: string, bytes: Uint8Array): Frame {
  if (bytes.byteLength > FILE_MAX) throw new Fault("too_large", `A file has at most ${FILE_MAX / 1024 / 1024} MB.`);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return readFile(name.replace(/\.gz$/i, ""), inflated(bytes));
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    throw new Fault("unsupported_media", "This is a zip file or a workbook. Send CSV or GeoJSON.");
  const start = new TextDecoder("utf-8").decode(bytes.subarray(0, 200)).replace("\uFEFF", "").trimStart();
  const isJson = start.startsWith("{") || start.startsWith("[") || /\.(geo)?json$/i.test(name);
  return isJson ? readGeoJson(bytes) : readCsv(bytes);
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: FILE_MAX });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new Fault("too_large", `Unpacked, a file has at most ${FILE_MAX / 1024 / 1024} MB.`);
    throw new Fault("invalid", "The gzip file is damaged.", {
      errors: [{ pointer: "#", detail: "The gzip file is damaged." }],
    });
  }
}
