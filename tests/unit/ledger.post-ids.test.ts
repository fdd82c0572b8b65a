import { describe, expect, test } from "vitest";
import { postIdOf } from "../../functions/ledger/post-ids.ts";

const WHO = "key_till";
const uuid7 = (at: number, rest: string) => {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest}-8000-000000000000`;
};
const LATER = Date.UTC(2027, 0, 1);

describe("the post that an Idempotency-Key names", () => {
  // Guards against a payment made twice: the same key must lead to the same claim, whoever else uses it to another.
  test("is the same for the same caller and key, and for no other", () => {
    const keys = [
      "first-try",
      "8f1c9f2e-8d5c-4d3a-9a6e-2f4b7c1d0e9f",
      uuid7(LATER, "abc"),
      "01KD0000000000000000000000",
    ];
    for (const key of keys) {
      expect(postIdOf(WHO, key)).toBe(postIdOf(WHO, key));
      expect(postIdOf(WHO, key)).not.toBe(postIdOf("key_other", key));
      expect(postIdOf(WHO, key)).toMatch(/^api:[\w:-]{43,60}$/);
    }
    expect(new Set(keys.map((key) => postIdOf(WHO, key))).size).toBe(keys.length);
    // One moment, two intents.
    expect(postIdOf(WHO, uuid7(LATER, "abc"))).not.toBe(postIdOf(WHO, uuid7(LATER, "abd")));
  });

  test("sorts by the time that the key begins with", () => {
    const ids = [0, 1, 59_000, 86_400_000, 10 ** 11].map((later) => postIdOf(WHO, uuid7(LATER + later, "abc")));
    expect([...ids].sort()).toEqual(ids);
    expect(postIdOf(WHO, `${ulidTime(LATER)}0000000000000000`).slice(0, 14)).toBe(ids[0]!.slice(0, 14));
    expect(postIdOf(WHO, `${ulidTime(LATER)}0000000000000000`.toLowerCase()).slice(0, 14)).toBe(ids[0]!.slice(0, 14));
  });

  // Guards against a payment made twice over the day when ids got their time: what was claimed before keeps its name.
  test("has no time where the key has none, or one before ids had any", () => {
    for (const key of ["first-try", "8f1c9f2e-8d5c-4d3a-9a6e-2f4b7c1d0e9f", uuid7(Date.UTC(2026, 10, 26), "abc")])
      expect(postIdOf(WHO, key)).toMatch(/^api:[\w-]{43}$/);
  });
});

function ulidTime(at: number): string {
  let text = "";
  for (let left = at, i = 0; i < 10; i++, left = Math.floor(left / 32))
    text = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[left % 32]! + text;
  return text;
}
