import { codes } from "currency-codes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { billQr } from "../../functions/payments/events.ts";
import { Currency, exponentOf } from "../../shared/money.ts";

// A wallet's side, which shares no code with the encoder: a table-driven checksum and a reader of fields.
const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte * 256;
  for (let i = 0; i < 8; i++) value = value >= 32_768 ? ((value * 2) % 65_536) ^ 4_129 : (value * 2) % 65_536;
  return value;
});
const crcOf = (text: string) =>
  [...Buffer.from(text)].reduce((crc, byte) => ((crc * 256) % 65_536) ^ TABLE[Math.floor(crc / 256) ^ byte]!, 65_535);

function scanned(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let rest = text;
  while (rest !== "") {
    const found = /^(\d\d)(\d\d)/.exec(rest);
    if (!found) throw new Error(`no field at ${rest}`);
    const length = Number(found[2]);
    const value = rest.slice(4, 4 + length);
    if (value.length !== length || fields.has(found[1]!)) throw new Error(`a broken field ${found[1]}`);
    fields.set(found[1]!, value);
    rest = rest.slice(4 + length);
  }
  return fields;
}
function wallet(text: string) {
  const fields = scanned(text);
  const said = Number.parseInt(text.slice(-4), 16);
  if (!text.slice(0, -4).endsWith("6304") || crcOf(text.slice(0, -4)) !== said) throw new Error("a wrong checksum");
  return { fields, billNumber: scanned(fields.get("62")!).get("01"), account: scanned(fields.get("26")!) };
}

const CURRENCIES = codes().filter((name) => Currency.safeParse(name).success);
const bill = fc.record({
  reference: fc.stringMatching(/^[0-9A-HJKMNP-T]{4}-[0-9A-HJKMNP-T]{4}-[0-9A-HJKMNP-T]$/),
  kind: fc.constantFrom("water", "property_tax", "fine", "permit"),
  amountMinor: fc.integer({ min: -5, max: 10 ** 12 }),
  currency: fc.constantFrom(...CURRENCIES),
  city: fc.record({
    slug: fc.stringMatching(/^[a-z][a-z0-9]{2,39}$/),
    name: fc.oneof(
      fc.string({ minLength: 1, maxLength: 80 }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 80 }),
    ),
    country: fc.stringMatching(/^[A-Z]{2}$/),
  }),
});

test("the checksum is the published one of CRC-16/CCITT with FFFF", () => {
  expect(crcOf("123456789")).toBe(0x29b1);
});

// Guards against a code that a wallet refuses, or reads as another amount, currency or bill.
test("a wallet reads what the bill says, in every currency", () => {
  fc.assert(
    fc.property(bill, (given) => {
      const text = billQr(given);
      expect(text).toMatch(/^[\x20-\x7e]+$/);
      expect(text.length).toBeLessThanOrEqual(512);
      const { fields, billNumber, account } = wallet(text);
      expect([fields.get("00"), fields.get("01"), fields.get("58")]).toEqual(["01", "11", given.city.country]);
      expect([billNumber, account.get("01")]).toEqual([given.reference, given.city.slug]);
      expect(fields.get("53")).toMatch(/^\d{3}$/);
      expect(fields.get("59")!.length).toBeLessThanOrEqual(25);
      expect(fields.get("60")!.length).toBeLessThanOrEqual(15);
      expect(fields.get("59")!.trim()).not.toBe("");
      const amount = fields.get("54");
      if (given.amountMinor <= 0) expect(amount).toBeUndefined();
      else if (amount !== undefined) {
        expect(amount).toMatch(/^\d+(\.\d+)?$/);
        expect(amount.length).toBeLessThanOrEqual(13);
        expect((amount.split(".")[1] ?? "").length).toBe(exponentOf(given.currency));
        expect(Number(amount.replace(".", ""))).toBe(given.amountMinor);
      } else expect(String(given.amountMinor).length + 1).toBeGreaterThan(12);
    }),
    { numRuns: 500 },
  );
});

test("a code that was changed by one sign is not read", () => {
  fc.assert(
    fc.property(bill, fc.nat(), fc.constantFrom(..."0123456789AZ"), (given, at, sign) => {
      const text = billQr(given);
      const i = at % text.length;
      if (text[i] === sign) return;
      expect(() => wallet(text.slice(0, i) + sign + text.slice(i + 1))).toThrow();
    }),
  );
});

test("francs without cents, dinars with three places, and a city's name without its accents", () => {
  const of = (amountMinor: number, currency: string, name = "Évry-Courcouronnes sur Seine") =>
    wallet(
      billQr({
        reference: "K7M2-9QXR-4",
        kind: "water",
        amountMinor,
        currency,
        city: { slug: "evry", name, country: "FR" },
      }),
    ).fields;
  expect([of(1_250, "XOF").get("54"), of(1_250, "XOF").get("53")]).toEqual(["1250", "952"]);
  expect([of(1_250, "TND").get("54"), of(1_250, "EUR").get("54")]).toEqual(["1.250", "12.50"]);
  expect([of(1, "EUR").get("59"), of(1, "EUR").get("60")]).toEqual(["Evry-Courcouronnes sur Se", "Evry-Courcouron"]);
  expect(of(1, "EUR", "تونس").get("59")).toBe("evry");
});
