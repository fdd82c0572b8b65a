import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { type Mistakes, quoted, type Row, refuseLine } from "../../shared/delimited.ts";
import { Fault } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { LANGS } from "../../shared/texts.ts";
import { dayRange } from "../../shared/time.ts";
import { CLASSES, Code, type Imported, Kind, LEVELS, NewArea, NewPoint, Register, Since } from "./schema.ts";
import { networkTexts } from "./texts.ts";

// The network as files of office programs: a line of headings, then a line for each state of an area or a connection
// point. An empty cell says nothing; a lone hyphen says that there is none any more.

const WORDS = {
  code: ["code", "id", "number", "numero", "رمز", "رقم"],
  level: ["level", "niveau", "مستوى"],
  kind: ["kind", "resource", "fluide", "energie", "نوع"],
  name: ["name", "nom", "اسم"],
  within: ["within", "parent", "dans", "ضمن"],
  direction: ["direction", "sens", "اتجاه"],
  class: ["class", "classe", "فئة"],
  place: ["place", "address", "adresse", "lieu", "عنوان"],
  longitude: ["longitude", "lon", "الطول"],
  latitude: ["latitude", "lat", "العرض"],
  area: ["area", "zone", "feeder", "transformer", "depart", "secteur", "منطقة"],
  account: ["account", "compte", "حساب"],
  meter: ["meter", "serial", "compteur", "عداد"],
  opening: ["opening", "pose", "افتتاح"],
  closing: ["closing", "depose", "إغلاق"],
  from: ["from", "since", "depuis", "من"],
  to: ["to", "until", "jusqu", "إلى"],
} as const;
type Column = keyof typeof WORDS;
const OF: Record<Imported["of"], readonly Column[]> = {
  areas: ["code", "level", "kind", "name", "within", "meter", "direction", "from", "to"],
  points: [
    ...(["code", "kind", "class", "place", "longitude", "latitude", "area", "account", "meter"] as const),
    ...(["opening", "closing", "from", "to"] as const),
  ],
};
const NONE = "-";

/** Without accents and vowel marks, in small letters. */
const folded = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f\u064b-\u0652]/g, "")
    .normalize("NFC")
    .toLowerCase();
const wordsOf = (heading: string): string[] =>
  folded(heading)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** What a cell names: a word of the API, or what the pages call it in any language. Else the cell as it is. */
export const named = (options: readonly (keyof typeof networkTexts.catalogues.en)[], cell: string | undefined) =>
  cell === undefined
    ? undefined
    : (options.find((one) =>
        [one, ...LANGS.map((lang) => networkTexts.in(lang)(one))].some((word) => folded(word) === folded(cell)),
      ) ?? cell);

/** "Numéro de compteur" is the meter: what any number may be called counts only where nothing else is named. */
const ANY_NUMBER: readonly string[] = ["id", "number", "numero", "رقم"];
function columnNamed(words: readonly string[], of: Imported["of"]): Column | undefined {
  // With and without the Arabic article.
  const known = words.flatMap((word) => [word, word.replace(/^ال/, "")]);
  const telling = known.filter((word) => !ANY_NUMBER.includes(word));
  const naming = (some: readonly string[]) =>
    OF[of].find((one) => some.some((word) => (WORDS[one] as readonly string[]).includes(word)));
  return naming(telling) ?? naming(known);
}

/** @throws {Fault} invalid: a heading that is not known, two that are one, none for the codes */
export function columnsOf({ line, fields }: Row, of: Imported["of"]): Map<Column, number> {
  const at = new Map<Column, number>();
  for (const [i, heading] of fields.entries()) {
    const column = columnNamed(wordsOf(heading), of);
    if (!column) refuseLine(line, `headings: ${quoted(heading)} is not known. Known are ${OF[of].join(", ")}.`);
    if (at.has(column)) refuseLine(line, `headings: two columns are the ${column}.`);
    at.set(column, i);
  }
  if (!at.has("code")) refuseLine(line, `headings: no column is the code. Known are ${OF[of].join(", ")}.`);
  return at;
}

