import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AMOUNT_MAX, amountBits, exactParts } from "../../functions/vending/sources/sts/amount.ts";
import { endOf, IDENTIFIERS, minutesSince, nextIdentifier } from "../../functions/vending/sources/sts/identifier.ts";
import { decoderKey, testVendingKey } from "../../functions/vending/sources/sts/key.ts";
import { checkDigit } from "../../functions/vending/sources/sts/number.ts";
import {
  clearCreditToken,
  clearTamperToken,
  creditToken,
  keyChangeTokens,
  powerLimitToken,
} from "../../functions/vending/sources/sts/tokens.ts";
import type { BaseYear, KeyRef } from "../../functions/vending/token-source.ts";
import { factoryKey, StsMeter } from "../meter/sts.ts";

/**
 * A checksum of 16 bits lets one wrong token in 65,536 pass, here as at any meter: drawn anew each time, these laws
 * would fail now and then.
 */
const SEEDED = { seed: 41_993 };

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(""));
const meterNumber = fc
  .constantFrom(10, 12)
  .chain(digits)
  .map((body) => body + checkDigit(body));
const keyRef: fc.Arbitrary<KeyRef> = fc.record({
  supplyGroup: digits(6),
  keyRevision: fc.integer({ min: 1, max: 9 }),
  tariffIndex: digits(2),
  baseYear: fc.constantFrom<BaseYear>(1993, 2014, 2035),
});
const resource = fc.constantFrom("electricity" as const, "water" as const);
const stamp = fc.record({
  random: fc.integer({ min: 0, max: 15 }),
  identifier: fc.integer({ min: 0, max: IDENTIFIERS - 1 }),
});
const amount = fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: AMOUNT_MAX }));
const setting = fc.record({ number: meterNumber, key: keyRef, resource, stamp });
type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;

const keyOf = ({ number, key }: Pick<Setting, "number" | "key">) => decoderKey(testVendingKey(key), number, key);
const meterOf = ({ number, key, resource: of }: Setting) =>
  new StsMeter(factoryKey(testVendingKey(key), { number, ...key }), of);
const creditOf = (one: Setting, tenths: number) =>
  creditToken(keyOf(one), one.resource, one.stamp, amountBits(tenths)!);

// Guards against a mistake that encoder and meter share, and that no law would find.
test("a meter shares no line with what makes its tokens", () => {
  const files = globSync("tests/meter/*.ts");
  expect(files.length).toBeGreaterThan(1);
  for (const file of files)
    for (const [, from] of readFileSync(file, "utf8").matchAll(/from "([^"]+)"/g)) expect(from).toMatch(/^node:/);
});

// Guards against credit lost or given away by rounding: 16 bits do not hold every amount.
test("an amount is parted into at most two that 16 bits hold, to the tenth", () => {
  fc.assert(
    fc.property(amount, (tenths) => {
      const parts = exactParts(tenths);
      expect(parts.length).toBeLessThanOrEqual(2);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(tenths);
      for (const part of parts) expect(amountBits(part)).toBeTypeOf("number");
    }),
  );
  expect([0, 16_383, 16_384, 180_214, 180_224, 1_818_524, 1_818_624, AMOUNT_MAX].map(amountBits)).toEqual([
    0, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xbfff, 0xc000, 0xffff,
  ]);
  expect([16_385, 180_215, 1_818_600, AMOUNT_MAX + 1, -1, 0.5].map(amountBits)).toEqual(Array(6).fill(undefined));
});

// Guards against tokens that credit twice, credit otherwise than ordered, or pass at another meter.
test("a meter that knows its key alone credits a token once, to the tenth, and no altered or foreign one", () => {
  fc.assert(
    fc.property(setting, amount, fc.nat(19), fc.integer({ min: 1, max: 9 }), (one, tenths, at, by) => {
      const meter = meterOf(one);
      let credit = 0;
      for (const [n, part] of exactParts(tenths).entries()) {
        const identifier = (one.stamp.identifier + n) % IDENTIFIERS;
        const token = creditToken(keyOf(one), one.resource, { ...one.stamp, identifier }, amountBits(part)!);
        expect(token).toMatch(/^\d{20}$/);
        expect(BigInt(token)).toBeLessThan(1n << 66n);
        const flipped = token.slice(0, at) + ((Number(token[at]) + by) % 10) + token.slice(at + 1);
        expect(meter.enter(flipped).is).toBe("refused");
        expect(meter.enter(token)).toEqual({ is: "credited", tenths: part });
        expect(meter.enter(token)).toEqual({ is: "refused", because: "used" });
        credit += part;
      }
      expect(meter.credit).toBe(credit);
      const other = meterOf({ ...one, key: { ...one.key, keyRevision: (one.key.keyRevision % 9) + 1 } });
      expect(other.enter(creditOf(one, 1))).toEqual({ is: "refused", because: "not_mine" });
    }),
    SEEDED,
  );
});

