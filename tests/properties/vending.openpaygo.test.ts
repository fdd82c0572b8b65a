import fc from "fast-check";
import { expect, test } from "vitest";
import { countFor, startingCodeOf, token } from "../../functions/vending/sources/openpaygo/code.ts";
import { PaygoDevice } from "../meter/openpaygo.ts";

const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const startingCode = fc.option(fc.integer({ min: 1, max: 999_999_999 }), { nil: undefined });
/** One chance in some ten million tokens is that two of a chain are the same: these laws would fail now and then. */
const SEEDED = { seed: 998, numRuns: 60 };

// Guards against days that are added twice, or otherwise than ordered.
test("a device takes each token once, in the order of its orders, and adds what was ordered", () => {
  const order = fc.oneof(
    fc.record({ form: fc.constant("short" as const), value: fc.integer({ min: 0, max: 995 }) }),
    fc.record({ form: fc.constant("long" as const), value: fc.integer({ min: 0, max: 999_999 }) }),
  );
  fc.assert(
    fc.property(key, startingCode, fc.array(order, { minLength: 1, maxLength: 6 }), (secret, code, orders) => {
      const own = { key: secret, startingCode: code ?? startingCodeOf(secret) };
      const device = new PaygoDevice(secret.toString("hex"), code);
      let left = 0;
      for (const [n, { form, value }] of orders.entries()) {
        const digits = token(own, countFor(n, "add"), "add", value, form);
        left += value;
        expect(device.enter(digits)).toEqual({ is: "added", value, left });
        expect(device.enter(digits)).toEqual({ is: "refused", because: "used" });
      }
      const last = token(own, countFor(orders.length, "set"), "set", 0, "short");
      expect(device.enter(last)).toEqual({ is: "set", value: 0, left: 0 });
    }),
    SEEDED,
  );
});

test("the tokens of another key are refused, and a token that was left out is taken later, unless it was set since", () => {
  fc.assert(
    fc.property(key, key, fc.nat(8), (secret, other, n) => {
      fc.pre(!secret.equals(other));
      const own = { key: secret, startingCode: startingCodeOf(secret) };
      const device = new PaygoDevice(secret.toString("hex"));
      const add = (orders: number) => token(own, countFor(orders, "add"), "add", 7, "short");
      const foreign = { key: other, startingCode: startingCodeOf(other) };
      expect(device.enter(token(foreign, countFor(n, "add"), "add", 7, "short")).is).toBe("refused");
      expect(device.enter(add(n + 1)).is).toBe("added");
      expect(device.enter(add(n)).is).toBe("added");
      expect(device.enter(token(own, countFor(n + 3, "set"), "set", 1, "short"))).toMatchObject({ is: "set", left: 1 });
      expect(device.enter(add(n + 2))).toEqual({ is: "refused", because: "used" });
    }),
    SEEDED,
  );
});

// Guards against a device that is lost for ever because too many of its tokens were never entered.
test("a device that fell behind takes tokens again after its count is brought up to ours, and may be freed", () => {
  const own = { key: Buffer.from("a29ab82edc5fbbc41ec9530f6dac86b1", "hex"), startingCode: 123_456_789 };
  const device = new PaygoDevice("a29ab82edc5fbbc41ec9530f6dac86b1", 123_456_789);
  expect(device.enter(token(own, countFor(45, "add"), "add", 5, "short"))).toEqual({
    is: "refused",
    because: "unknown",
  });
  expect(device.enter(token(own, countFor(46, "sync"), "sync", 0, "short"))).toEqual({ is: "synchronised" });
  expect(device.enter(token(own, countFor(47, "add"), "add", 5, "short")).is).toBe("added");
  expect(device.enter(token(own, countFor(48, "disable"), "disable", 0, "short"))).toEqual({ is: "unlocked" });
  expect(device.isLocked).toBe(false);
});
