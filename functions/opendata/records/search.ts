import { Fault } from "../../../shared/errors.ts";
import { extentOf } from "../card/card.ts";
import { folded } from "../domain.ts";
import type { Box } from "../geometry.ts";
import type { Dataset } from "../schema.ts";
import { ID_SCHEME } from "./record.ts";

/** What is asked of the catalogue; each list is of things of which one must fit. */
export interface RecordQuestion {
  q?: string | undefined;
  types?: string[] | undefined;
  ids?: string[] | undefined;
  externalIds?: string[] | undefined;
  languages?: string[] | undefined;
  bbox?: Box | undefined;
  when?: { from?: string | undefined; to?: string | undefined } | undefined;
}

/** The datasets that fit, as they came. `language` is the one in which the city writes its records. */
export function matching(datasets: readonly Dataset[], asked: RecordQuestion, language: string): Dataset[] {
  const { types, languages, ids, externalIds, bbox, when } = asked;
  if (types && !types.includes("dataset")) return [];
  if (languages && !languages.includes(language)) return [];
  const phrases = asked.q === undefined ? undefined : phrasesIn(asked.q);
  return datasets.filter(({ id, slug, card, latest }) => {
    const { box } = extentOf({ card, latest });
    const text = folded([card.title, card.description, card.source, ...(card.keywords ?? [])].join("\n"));
    return (
      (!phrases || phrases.some((phrase) => phrase.test(text))) &&
      (!ids || ids.includes(slug)) &&
      (!externalIds || externalIds.some((one) => isExternal(one, id))) &&
      // A record without a place is one of everywhere, as features without a geometry are not: it is passed over.
      (!bbox || (box !== undefined && touch(bbox, box))) &&
      (!when || within(latest.publishedAt, when))
    );
  });
}

/** Between commas one is enough; between blanks all must follow one another, as the standard has it. */
function phrasesIn(q: string): RegExp[] {
  const escaped = (word: string) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const phrases = q.split(",").map((phrase) => folded(phrase).split(/\s+/).filter(Boolean));
  return phrases.filter((words) => words.length > 0).map((words) => new RegExp(words.map(escaped).join("\\s+")));
}

/** `scheme:value`, `value`, or `scheme:` for whatever the scheme names. */
function isExternal(asked: string, id: string): boolean {
  const at = asked.indexOf(":");
  if (at < 0) return asked === id;
  return asked.slice(0, at) === ID_SCHEME && (at === asked.length - 1 || asked.slice(at + 1) === id);
}

/** Two boxes meet; one whose west is east of its east goes across the antimeridian. */
function touch(a: Box, b: Box): boolean {
  const spans = ([west, , east]: Box): [number, number][] =>
    west <= east
      ? [[west, east]]
      : [
          [west, 180],
          [-180, east],
        ];
  const isBeside = spans(a).every(([w, e]) => spans(b).every(([w2, e2]) => e < w2 || e2 < w));
  return !isBeside && a[1] <= b[3] && b[1] <= a[3];
}

/** A day without a time goes from its first to its last instant. */
const within = (at: string, { from, to }: NonNullable<RecordQuestion["when"]>): boolean =>
  (from === undefined || at >= from) && (to === undefined || at.slice(0, to.length) <= to);

const KEYS = {
  id: ({ slug }: Dataset) => slug,
  title: ({ card }: Dataset) => folded(card.title),
  updated: ({ latest }: Dataset) => latest.publishedAt,
} as const;
export const SORTABLES = Object.keys(KEYS) as (keyof typeof KEYS)[];

/** In the order of these keys, `-` before one for descending. @throws {Fault} malformed */
export function sortedBy(datasets: readonly Dataset[], sortby: readonly string[]): Dataset[] {
  const orders = sortby.map((key) => {
    const name = key.replace(/^[+ -]/, "");
    if (!Object.hasOwn(KEYS, name)) throw new Fault("malformed", `sortby is one of ${SORTABLES.join(", ")}.`);
    return { value: KEYS[name as keyof typeof KEYS], sign: key.startsWith("-") ? -1 : 1 };
  });
  return [...datasets].sort((a, b) => {
    for (const { value, sign } of orders) {
      const [x, y] = [value(a), value(b)];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  });
}
