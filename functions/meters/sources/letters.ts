import { cityMoment } from "../../../shared/dates.ts";
import { findApiKey } from "../../../shared/identity/api-keys.ts";
import { staffNames } from "../../../shared/identity/persons.ts";
import type { Table } from "../../../shared/table.ts";
import type { Gap, MissingIntervals } from "./schema.ts";
import type { Shown } from "./shown.tsx";

// A key or a person that delivers is no source that the house can ask by itself: staff get a text to send on.

const LINES_MAX = 20;

const isKey = (senderId: string): boolean => senderId.startsWith("key_");

/** How pages for staff name who delivers: staff by their first contact, a key by its name; who is gone by the id. */
export async function senderNames(table: Table, ids: readonly string[]): Promise<(id: string) => string> {
  const [staff, keys] = await Promise.all([
    staffNames(table, ids),
    Promise.all([...new Set(ids)].filter(isKey).map((id) => findApiKey(table, id))),
  ]);
  const names = new Map(keys.flatMap((key) => (key ? [[key.id, key.name] as const] : [])));
  return (id) => names.get(id) ?? staff(id);
}

/** What is to be told to whoever sends: what is missing, and where it is listed or taken in. */
export interface Letter {
  text: string;
  /** The first of what is missing, the same in every language. */
  lines: string[];
  mailto: string;
}

/** @param origin  of the city's address; undefined: it is not known who sends */
export function letterOf(
  s: Shown,
  gap: Gap,
  name: string,
  missing: readonly MissingIntervals[],
  origin: string,
): Letter | undefined {
  const { sourceId, state, from, to = from } = gap;
  if (state === "closed" || (!isKey(sourceId) && !sourceId.startsWith("per_"))) return undefined;
  const range = { from: cityMoment(from, s), to: cityMoment(to, s) };
  const at = (path: string) => `${origin}${s.here.url(path)}`;
  const text = isKey(sourceId)
    ? s.t("letterToKey", { ...range, name, address: at("/v1/readings/missing") })
    : s.t("letterToPerson", { ...range, address: at("/staff/meters/uploads") });
  const lines = missing.slice(0, LINES_MAX).map((one) => `${one.serial}  ${one.from} / ${one.to}  ${one.intervalS} s`);
  const body = encodeURIComponent([text, "", ...lines].join("\r\n"));
  const subject = encodeURIComponent(s.t("letterSubject"));
  return {
    text,
    lines,
    mailto: `mailto:${name.includes("@") ? encodeURIComponent(name) : ""}?subject=${subject}&body=${body}`,
  };
}
