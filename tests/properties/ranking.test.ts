import fc from "fast-check";
import { expect, test } from "vitest";
import {
  inOrder,
  POINTS,
  type Rank,
  rankOf,
  type Standing,
  standingOf,
  TERMS,
} from "../../marketplace/catalogue/standing.ts";
import type { Listing } from "../../marketplace/contract/index-file.ts";
import type { Use } from "../../marketplace/contract/use.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const day = fc.integer({ min: 0, max: 900 }).map((days) => new Date(NOW.getTime() - days * 86_400_000).toISOString());
const use: fc.Arbitrary<Use> = fc
  .record({
    state: fc.constantFrom("active" as const, "suspended" as const, "removed" as const),
    since: day,
    suspensions: fc.nat(20),
    runs: fc.nat(1_000),
    share: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ share, ...one }) => ({
    ...one,
    ...{ contract: 1, by: "city", module: "a/b", version: "1.0.0", digest: `sha256:${"0".repeat(64)}` },
    ...{ refused: Math.floor((one.runs * share) / 100), signedAt: NOW.toISOString(), isWithdrawn: false },
  }));
const standing: fc.Arbitrary<Standing> = fc.record({
  verdict: fc.constantFrom("pass" as const, "warn" as const, "fail" as const, undefined),
  languages: fc.subarray(["en", "fr", "ar", "wo"]),
  publishedAt: day,
  uses: fc.array(use, { maxLength: 8 }),
  warnings: fc.record({ open: fc.nat(5), mended: fc.nat(5) }),
});
const points = (of: Standing) => rankOf(of, NOW).points;
const holds = (...args: Parameters<typeof fc.property<[Standing]>>) =>
  fc.assert(fc.property(...args), { numRuns: 200 });

test("the same public facts give the same points, which are the sum of their terms, whole and bounded", () => {
  holds(standing, (of) => {
    const rank = rankOf(of, NOW);
    expect(rankOf(structuredClone(of), NOW)).toEqual(rank);
    expect(rankOf({ ...of, uses: of.uses.toReversed(), languages: of.languages.toReversed() }, NOW)).toEqual(rank);
    expect(rank.points).toBe(TERMS.reduce((sum, term) => sum + rank.terms[term], 0));
    for (const term of TERMS) expect(Number.isInteger(rank.terms[term])).toBe(true);
    expect(rank.terms.city).toBeLessThanOrEqual(POINTS.city.most);
    expect(rank.terms.removal).toBeGreaterThanOrEqual(POINTS.removal.most);
  });
});

// Guards against a formula that can be gamed by doing less, or punishes what is good.
test("more of what is good never lowers the points, more of what is bad never raises them", () => {
  fc.assert(
    fc.property(standing, use, day, (of, more, when) => {
      const good: Use = { ...more, state: "active", suspensions: 0, refused: 0 };
      expect(points({ ...of, uses: [...of.uses, good] })).toBeGreaterThanOrEqual(points(of));
      expect(points({ ...of, languages: [...of.languages, "en", "fr", "ar"] })).toBeGreaterThanOrEqual(points(of));
      expect(points({ ...of, verdict: "pass" })).toBeGreaterThanOrEqual(points(of));
      const later = [when, of.publishedAt].sort()[1]!;
      expect(points({ ...of, publishedAt: later })).toBeGreaterThanOrEqual(points(of));
      const { open, mended } = of.warnings;
      expect(points({ ...of, warnings: { open, mended: mended + 1 } })).toBeGreaterThanOrEqual(points(of));
      expect(points({ ...of, warnings: { open: open + 1, mended } })).toBeLessThanOrEqual(points(of));
      const [first, ...rest] = of.uses;
      if (!first) return;
      const but = (change: Partial<Use>) => points({ ...of, uses: [{ ...first, ...change }, ...rest] });
      expect(but({ suspensions: first.suspensions + 1 })).toBeLessThanOrEqual(points(of));
      expect(but({ refused: first.runs })).toBeLessThanOrEqual(points(of));
      expect(but({ state: "removed" })).toBeLessThanOrEqual(points(of));
      expect(but({ state: "active" })).toBeGreaterThanOrEqual(points(of));
    }),
    { numRuns: 200 },
  );
});

// Guards against a place that is paid for: who publishes, and what else a listing says, is not asked.
test("nothing but the published terms moves a module: equal ones stand by name", () => {
  holds(standing, (of) => {
    const bought = { ...of, publisher: "rich", price: 1_000_000, isSponsored: true } as Standing;
    expect(rankOf(bought, NOW)).toEqual(rankOf(of, NOW));
  });
  const rank = (points: number) => ({ points, terms: {} }) as Rank;
  const all = [
    { name: "b/b", rank: rank(3) },
    { name: "a/c", rank: rank(3) },
    { name: "z/z", rank: rank(9) },
  ];
  expect(inOrder(all).map(({ name }) => name)).toEqual(["z/z", "a/c", "b/b"]);
  expect(inOrder(all.toReversed())).toEqual(inOrder(all));
});

// Guards against a rival who signs up as a reviewer and warns.
test("only warnings of the publisher and of the house are among what is known", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const latest = { digest, languages: [], publishedAt: NOW.toISOString() } as unknown as Listing;
  const warned = (by: string) => ({ by, module: "acme/water", digests: [digest], isWithdrawn: false });
  const known = (...by: string[]) =>
    standingOf({ name: "acme/water", latest }, [], by.map(warned), "the-house").warnings.open;
  expect(known("rival", "acmes", "city")).toBe(0);
  expect(known("rival", "acme", "the-house")).toBe(2);
});
