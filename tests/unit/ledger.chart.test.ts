import { describe, expect, test } from "vitest";
import { CHARTS, endOf, linesOf, placeOf } from "../../functions/ledger/domain.ts";
import { KINDS, kindOf, onNormalSide } from "../../shared/ledger/chart.ts";

describe("the chart of accounts", () => {
  test("an account stands on the side of its kind, and a balance reads so", () => {
    expect(kindOf("due:bill_1")).toEqual({ is: "asset", normal: "debit" });
    expect(kindOf("revenue:water")?.normal).toBe("credit");
    expect(kindOf("nothing:known")).toBeUndefined();
    expect(onNormalSide("due:bill_1", 900)).toBe(900);
    expect(onNormalSide("revenue:water", -900)).toBe(900);
    expect(onNormalSide("cash:till", -1)).toBe(-1);
    expect(Object.is(onNormalSide("vat", 0), 0)).toBe(true);
  });

  // Guards against an export with a line that no accountant can book.
  test("every kind of account has a place in every chart, said in every language", () => {
    for (const chart of ["syscohada", "m57"] as const) {
      expect(CHARTS[chart].accounts.at(-1)?.account).toBe("*");
      for (const word of [...Object.keys(KINDS), "unknown"])
        for (const account of [word, `${word}:x`])
          for (const lang of ["en", "fr", "ar"] as const) {
            const { number, label } = placeOf(account, chart, lang);
            expect(number).toMatch(/^[0-9]{2,6}$/);
            expect(label.length).toBeGreaterThan(2);
          }
      // What has a kind is not left to be sorted by hand.
      for (const word of Object.keys(KINDS)) {
        const account = word === "vat" || word === "suspense" ? word : `${word}:x`;
        expect(placeOf(account, chart, "en").number, account).not.toBe("47");
      }
    }
    expect(placeOf("provider:stripe:acct", "syscohada", "fr").number).toBe("515");
    expect(placeOf("provider:mtn", "syscohada", "fr").number).toBe("552");
    // Software is not hosting: the account for that would ask for VAT back that nobody is owed.
    expect(placeOf("module_costs:acme:watch", "m57", "fr").number).toBe("65818");
    expect(placeOf("module_costs:acme:watch", "syscohada", "fr").number).toBe("6343");
  });

  test("amounts are exact decimals of their currency, and totals beyond exact numbers too", () => {
    const transfer = { debit: "cash:1", credit: "vat", amountMinor: 1_250 };
    const debit = (currency: string) =>
      linesOf({ id: "p/1", at: "", on: "", seq: 1, transfer: { ...transfer, currency } }, "own", "en")[0]![7];
    expect(["XOF", "EUR", "TND"].map(debit)).toEqual(["1250", "12.50", "1.250"]);
    const proof = {
      isSound: true,
      problems: [],
      segments: 1,
      transfers: 1,
      sums: { EUR: 0 },
      digest: "d",
      closings: [],
    };
    const total = 9_007_199_254_740_993n;
    expect(endOf(new Map([["EUR", total]]), proof, "")[0]![7]).toBe("90071992547409.93");
    expect(endOf(new Map([["XOF", total]]), proof, "")[0]![7]).toBe("9007199254740993");
  });
});
