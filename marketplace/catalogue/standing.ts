import type { Listing } from "../contract/index-file.ts";
import { publisherOf } from "../contract/manifest.ts";
import type { Use } from "../contract/use.ts";

// How modules are ordered, by a formula that anyone can work out from what is public: no stars, no paid places. Who
// publishes, and what it costs, is not among what goes in. More of what is good never lowers a module's points, and
// more of what is bad never raises them.

/** What is known of a module in public. */
export interface Standing {
  /** What the check found of the latest version. */
  verdict?: "pass" | "warn" | "fail" | undefined;
  /** In which languages all that people read is there. */
  languages: readonly string[];
  /** When the latest version was published. */
  publishedAt: string;
  /** What cities that agreed to be named said last. */
  uses: readonly Use[];
  /** Warnings of the latest version that stand, and those that a later version mended. */
  warnings: { open: number; mended: number };
}

/** So much for one, and at most. */
export const POINTS = {
  proof: { pass: 20, warn: 15 },
  city: { each: 8, most: 40 },
  month: { each: 1, most: 12 },
  language: { each: 4, of: ["en", "fr", "ar"] },
  fresh: { months: 12 },
  mended: { each: 2, most: 6 },
  suspension: { each: -2, most: -10 },
  refused: { eachPercent: -1, most: -10 },
  removal: { each: -3, most: -15 },
  warning: { each: -5, most: -15 },
} as const;

export const TERMS = [
  ...(["proof", "city", "month", "language", "fresh", "mended"] as const),
  ...(["suspension", "refused", "removal", "warning"] as const),
] as const;
export type Term = (typeof TERMS)[number];
export interface Rank {
  points: number;
  terms: Record<Term, number>;
}

const MONTH_MS = 30 * 86_400_000;
const months = (from: string, to: Date): number =>
  Math.max(0, Math.floor((to.getTime() - Date.parse(from)) / MONTH_MS));
const upTo = (count: number, { each, most }: { each: number; most: number }): number =>
  each > 0 ? Math.min(count * each, most) : Math.max(count * each, most);
// 0 is 0: a minus before it would be read by nobody.
const whole = (value: number): number => Math.trunc(value) + 0;

export const isRunning = ({ state }: Use): boolean => state === "active";

export function rankOf(standing: Standing, now: Date): Rank {
  const { verdict, languages, publishedAt, uses, warnings } = standing;
  const running = uses.filter(isRunning);
  const longest = Math.max(0, ...running.map(({ since }) => months(since, now)));
  const sum = (of: (use: Use) => number) => uses.reduce((total, use) => total + of(use), 0);
  const [runs, refused] = [sum((use) => use.runs), sum((use) => use.refused)];
  const percent = runs === 0 ? 0 : Math.ceil((refused * 100) / runs);
  const terms: Record<Term, number> = {
    proof: verdict === "pass" || verdict === "warn" ? POINTS.proof[verdict] : 0,
    city: upTo(running.length, POINTS.city),
    month: upTo(longest, POINTS.month),
    language: POINTS.language.of.filter((lang) => languages.includes(lang)).length * POINTS.language.each,
    fresh: Math.max(0, POINTS.fresh.months - months(publishedAt, now)),
    mended: upTo(warnings.mended, POINTS.mended),
    suspension: upTo(
      sum((use) => use.suspensions),
      POINTS.suspension,
    ),
    refused: upTo(percent, { each: POINTS.refused.eachPercent, most: POINTS.refused.most }),
    removal: upTo(uses.filter(({ state }) => state === "removed").length, POINTS.removal),
    warning: upTo(warnings.open, POINTS.warning),
  };
  for (const term of TERMS) terms[term] = whole(terms[term]);
  return { points: TERMS.reduce((total, term) => total + terms[term], 0), terms };
}

/** Most points first; of equal ones by name, so that the order is the same for everybody. */
export const inOrder = <M extends { name: string; rank: Rank }>(modules: readonly M[]): M[] =>
  [...modules].sort((a, b) => b.rank.points - a.rank.points || (a.name < b.name ? -1 : 1));

interface Warned {
  by: string;
  module: string;
  digests: readonly string[];
  fixedIn?: string | undefined;
  isWithdrawn: boolean;
}

/**
 * What is public of one module, put together. Of warnings only its publisher's and the house's are among it: whoever
 * signs up as a reviewer could else put rivals further down.
 *
 * @param house  the party that speaks for the house
 */
export function standingOf(
  { name, latest }: { name: string; latest: Listing },
  uses: readonly Use[],
  advisories: readonly Warned[],
  house: string | undefined,
): Standing {
  const speaks = [publisherOf(name), house];
  const own = advisories.filter(
    ({ by, module, isWithdrawn }) => module === name && !isWithdrawn && speaks.includes(by),
  );
  return {
    verdict: latest.check?.verdict,
    languages: latest.languages,
    publishedAt: latest.publishedAt,
    uses: uses.filter(({ module }) => module === name),
    warnings: {
      open: own.filter(({ digests }) => digests.includes(latest.digest)).length,
      mended: own.filter(({ digests, fixedIn }) => fixedIn !== undefined && !digests.includes(latest.digest)).length,
    },
  };
}
