import { type Row, rowsOf, textOf } from "../../../shared/delimited.ts";
import { refuseFile } from "./mistakes.ts";

/**
 * The rows of a file of lines.
 *
 * @throws {Fault} invalid: no text, or too many or too long lines
 */
export function rowsOfFile(file: Uint8Array): Row[] {
  const text = textOf(file);
  const nul = text.indexOf("\0");
  if (nul >= 0) refuseFile(text.slice(0, nul).split(/\r\n|\n|\r/).length, "has_nul");
  return rowsOf(text);
}
