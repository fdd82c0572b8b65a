import fc from "fast-check";
import { expect, test } from "vitest";
import { changeOf, enters, moved, openMinorOf, plus, shareOf } from "../../functions/collection/domain.ts";
import { STAGES, type Tracked, type Yield } from "../../functions/collection/schema.ts";
import { newId } from "../../shared/ids.ts";

const START = Date.parse("2026-01-31T22:30:00Z");
const HOUR = 3_600_000;
const CAMPAIGNS = STAGES.map(() => newId("cmp", new Date(START)));
const ZONE = "Africa/Lagos";

type Step =
  | { what: "paid"; id: number; amountMinor: number; hour: number }
  | { what: "back"; of: number; amountMinor: number; hour: number }
  | { what: "relieved"; id: number; isCredit: boolean; amountMinor: number; hour: number }
  | { what: "reminded"; stage: number; hour: number };

const hour = fc.integer({ min: 0, max: 24 * 120 });
const amountMinor = fc.integer({ min: 1, max: 900 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant("paid" as const), id: fc.integer({ min: 0, max: 5 }), amountMinor, hour }),
  fc.record({ what: fc.constant("back" as const), of: fc.integer({ min: 0, max: 5 }), amountMinor, hour }),
  fc.record({
    ...{ what: fc.constant("relieved" as const), id: fc.integer({ min: 0, max: 2 }), isCredit: fc.boolean() },
    ...{ amountMinor, hour },
  }),
  fc.record({ what: fc.constant("reminded" as const), stage: fc.integer({ min: 0, max: 3 }), hour }),
);
const iso = (h: number) => new Date(START + h * HOUR).toISOString();

const bill: Tracked = {
  billId: newId("bill", new Date(START)),
  accountId: "acc",
  kind: "water",
  district: "North",
  currency: "EUR",
  totalMinor: 1_000,
  issuedAt: iso(0),
  issuedOn: "2026-01-31",
  moves: [],
  entered: [],
};
const applied = (to: Tracked, one: Step): Tracked =>
  one.what === "paid"
    ? moved(to, { id: `paid:${one.id}`, amountMinor: one.amountMinor, at: iso(one.hour) })
    : one.what === "back"
      ? moved(to, { id: `undone:${one.of}`, amountMinor: -one.amountMinor, at: iso(one.hour), paymentId: `${one.of}` })
      : one.what === "relieved"
        ? moved(to, {
            ...{ id: `relief:${one.id}`, amountMinor: one.amountMinor, at: iso(one.hour) },
            relief: one.isCredit ? "credit" : "write_off",
          })
        : enters(to, { stage: STAGES[one.stage]!, campaignId: CAMPAIGNS[one.stage]!, at: iso(one.hour) });

/** One of each id, as the world knows them; a fact never changes. */
const facts = (steps: readonly Step[]): Step[] => [
  ...new Map(
    steps.map((one) => [
      `${one.what} ${one.what === "back" ? one.of : one.what === "reminded" ? one.stage : one.id}`,
      one,
    ]),
  ).values(),
];

// A model that shares no code: plain loops over the facts.
function naive(steps: readonly Step[]) {
  let paid = 0;
  const months: Record<string, number> = {};
  for (const one of steps) {
    if (one.what === "reminded") continue;
    const by = one.what === "back" ? -one.amountMinor : one.amountMinor;
    paid += by;
    if (one.what === "relieved") continue;
    // Lagos is one hour ahead of UTC all year.
    const month = new Date(START + (one.hour + 1) * HOUR).toISOString().slice(0, 7);
    months[month] = (months[month] ?? 0) + by;
  }
  const yields: Record<string, number> = {};
  for (const one of steps) {
    if (one.what !== "reminded") continue;
    let sum = 0;
    for (const payment of steps) {
      if (payment.what !== "paid" || payment.hour < one.hour || payment.hour >= one.hour + 30 * 24) continue;
      const isLatest = steps.every(
        (other) => other.what !== "reminded" || other.hour > payment.hour || other.hour <= one.hour,
      );
      if (!isLatest) continue;
      sum += payment.amountMinor;
      for (const back of steps) if (back.what === "back" && back.of === payment.id) sum -= back.amountMinor;
    }
    yields[CAMPAIGNS[one.stage]!] = Math.max(0, sum);
  }
  const relieved = (isCredit: boolean) =>
    steps.reduce((sum, one) => (one.what === "relieved" && one.isCredit === isCredit ? sum + one.amountMinor : sum), 0);
  const [billedMinor, writtenOffMinor] = [1_000 - relieved(true), relieved(false)];
  return { openMinor: Math.max(0, 1_000 - paid), billedMinor, writtenOffMinor, months, yields };
}

// Guards against figures that drift when events come twice, late or in another order.
test("running figures of a bill are those of the facts, in any order and however often they are told", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 14 }).map(facts),
      fc.infiniteStream(fc.nat()),
      fc.nat({ max: 10 }),
      (once, chance, again) => {
        // Two reminders at one instant have no latest one.
        const hours = once.filter(({ what }) => what === "reminded").map((one) => one.hour);
        fc.pre(new Set(hours).size === hours.length);
        const next = () => chance.next().value as number;
        const told = [...once, ...once.slice(0, again)]
          .map((one) => ({ one, key: next() }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        let state = bill;
        let cohort = shareOf(bill, ZONE).cohort;
        const months: Record<string, number> = {};
        const yields: Record<string, Yield> = {};
        for (const one of told) {
          const after = applied(state, one);
          const change = changeOf(state, after, ZONE);
          cohort = plus(cohort, change.cohort);
          for (const [month, by] of change.collected) months[month] = (months[month] ?? 0) + by;
          for (const [id, by] of change.yields) yields[id] = yields[id] ? plus(yields[id], by) : by;
          state = after;
        }
        const model = naive(once);
        expect(openMinorOf(state)).toBe(model.openMinor);
        expect(cohort).toEqual({
          bills: 1,
          billedMinor: model.billedMinor,
          writtenOffMinor: model.writtenOffMinor,
          openBills: model.openMinor > 0 ? 1 : 0,
          openMinor: model.openMinor,
        });
        const some = (all: Record<string, number>) =>
          Object.fromEntries(Object.entries(all).filter(([, n]) => n !== 0));
        expect(some(months)).toEqual(some(model.months));
        expect(Object.fromEntries(Object.entries(yields).map(([id, one]) => [id, one.paidMinor]))).toEqual(
          model.yields,
        );
      },
    ),
    { numRuns: 500 },
  );
});
