import { extentOf } from "../card/card.ts";
import { FREQUENCIES } from "../card/schema.ts";
import type { Dataset } from "../schema.ts";

/** One reason of a score: how many points of how many. `value` is what its sentence names. */
export interface Reason {
  about: "description" | "contact" | "subject" | "language" | "extent" | "columns" | "types" | "filled" | "fresh";
  points: number;
  most: number;
  value: number;
}
export interface Quality {
  /** From 0 to 100: the sum of the points. */
  score: number;
  reasons: Reason[];
}

const DAY_MS = 24 * 3600 * 1000;
/** A dataset that nobody promised to renew has half of the points for freshness. */
const UNPROMISED = 0.5;

/**
 * How good a dataset's latest version is for who wants to use it: points for what its card says, for what is said of its
 * columns, for what its cells hold, and for its age against what was promised. The README has the whole formula.
 */
export function qualityOf(dataset: Pick<Dataset, "card" | "latest">, now: Date): Quality {
  const { card, latest } = dataset;
  const { box, from, to } = extentOf(dataset);
  const { columns, rows } = latest;
  const described = columns.filter(({ title, description }) => title || description).length / columns.length;
  const typed = columns.filter(({ type }) => type !== "text").length / columns.length;
  const filled = latest.empty === undefined ? 0 : 1 - latest.empty / Math.max(1, rows * columns.length);
  const ageDays = Math.max(0, (now.getTime() - Date.parse(latest.publishedAt)) / DAY_MS);
  const reason = (about: Reason["about"], most: number, share: number, value: number): Reason => ({
    about,
    points: Math.round(most * Math.min(1, Math.max(0, share))),
    most,
    value,
  });
  const percent = (share: number) => Math.floor(share * 100);
  const yes = (is: unknown) => (is ? 1 : 0);
  const reasons = [
    reason("description", 10, yes(card.description), yes(card.description)),
    reason("contact", 10, yes(card.email || card.telephone), yes(card.email || card.telephone)),
    reason("subject", 5, yes(card.theme || card.keywords?.length), yes(card.theme || card.keywords?.length)),
    reason("language", 5, yes(card.languages), yes(card.languages)),
    reason("extent", 10, (yes(box) + yes(from ?? to)) / 2, yes(box) + yes(from ?? to)),
    reason("columns", 20, described, percent(described)),
    // Half of the columns as texts is what an ordinary table has.
    reason("types", 10, typed * 2, percent(typed)),
    reason("filled", 10, filled, percent(1 - filled)),
    reason("fresh", 20, freshness(card.frequency, ageDays), Math.floor(ageDays)),
  ];
  return { score: reasons.reduce((sum, { points }) => sum + points, 0), reasons };
}

/** Whole while it is due, none when it is overdue three times, in between in proportion. */
function freshness(frequency: Dataset["card"]["frequency"], ageDays: number): number {
  if (frequency === "NEVER") return 1;
  const due = frequency && FREQUENCIES[frequency];
  if (due === undefined) return UNPROMISED;
  return 1 - (ageDays - due) / (2 * due);
}
