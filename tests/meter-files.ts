import { expect } from "vitest";
import { counted } from "../functions/meters/domain.ts";
import type { FileOptions } from "../functions/meters/formats/contract.ts";
import { readMeterFile } from "../functions/meters/formats/file.ts";
import { FileMistakes } from "../functions/meters/formats/mistakes.ts";
import { pack, unpack } from "../functions/meters/packing.ts";
import { blocksOf, type ReadFile, unitOf } from "../functions/meters/series.ts";
import { Fault } from "../shared/errors.ts";

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const readFile = (file: string | Uint8Array, more: Partial<FileOptions> = {}): ReadFile =>
  readMeterFile(typeof file === "string" ? bytesOf(file) : file, { timeZone: "Europe/Paris", ...more });

/** The blocks that a file leaves behind, once they were packed and unpacked, as the table would give them back. */
export function blocksOfFile(file: ReadFile, asOfS = 0, deliveryId = "dlv") {
  const mistakes = new FileMistakes(file.place);
  const blocks = file.series.flatMap((series) => {
    const [unit, power] = unitOf(series.unit ?? "kWh")!;
    return blocksOf(series, unit, power, mistakes).map((block) => ({ block: unpack(pack(block)), asOfS, deliveryId }));
  });
  mistakes.refuse();
  return blocks;
}

/** What counts of a file. */
export const countedOf = (file: ReadFile) => counted(blocksOfFile(file));

/** The mistakes of a file that is refused: `line/7: what is wrong`, or `feed/entry/3: …`. */
export function refusalOf(file: string | Uint8Array, more: Partial<FileOptions> = {}): string[] {
  try {
    blocksOfFile(readFile(file, more));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(["invalid", "too_large"]).toContain(error.kind);
    return (error.members.errors ?? [{ pointer: "#/", detail: error.message }]).map(
      ({ pointer, detail }) => `${pointer.slice(2)}: ${detail}`,
    );
  }
  return [];
}

export const iso = (atS: number): string => new Date(atS * 1000).toISOString();
