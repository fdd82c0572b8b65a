import { z } from "@hono/zod-openapi";
import { Fault, type FaultKind } from "../../../shared/errors.ts";
import type { Lang } from "../../../shared/texts.ts";
import { ColumnType } from "../schema.ts";
import { formatTexts } from "./texts.ts";

type Texts = typeof formatTexts.catalogues.en;
const codes = Object.keys(formatTexts.catalogues.en) as [keyof Texts, ...(keyof Texts)[]];

/** What there is to say about a file, so that a page can say it in each language: a text of `texts.ts` and its values. */
export const Note = z
  .object({ code: z.enum(codes), values: z.record(z.string(), z.union([z.string(), z.number()])) })
  .meta({ id: "FileNote" });
export type Note = z.infer<typeof Note>;
export type NoteCode = Note["code"];

/** Longer values of a file are cut: a note quotes them, it does not repeat them. */
const QUOTED_MAX = 60;
export const quoted = (text: string): string => (text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text);

/** Of the values, `at` is a pointer and `type` a column's type: both are said in words. */
export const note = (code: NoteCode, values: Note["values"] = {}): Note => ({ code, values });

export function sayNote({ code, values }: Note, lang: Lang = "en"): string {
  const say = formatTexts.in(lang);
  const said = { ...values };
  if (typeof said["at"] === "string") said["at"] = sayAt(said["at"], lang);
  const type = ColumnType.safeParse(said["type"]);
  if (type.success) said["type"] = say(`type.${type.data}`);
  return say(code, said);
}

const KINDS = { line: "at.line", row: "at.row", features: "at.feature", records: "at.record" } as const;
const isKind = (part: string | undefined): part is keyof typeof KINDS =>
  part !== undefined && Object.hasOwn(KINDS, part);

/**
 * Where something stands: `#/line/12`, `#/features/3`, of a column `#/line/12/name`, of one of several files
 * `#/stops.txt/line/3` and `#/stops.txt`, and `#` for the whole.
 */
export function sayAt(pointer: string, lang: Lang = "en"): string {
  const say = formatTexts.in(lang);
  const parts = pointer.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  const file = isKind(parts[0]) && parts.length > 1 ? undefined : parts.shift();
  const [kind, place, column] = parts;
  if (!isKind(kind) || place === undefined) return file ?? say("at.whole");
  // Lines and rows are counted from 1 where they are written, elements of lists from 0.
  const isList = kind === "features" || kind === "records";
  const counted = say(KINDS[kind], { n: String(Number(place) + (isList ? 1 : 0)) });
  const where = column === undefined ? counted : say("at.column", { where: counted, column });
  return file === undefined ? where : say("at.in", { where, file });
}

/** What stands in the way, each with where it stands: a refusal whose sentences pages say in the reader's language. */
export class Noted extends Fault {
  constructor(
    readonly notes: readonly { at: string; says: Note | string }[],
    kind: FaultKind = "invalid",
  ) {
    const errors = notes.map(({ at, says }) => ({
      pointer: at,
      detail: typeof says === "string" ? says : sayNote(says),
    }));
    super(kind, errors[0]!.detail, kind === "invalid" ? { errors } : {});
  }
}

/** A file, or the rest of it, that cannot be read: what is wrong, and where. */
export class Unreadable extends Fault {
  constructor(
    readonly note: Note,
    /** A JSON pointer into the file; `#` is the whole. */
    readonly at = "#",
    kind: FaultKind = "invalid",
  ) {
    const detail = sayNote(note);
    super(kind, detail, { errors: [{ pointer: at, detail }] });
  }
}

/** @throws {Unreadable} */
export function refuse(code: NoteCode, values: Note["values"] = {}, at = "#"): never {
  throw new Unreadable(note(code, values), at);
}
