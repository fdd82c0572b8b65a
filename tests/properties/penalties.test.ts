import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  actionsFor,
  amountOf,
  type Case,
  type Charged,
  capOf,
  dueOnOf,
  type Move,
  openMinorOf,
  principalOpenOn,
  remittedOf,
  stepsOf,
} from "../../functions/penalties/domain.ts";
import { PenaltyRule } from "../../functions/penalties/schema.ts";
import { dayPlus } from "../../shared/time.ts";

const ISSUED_ON = "2030-01-31";
const days = fc.integer({ min: 0, max: 60 });
const share = fc.integer({ min: 1, max: 10_000 });
const minimumMinor = fc.integer({ min: 0, max: 500 });
const charge = fc.oneof(
  fc.record({ type: fc.constant("fixed"), amountMinor: fc.integer({ min: 1, max: 5_000 }) }),
  fc.record({ type: fc.constant("once"), basisPoints: share, minimumMinor }),
  fc.record({ type: fc.constant("monthly"), basisPoints: share, minimumMinor }),
);
const rule = fc
  .record({
    dueAfterDays: days,
    graceDays: days,
    charge,
    capBasisPoints: fc.integer({ min: 1, max: 20_000 }),
    toMinor: fc.constantFrom(1, 5, 50),
  })
  .map((fields) =>
    PenaltyRule.parse({
      ...fields,
      ...{ id: "pru_01JD8Q6Z3W8M6W1YB1M0Q4S7XK", kinds: ["waste"], fromOn: "2030-01-01", currency: "EUR" },
      ...{ state: "approved", proposedBy: "a", proposedAt: "2030-01-01T00:00:00Z" },
    }),
  );
const total = fc.integer({ min: 1, max: 10 ** 9 });
/** Payments as shares of the bill, and so many days after its issue. */
const payments = fc.array(fc.tuple(fc.double({ min: 0, max: 0.7, noNaN: true }), fc.integer({ min: 0, max: 300 })), {
  maxLength: 4,
});
const today = fc.integer({ min: 0, max: 400 }).map((n) => dayPlus(ISSUED_ON, n));

function caseOf(totalMinor: number, paid: readonly (readonly [number, number])[]): Case {
  let left = totalMinor;
  const moves = paid.map(([part, after], i): Move => {
    const amountMinor = Math.min(left, Math.floor(totalMinor * part));
    left -= amountMinor;
    const on = dayPlus(ISSUED_ON, after);
    return { id: `paid:${i}`, amountMinor, at: `${on}T12:00:00.000Z`, on };
  });
  return { kind: "waste", currency: "EUR", issuedOn: ISSUED_ON, totalMinor, moves, holds: [] };
}
const sumOf = (amounts: readonly { amountMinor: number }[]) => amounts.reduce((sum, one) => sum + one.amountMinor, 0);
/** The case after these were charged and taken back. */
const withMoves = (one: Case, ...more: [string, number][]): Case => ({
  ...one,
  moves: [
    ...one.moves,
    ...more.map(([id, amountMinor]): Move => ({ id, amountMinor, at: "", on: ISSUED_ON, relief: "credit" })),
  ],
});