test("a token of water is refused by a meter of electricity, and the other way round", () => {
  fc.assert(
    fc.property(setting, (one) => {
      const other = meterOf({ ...one, resource: one.resource === "water" ? "electricity" : "water" });
      expect(other.enter(creditOf(one, 10))).toEqual({ is: "refused", because: "class" });
    }),
    { numRuns: 20 },
  );
});

// Guards against credit for a meter whose key was changed only by half, or in the wrong order.
test("a key changes by its first half and then its second, and what the old key made is dead", () => {
  fc.assert(
    fc.property(setting, keyRef, (one, key) => {
      fc.pre(keyOf(one) !== keyOf({ ...one, key }));
      const isRollOver = key.baseYear !== one.key.baseYear;
      const [first, second] = keyChangeTokens(keyOf(one), { ...key, key: keyOf({ ...one, key }), isRollOver });
      const after = { ...one, key };
      const meter = meterOf(one);
      expect(meter.enter(second)).toEqual({ is: "refused", because: "order" });
      expect(meter.enter(creditOf(after, 10))).toEqual({ is: "refused", because: "not_mine" });
      expect(meter.enter(creditOf(one, 10)).is).toBe("credited");
      expect(meter.enter(first)).toEqual({ is: "half_key" });
      expect(meter.enter(creditOf(after, 10))).toEqual({ is: "refused", because: "not_mine" });
      expect(meter.enter(second)).toEqual({ is: "new_key", isRollOver });
      expect(meter.enter(creditOf(one, 10))).toEqual({ is: "refused", because: "not_mine" });
      for (const half of [first, second]) expect(meter.enter(half)).toEqual({ is: "refused", because: "not_mine" });
      // The same identifier, of another base date: only a roll-over forgets the old ones.
      const again = meter.enter(creditOf(after, 10));
      expect(again).toEqual(isRollOver ? { is: "credited", tenths: 10 } : { is: "refused", because: "used" });
    }),
    SEEDED,
  );
});

test("managing tokens do what they say, once", () => {
  fc.assert(
    fc.property(setting, (one) => {
      const meter = meterOf(one);
      const at = (n: number) => ({ ...one.stamp, identifier: (one.stamp.identifier + n) % IDENTIFIERS });
      meter.credit = 70;
      meter.isTampered = true;
      const limit = powerLimitToken(keyOf(one), at(0), amountBits(5_500)!);
      const tamper = clearTamperToken(keyOf(one), at(1));
      const clear = clearCreditToken(keyOf(one), one.resource, at(2));
      expect(meter.enter(limit)).toEqual({ is: "limited", watts: 5_500 });
      expect(meter.enter(tamper)).toEqual({ is: "cleared" });
      expect(meter.enter(clear)).toEqual({ is: "cleared" });
      expect([meter.powerLimit, meter.isTampered, meter.credit]).toEqual([5_500, false, 0]);
      for (const token of [limit, tamper, clear])
        expect(meter.enter(token)).toEqual({ is: "refused", because: "used" });
    }),
    { numRuns: 30 },
  );
});

// Guards against two tokens of one minute, of which the meter takes only the first.
test("identifiers of a meter only rise, keep clear of 00:01, and end where their base date ends", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<BaseYear>(1993, 2014, 2035),
      fc.integer({ min: 2, max: IDENTIFIERS - 1_000 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
      (base, start, steps) => {
        let minute = start;
        let last: number | undefined;
        for (const step of steps) {
          minute += step;
          const at = new Date(Date.UTC(base, 0, 1, 0, minute));
          const next = nextIdentifier(base, at, last);
          expect(next).toBeGreaterThan(last ?? -1);
          expect(next).toBeGreaterThanOrEqual(minutesSince(base, at));
          expect(next % 1440).not.toBe(1);
          last = next;
        }
      },
    ),
  );
  expect(endOf(1993).toISOString()).toBe("2024-11-24T20:16:00.000Z");
  expect(endOf(2014).toISOString()).toBe("2045-11-24T20:16:00.000Z");
  expect(endOf(2035).toISOString()).toBe("2066-11-24T20:16:00.000Z");
});

test("a meter refuses what is older than the fifty that it remembers", () => {
  const one: Setting = {
    number: "04257670465",
    key: { supplyGroup: "123456", keyRevision: 2, tariffIndex: "01", baseYear: 2014 },
    resource: "electricity",
    stamp: { random: 3, identifier: 0 },
  };
  const meter = meterOf(one);
  const tokenAt = (identifier: number) => creditOf({ ...one, stamp: { random: 3, identifier } }, 1);
  for (let n = 0; n < 50; n++) expect(meter.enter(tokenAt(1_000 + 2 * n)).is).toBe("credited");
  expect(meter.enter(tokenAt(999))).toEqual({ is: "refused", because: "old" });
  expect(meter.enter(tokenAt(1_001)).is).toBe("credited");
  expect(meter.enter(tokenAt(1_000))).toEqual({ is: "refused", because: "old" });
  expect(meter.enter(tokenAt(1_098))).toEqual({ is: "refused", because: "used" });
  expect(meter.credit).toBe(51);
});
