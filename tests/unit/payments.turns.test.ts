import { describe, expect, test } from "vitest";
import { ENDED_MAX, goesOn, mayStillAsk, nextIn, type Paying, payableUntil } from "../../functions/payments/domain.ts";
import type { KeptPayment } from "../../functions/payments/schema.ts";

const AT = "2026-11-26T12:00:00.000Z";
const after = (minutes: number) => new Date(Date.parse(AT) + minutes * 60_000);
const payment = (more: Partial<KeptPayment>) =>
  ({ state: "pending", how: "page", createdAt: AT, expiresAt: after(60).toISOString(), ...more }) as KeptPayment;
const minutes = (until: number) => (until - Date.parse(AT)) / 60_000;

describe("until when somebody may pay", () => {
  test("a telephone rings for three minutes since it was asked last, a page stands until its end", () => {
    expect(minutes(payableUntil(payment({ how: "prompt" })))).toBe(3);
    const again = { how: "prompt" as const, state: "created" as const, askedAt: after(2).toISOString() };
    expect(minutes(payableUntil(payment(again)))).toBe(5);
    expect(minutes(payableUntil(payment({})))).toBe(60);
    // Of a page that no answer brought, nobody knows after a minute.
    expect(minutes(payableUntil(payment({ state: "created" })))).toBe(1);
    for (const state of ["settled", "failed", "expired", "refunding", "refunded", "disputed"] as const)
      expect(payableUntil(payment({ state })), state).toBe(0);
  });

  test("a provider is asked for it only as long as the payer waits", () => {
    for (const [how, most] of [
      ["prompt", 3],
      ["page", 1],
    ] as const)
      expect(
        [most - 0.1, most].map((at) => mayStillAsk({ how, createdAt: AT }, after(at))),
        how,
      ).toEqual([true, false]);
  });
});

describe("a series of payments of one bill", () => {
  const paying = (more: Partial<Paying>): Paying => ({ subject: {}, payment: undefined, series: undefined, ...more });

  // Guards against whoever begins anew in time, so that each of their payments seems to be the first.
  test("goes on for an hour from its first, however often something is opened in it", () => {
    let series = nextIn(paying({}), after(0));
    expect(series).toEqual({ since: AT, count: 1 });
    for (let at = 5; at < 60; at += 5) series = nextIn(paying({ series }), after(at));
    expect(series).toEqual({ since: AT, count: 12 });
    expect(series.count).toBeGreaterThan(ENDED_MAX);
    expect(goesOn(paying({ series }), after(60))).toBeUndefined();
    expect(nextIn(paying({ series }), after(60))).toEqual({ since: after(60).toISOString(), count: 1 });
  });

  test("is over when one of it is paid", () => {
    const series = { since: AT, count: 4 };
    const paid = payment({ state: "settled", settledAt: after(1).toISOString() });
    expect(nextIn(paying({ series, payment: paid }), after(2))).toEqual({ since: after(2).toISOString(), count: 1 });
    expect(nextIn(paying({ series, payment: payment({ state: "failed" }) }), after(2)).count).toBe(5);
  });
});