describe("penalties by rule", () => {
  test("all together are at most the cap, none is below zero, and each but for a sum, a minimum or the cap is rounded", () => {
    fc.assert(
      fc.property(rule, total, payments, today, (by, totalMinor, paid, on) => {
        const one = caseOf(totalMinor, paid);
        const steps = stepsOf(by, one, on);
        expect(sumOf(steps)).toBeLessThanOrEqual(capOf(by, one, on));
        for (const { amountMinor, baseMinor, on: day } of steps) {
          expect(amountMinor).toBeGreaterThanOrEqual(0);
          expect(amountMinor).toBeLessThanOrEqual(amountOf(by, baseMinor));
          if (baseMinor === 0) expect(amountMinor).toBe(0);
          expect(day <= on && day > dayPlus(dueOnOf(by, ISSUED_ON), by.graceDays)).toBe(true);
        }
        if (by.charge?.type !== "monthly") expect(steps.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  // Guards against a float, and against rounding twice.
  test("a share is exact, and rounded half up once", () => {
    fc.assert(
      fc.property(share, fc.constantFrom(1, 5, 50), fc.integer({ min: 1, max: 10 ** 12 }), (part, toMinor, base) => {
        const by = { charge: { type: "once" as const, basisPoints: part, minimumMinor: 0 }, toMinor };
        const amount = BigInt(amountOf(by, base));
        const [exact, unit] = [BigInt(base) * BigInt(part), 10_000n * BigInt(toMinor)];
        expect(amount % BigInt(toMinor)).toBe(0n);
        const miss = amount * 10_000n - exact;
        expect(2n * miss <= unit && 2n * miss > -unit).toBe(true);
      }),
    );
  });

  test("whoever paid in time pays none, and who pays sooner never pays more", () => {
    fc.assert(
      fc.property(
        rule,
        total,
        payments,
        today,
        fc.integer({ min: 0, max: 300 }),
        (by, totalMinor, paid, on, sooner) => {
          const inTime = caseOf(totalMinor, [[1, by.dueAfterDays + by.graceDays]]);
          expect(sumOf(stepsOf(by, inTime, on))).toBe(0);
          const earlier = paid.map(([part, after]) => [part, Math.max(0, after - sooner)] as const);
          const [late, early] = [caseOf(totalMinor, paid), caseOf(totalMinor, earlier)];
          expect(sumOf(stepsOf(by, early, on))).toBeLessThanOrEqual(sumOf(stepsOf(by, late, on)));
        },
      ),
    );
  });

  // Guards against a penalty that is charged, taken back and charged again, day after day.
  test("what was done leaves nothing to do, also when money is heard late; the rest is what the rule wants", () => {
    fc.assert(
      fc.property(rule, total, payments, fc.nat({ max: 4 }), today, (by, totalMinor, paid, heardFirst, on) => {
        let one = caseOf(totalMinor, paid.slice(0, heardFirst));
        let charged: Charged[] = [];
        const act = (day: string) => {
          for (const action of actionsFor(by, one, charged, day))
            if (action.do === "charge") {
              const { step, amountMinor } = action;
              charged = [...charged, { step, amountMinor, takenBackMinor: 0, takenBackTimes: 0 }];
              one = withMoves(one, [`penalty:${step}`, -amountMinor]);
            } else {
              charged = charged.map((each) =>
                each.step === action.step
                  ? {
                      ...each,
                      takenBackMinor: each.takenBackMinor + action.amountMinor,
                      takenBackTimes: each.takenBackTimes + 1,
                    }
                  : each,
              );
              one = withMoves(one, [`remission:${action.id}`, action.amountMinor]);
            }
        };
        // Each month somebody looks; then all that was paid in time or late is heard at once.
        for (let day = ISSUED_ON; day < on; day = dayPlus(day, 25)) act(day);
        act(on);
        expect(actionsFor(by, one, charged, on)).toEqual([]);
        one = { ...one, moves: [...one.moves, ...caseOf(totalMinor, paid).moves.slice(heardFirst)] };
        act(on);
        expect(actionsFor(by, one, charged, on)).toEqual([]);
        const net = charged.reduce((sum, each) => sum + each.amountMinor - each.takenBackMinor, 0);
        const wanted = sumOf(stepsOf(by, one, on));
        if (heardFirst >= paid.length) expect(net).toBe(wanted);
        // What the cap left no room for, and a payment heard late makes room for, may be too old to be charged.
        else expect(net).toBeLessThanOrEqual(wanted);
        expect(openMinorOf(one)).toBe(principalOpenOn(one, "2999-01-01") + net);
      }),
    );
  });

  test("a credit note takes its share of penalties with it from the beginning, a write-off from its day", () => {
    fc.assert(
      fc.property(rule, total, today, (by, totalMinor, on) => {
        const credit: Move = { id: "relief:1", amountMinor: totalMinor, at: "", on, relief: "credit" };
        const one = caseOf(totalMinor, []);
        expect(sumOf(stepsOf(by, { ...one, moves: [credit] }, on))).toBe(0);
        const written = stepsOf(by, { ...one, moves: [{ ...credit, relief: "write_off" }] }, on);
        const plain = stepsOf(by, one, on).filter((step) => step.on <= on);
        expect(written.map(({ baseMinor }) => baseMinor)).toEqual(plain.map(({ baseMinor }) => baseMinor));
      }),
    );
  });

  test("an amnesty takes back no more than there is, and all of it where it says so", () => {
    fc.assert(
      fc.property(share, total, (remitBasisPoints, penaltyMinor) => {
        const back = remittedOf({ remitBasisPoints, currency: "EUR" }, penaltyMinor);
        expect(back).toBeLessThanOrEqual(penaltyMinor);
        expect(Math.abs(back - (penaltyMinor * remitBasisPoints) / 10_000)).toBeLessThanOrEqual(0.5001);
        expect(remittedOf({ remitBasisPoints: 10_000, currency: "TND" }, penaltyMinor)).toBe(penaltyMinor);
      }),
    );
  });
});
