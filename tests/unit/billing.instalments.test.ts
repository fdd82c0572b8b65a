import fc from "fast-check";
import { expect, test } from "vitest";
import { parted, standing } from "../../functions/billing/instalments.ts";
import type { Plan } from "../../functions/billing/schema.ts";

const planOf = (dueMinor: number, parts: Plan["parts"]): Plan => ({
  billId: "bill_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  dueMinor,
  penaltyMinor: 0,
  currency: "XOF",
  parts,
  agreedBy: "x",
  agreedAt: "2026-11-01T00:00:00.000Z",
});

test("parts fall on the same day of each month, or on its last; what does not divide is in the first ones", () => {
  const asks = { count: 3, firstOn: "2027-12-31" };
  expect(parted(1_000, "EUR", asks)).toEqual([
    { dueOn: "2027-12-31", amountMinor: 334 },
    { dueOn: "2028-01-31", amountMinor: 333 },
    { dueOn: "2028-02-29", amountMinor: 333 },
  ]);
  expect(parted(1_000, "XOF", asks).map(({ amountMinor }) => amountMinor)).toEqual([335, 335, 330]);
  // Seven millimes that nobody can pay alone.
  expect(parted(8_847, "TND", asks).map(({ amountMinor }) => amountMinor)).toEqual([2_950, 2_950, 2_947]);
  expect(() => parted(2, "EUR", asks)).toThrow("smallest coin");
  expect(() => parted(29, "TND", asks)).toThrow("smallest coin");
});

// Guards against a plan by which somebody pays more, or less, than is due.
test("whatever is split and paid, the parts add up to what is due, the oldest is paid first, and what is left is left", () => {
  const given = fc.tuple(
    fc.integer({ min: 24 * 5, max: 10 ** 12 }),
    fc.integer({ min: 2, max: 24 }),
    fc.double({ min: 0, max: 1.2, noNaN: true }),
  );
  fc.assert(
    fc.property(given, fc.integer({ min: 0, max: 30 }), ([dueMinor, count, share], months) => {
      const parts = parted(dueMinor, "XOF", { count, firstOn: "2026-12-15" });
      expect(parts.reduce((sum, part) => sum + part.amountMinor, 0)).toBe(dueMinor);
      const left = dueMinor - Math.floor(dueMinor * share);
      const today = `${2026 + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}-20`;
      const now = standing(planOf(dueMinor, parts), { dueMinor: left }, today);
      // A penalty that comes later is due besides: it makes no part late.
      const later = { dueMinor: Math.max(0, left) + 500, penaltyMinor: 500 };
      expect(standing(planOf(dueMinor, parts), later, today)).toEqual(now);
      expect(now.parts.reduce((sum, part) => sum + part.leftMinor, 0)).toBe(Math.max(0, left));
      const firstOpen = now.parts.findIndex(({ leftMinor }) => leftMinor > 0);
      if (firstOpen >= 0)
        for (const part of now.parts.slice(firstOpen + 1)) expect(part.leftMinor).toBe(part.amountMinor);
      expect(now.lateMinor).toBe(
        now.parts.filter(({ dueOn }) => dueOn < today).reduce((sum, { leftMinor }) => sum + leftMinor, 0),
      );
      expect(now.next?.amountMinor).toBe(now.parts[firstOpen]?.leftMinor);
    }),
  );
});
