import type { ReadFile } from "../series.ts";
import { cimJson } from "./cim-json.ts";
import { cimXml } from "./cim-xml.ts";
import type { FileOptions, Format } from "./contract.ts";
import { csv } from "./csv.ts";
import { greenButton } from "./green-button.ts";
import { fileFault } from "./mistakes.ts";
import { nem12 } from "./nem12.ts";
import { nem13 } from "./nem13.ts";

/** In this order: a plain file is what no other format knows. */
const FORMATS: readonly Format[] = [nem13, nem12, greenButton, cimXml, cimJson, csv];
const BEGINNING_BYTES = 4096;

/**
 * Reads a meter file of any format; which it is, its first signs say. What has no readings is left out.
 *
 * @throws {Fault} invalid, with the lines or elements that are wrong; too_large
 */
export function readMeterFile(file: Uint8Array, options: FileOptions): ReadFile {
  const beginning = beginningOf(file);
  const format = FORMATS.find((one) => one.recognises(beginning))!;
  if (options.partial && !format.isDivisible) throw fileFault("invalid", "#/partial", "partial_alone");
  const read = format.read(file, options);
  return { ...read, series: read.series.filter((series) => series.readings.length > 0) };
}

function beginningOf(file: Uint8Array): string {
  const utf16 =
    file[0] === 0xff && file[1] === 0xfe ? "utf-16le" : file[0] === 0xfe && file[1] === 0xff ? "utf-16be" : undefined;
  // Cut in the middle of a sign, and perhaps of another encoding: its first signs are Latin all the same.
  return new TextDecoder(utf16 ?? "utf-8").decode(file.subarray(0, BEGINNING_BYTES)).trimStart();
}