/** A line as it was read: codes as they are kept, everything else still as text. */
export interface Line {
  line: number;
  code: string;
  /** Undefined: since ever. */
  from?: string;
  to?: string;
  text: (column: Column) => string | undefined;
}

/** Reads lines in the order in which they are to be told: of each code the earliest first. Mistakes are noted. */
export function linesOf(rows: readonly Row[], at: Map<Column, number>, zone: string, mistakes: Mistakes): Line[] {
  const lines = rows.flatMap(({ line, fields }): Line[] => {
    const text = (column: Column): string | undefined => {
      const place = at.get(column);
      // An apostrophe before a sign is how a formula is made text.
      const found = place === undefined ? "" : (fields[place] ?? "").trim().replace(/^'(?=[-=+@])/, "");
      return found === "" ? undefined : found;
    };
    const time = (column: "from" | "to"): { [name in typeof column]?: string } => {
      const given = text(column);
      if (given === undefined) return {};
      const found = instantOf(given, zone);
      if (!found) mistakes.at(line, `${column}: ${quoted(given)} is neither a day such as 2026-11-23 nor an instant.`);
      return found ? { [column]: found } : {};
    };
    if (fields.length > at.size) {
      mistakes.at(line, `It has ${fields.length} fields, and the headings are ${at.size}.`);
      return [];
    }
    const code = Code.safeParse(text("code") ?? "");
    if (!code.success) mistakes.at(line, `code: ${Code.safeParse("").error?.issues[0]?.message ?? ""}.`);
    return code.success ? [{ line, code: code.data, ...time("from"), ...time("to"), text }] : [];
  });
  const order = ({ from = "" }: Line) => from;
  return lines.sort((a, b) =>
    a.code < b.code ? -1 : a.code > b.code ? 1 : order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a.line - b.line,
  );
}

const LOCAL = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}$/;

/** A day of the city, a time of a day by its clocks, or an instant with its offset. */
export function instantOf(text: string, zone: string): string | undefined {
  const since = (at: string): string | undefined => Since.safeParse(at).data;
  if (z.iso.date().safeParse(text).success) return since(dayRange(text, zone).from.toISOString());
  if (LOCAL.test(text)) {
    const [day = "", time = ""] = text.split(/[ T]/);
    if (!z.iso.date().safeParse(day).success || !z.iso.time().safeParse(time).success) return undefined;
    const at = Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(zone);
    return since(new Date(at.epochMilliseconds).toISOString());
  }
  return since(text);
}

/** Whether a cell says that there is none any more. */
export const isNone = (cell: string | undefined): boolean => cell === NONE;

const decimal = (text: string | undefined): number | undefined =>
  text === undefined
    ? undefined
    : Number(/^-?[0-9]{1,3}([.,][0-9]{1,9})?$/.test(text) ? text.replace(",", ".") : Number.NaN);

/** What an area's line says of the area itself; undefined where it names no level. @throws {Fault} invalid */
export const areaFacts = ({ text }: Line): NewArea | undefined =>
  text("level") === undefined
    ? undefined
    : parsed(NewArea, {
        level: named(LEVELS, text("level")),
        kind: named(Kind.options, text("kind")),
        name: text("name"),
      });

/** What a point's line says of the point itself; undefined where it names no kind. @throws {Fault} invalid */
export const pointFacts = ({ text }: Line): NewPoint | undefined =>
  text("kind") === undefined
    ? undefined
    : parsed(NewPoint, {
        kind: named(Kind.options, text("kind")),
        customerClass: named(CLASSES, text("class")),
        place: text("place"),
        longitude: decimal(text("longitude")),
        latitude: decimal(text("latitude")),
      });

/** @throws {Fault} invalid */
export const registerOf = (cell: string | undefined): string | undefined =>
  cell === undefined ? undefined : parsed(Register, cell.replace(",", "."));

/** A refusal in one sentence, for a line. */
export const sayBy = (error: unknown): string => {
  if (!(error instanceof Fault) || !["invalid", "conflict"].includes(error.kind)) throw error;
  const [first] = error.members.errors ?? [];
  return first ? `${first.pointer.replace(/^#\/?/, "")}: ${first.detail}` : error.message;
};
