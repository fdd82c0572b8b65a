import type { Mapping } from "../schema.ts";
import type { ReadFile } from "../series.ts";

/** What the sender says about a file, where it does not say so itself. */
export interface FileOptions {
  /** The one meter of a file that names none. */
  meter?: string | undefined;
  unit?: string | undefined;
  values?: "intervals" | "registers" | undefined;
  /** Which column of a plain file holds what. */
  mapping?: Mapping | undefined;
  /** Leave aside what is wrong, where the format knows of parts. */
  partial?: boolean | undefined;
  /** For times without an offset. */
  timeZone: string;
}

/** One way in which readings are written. */
export interface Format {
  /** May a part of it be taken? */
  isDivisible?: true;
  /** Is it this one, by the first few thousand signs? The first that says yes reads the file. */
  recognises(beginning: string): boolean;
  /**
   * Reads a file whole, or refuses it whole; of one that is divisible, perhaps a part.
   *
   * @throws {Fault} invalid, with each line (or path of an element) that is wrong and the reason; too_large
   */
  read(file: Uint8Array, options: FileOptions): ReadFile;
}
