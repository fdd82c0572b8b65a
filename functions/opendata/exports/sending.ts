import type { Context } from "hono";
import type { CityEnv } from "../../../shared/room.ts";
import { asItLies } from "./streaming.ts";

const PIECE = 1024 * 1024;

export interface KeptFile {
  key: string;
  bytes: number;
  type: string;
  /** As whoever takes it saves it. */
  name: string;
}

/**
 * A file as it lies, or the part of it that is asked for: readers of Parquet and of tiles take what they need of it.
 * Where an answer has a bound and this one is longer, whoever asks is sent to the city's bucket, which knows ranges too.
 */
export async function sendKept(c: Context<CityEnv>, file: KeptFile): Promise<Response> {
  const { blobs, settings } = c.var.here;
  const { key, bytes, type, name } = file;
  c.header("Accept-Ranges", "bytes");
  // By a tag that is the version's, and not the file's, nobody may put ranges of two files together.
  const range = c.req.header("if-range") === undefined ? rangeOf(c.req.header("range"), bytes) : undefined;
  if (range === "outside") return c.body(null, 416, { "Content-Range": `bytes */${bytes}` });
  const { offset, length } = range ?? { offset: 0, length: bytes };
  if (blobs.addressOf && length > settings.HANSA_ANSWER_MAX) return sentTo(c, key, { name, type });
  async function* pieces() {
    for (let at = offset; at < offset + length; at += PIECE) {
      const piece = await blobs.get(key, { offset: at, length: Math.min(PIECE, offset + length - at) });
      if (!piece) throw new Error(`the file ${key} of a dataset is missing`);
      yield piece;
    }
  }
  return c.body(asItLies(pieces()), range ? 206 : 200, {
    "Content-Type": type,
    "Content-Length": String(length),
    ...(range ? { "Content-Range": `bytes ${offset}-${offset + length - 1}/${bytes}` } : {}),
    ...saved(name),
  });
}

/**
 * The one range that a header names; undefined where it names none, or several: then the whole is the answer.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function rangeOf(
  header: string | undefined,
  bytes: number,
): { offset: number; length: number } | "outside" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), bytes);
    return length > 0 ? { offset: bytes - length, length } : "outside";
  }
  const [offset, end] = [Number(first), last === "" ? Number.POSITIVE_INFINITY : Number(last) + 1];
  if (end <= offset) return undefined;
  return offset < bytes ? { offset, length: Math.min(end, bytes) - offset } : "outside";
}

/** The address holds for a while only, so the way there is kept by nobody. */
export async function sentTo(c: Context<CityEnv>, key: string, as: Pick<KeptFile, "name" | "type">): Promise<Response> {
  c.header("Cache-Control", "no-store");
  return c.redirect(await c.var.here.blobs.addressOf!(key, as), 302);
}

export const saved = (name: string) => ({ "Content-Disposition": `attachment; filename="${name}"` });
