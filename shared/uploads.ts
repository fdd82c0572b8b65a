import type { Context } from "hono";
import { z } from "zod";
import { Fault, invalid } from "./errors.ts";

/**
 * The file that a request brings, and the fields beside it: as multipart/form-data (field `file`), or as the body.
 * @param more  media types that a body may have beside those of files of lines
 * @throws {Fault} unsupported_media, malformed, invalid
 */
export async function fileOf(
  c: Context,
  more: readonly string[] = [],
): Promise<{ file: Uint8Array; name?: string; fields: Record<string, string> }> {
  const type = c.req.header("content-type");
  if (!/^multipart\/form-data\b/i.test(type ?? "")) {
    demandFile(type, more);
    return { file: new Uint8Array(await c.req.arrayBuffer()), fields: {} };
  }
  let body: Record<string, unknown>;
  try {
    body = await c.req.parseBody();
  } catch {
    throw new Fault("malformed", "The multipart body cannot be read.");
  }
  const { file, csrf: _, ...rest } = body;
  if (!(file instanceof File)) throw invalid("#/file", "Choose a file.");
  const fields = Object.entries(rest).filter(
    (field): field is [string, string] => typeof field[1] === "string" && field[1].trim() !== "",
  );
  return { file: new Uint8Array(await file.arrayBuffer()), name: file.name, fields: Object.fromEntries(fields) };
}

const RAW = z
  .string()
  .regex(/^(?:text\/(?:csv|plain)|application\/(?:zip|x-zip-compressed|gzip|x-gzip|octet-stream|vnd\.ms-excel))\b/i);

/** The media types of a file that is sent as the whole body. @throws {Fault} unsupported_media */
function demandFile(type: string | undefined, more: readonly string[]): void {
  const plain = (type ?? "").split(";")[0]!.trim().toLowerCase();
  if (RAW.safeParse(plain).success || more.includes(plain)) return;
  const known = ["text/csv", ...more, "application/zip", "application/gzip"].join(", ");
  throw new Fault(
    "unsupported_media",
    `Send the file as multipart/form-data (field \`file\`), or as the body with ${known} or application/octet-stream.`,
  );
}
