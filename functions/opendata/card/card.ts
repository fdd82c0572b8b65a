import { invalid } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import type { Box } from "../geometry.ts";
import type { Dataset } from "../schema.ts";
import { Card } from "./schema.ts";

const LISTS = ["languages", "keywords"] as const;

/** The fields of a form as a card. @throws {Fault} invalid, with the field */
export function cardIn(fields: Record<string, unknown>): Card {
  const given: Record<string, unknown> = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  const listed = (text: unknown): string[] =>
    String(text)
      .split(/[,،;]/u)
      .map((part) => part.trim())
      .filter(Boolean);
  for (const name of LISTS) if (given[name] !== undefined) given[name] = listed(given[name]);
  if (given["area"] !== undefined) given["area"] = listed(given["area"]).map(Number);
  return demandExtents(parsed(Card, given));
}

/** @throws {Fault} invalid: it ends before it begins, or what is south lies north of what is north */
export function demandExtents(card: Card): Card {
  const { from, to, area } = card;
  if (from !== undefined && to !== undefined && to < from) throw invalid("#/to", "It ends before it begins.");
  if (area && area[1] > area[3]) throw invalid("#/area", "West, south, east, north: south lies above north.");
  return card;
}

/** Where and when a dataset's latest version is about: what its card says, else what its rows say. */
export function extentOf({ card, latest }: Pick<Dataset, "card" | "latest">): {
  box: Box | undefined;
  from: string | undefined;
  to: string | undefined;
} {
  return {
    box: card.area ?? latest.bbox,
    from: card.from ?? latest.period?.[0],
    to: card.to ?? latest.period?.[1],
  };
}
