import { codes } from "currency-codes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { before, feeFor, move, NEXT, settlement } from "../../functions/payments/domain.ts";
import { fromStripe, toStripe } from "../../functions/payments/rails/stripe/amounts.ts";
import type { Payment, State } from "../../functions/payments/schema.ts";
import { DUES_MAX, goneBack, sumOf, withBack } from "../../functions/payments/spreading.ts";
import { oneSignApart } from "../../functions/payments/suspense.ts";
import { Fault } from "../../shared/errors.ts";
import { Currency } from "../../shared/money.ts";

const payment = (state: State, currency = "EUR"): Payment => ({
  id: "pay_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  billId: "bill_01JD8Q6Z3W8M6W1YB1M0Q4S7XK",
  reference: "K7M2-9QXR-4",
  kind: "water",
  month: "2026-10",
  amountMinor: 500,
  currency,
  state,
  provider: "stripe",
  lang: "en",
  createdAt: "2026-11-23T00:00:00Z",
  expiresAt: "2026-11-23T01:00:00Z",
});
const states = Object.keys(NEXT) as State[];
const { billId = "", reference, kind, month } = payment("pending");
const ofBill = (dueMinor: number) => ({ dues: [{ billId, reference, kind, month, totalMinor: 1, dueMinor }] });

describe("a payment", () => {
  test("goes only where the table says, and a late word that money came always counts", () => {
    for (const from of states)
      for (const to of states)
        if (NEXT[from].includes(to)) expect(move(payment(from), to).state).toBe(to);
        else expect(() => move(payment(from), to)).toThrow(Fault);
    expect(before("settled")).toEqual(expect.arrayContaining(["created", "pending", "failed", "expired"]));
  });

  // Guards against a hundredfold charge in currencies without cents.
  test("an amount that the provider takes comes back the same, in every ISO 4217 currency", () => {
    const currencies = codes().filter((code) => Currency.safeParse(code).success);
    expect(currencies.length).toBeGreaterThan(140);
    fc.assert(
      fc.property(fc.constantFrom(...currencies), fc.integer({ min: 1, max: 99_999_999 }), (currency, amountMinor) => {
        let there: number;
        try {
          there = toStripe(amountMinor, currency);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          return;
        }
        expect(Number.isSafeInteger(there) && there > 0 && there <= 99_999_999).toBe(true);
        expect(fromStripe(there, currency)).toBe(amountMinor);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the provider's own rules, by name", () => {
    expect(toStripe(1_250, "EUR")).toBe(1_250);
    expect(toStripe(1_250, "XOF")).toBe(1_250);
    expect(toStripe(1_250, "RWF")).toBe(1_250);
    expect(toStripe(1_250, "TND")).toBe(1_250);
    expect(() => toStripe(1_251, "TND")).toThrow(Fault);
    expect(toStripe(125_000, "MGA")).toBe(1_250);
    expect(() => toStripe(125_020, "MGA")).toThrow(Fault);
    expect(toStripe(1_250, "UGX")).toBe(125_000);
    expect(() => toStripe(100_000_000, "EUR")).toThrow(Fault);
  });

  // Guards against money that comes in and stands nowhere.
  test("all that comes in is posted: to the bill as far as it is due, the rest to suspense", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: -10, max: 1_000_000 }),
        fc.constantFrom("EUR", "XOF"),
        (amountMinor, dueMinor, currency) => {
          const witness = { says: "paid" as const, sessionId: "cs", amountMinor, currency };
          const { transfers } = settlement(payment("pending"), witness, ofBill(dueMinor), () => dueMinor);
          expect(transfers.reduce((sum, transfer) => sum + transfer.amountMinor, 0)).toBe(amountMinor);
          const toBill = transfers.filter(({ credit }) => credit.startsWith("due:"));
          const most = currency === "EUR" ? Math.max(0, dueMinor) : 0;
          expect(toBill.reduce((sum, transfer) => sum + transfer.amountMinor, 0)).toBe(Math.min(amountMinor, most));
          for (const transfer of transfers) expect(transfer.amountMinor).toBeGreaterThan(0);
        },
      ),
    );
  });

  // Guards against a fee that a bill pays, and against a fee of who paid for nothing.
  test("the payer's fee comes after the bill, and never out of it", () => {
    const rule = { basisPoints: fc.integer({ min: 0, max: 2_000 }), fixedMinor: fc.integer({ min: 0, max: 500 }) };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.record(rule),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (amountMinor, given, off, dueMinor) => {
          expect(feeFor({ ...given, borneBy: "city" }, amountMinor, "EUR")).toBe(0);
          const feeMinor = feeFor({ ...given, borneBy: "payer" }, amountMinor, "EUR");
          expect(Number.isSafeInteger(feeMinor) && feeMinor >= 0).toBe(true);
          const came = Math.max(1, amountMinor + feeMinor + off);
          const word = { amountMinor: came, currency: "EUR" };
          const { transfers, parts, beyondMinor } = settlement(
            { ...payment("pending"), amountMinor, feeMinor },
            word,
            ofBill(dueMinor),
            () => dueMinor,
          );
          const forBillMinor = sumOf(parts);
          const fee = transfers.find(({ code }) => code === "payer_fee")?.amountMinor ?? 0;
          expect(forBillMinor + fee + beyondMinor).toBe(came);
          expect(fee).toBeLessThanOrEqual(feeMinor);
          if (forBillMinor === 0) expect(fee).toBe(0);
          // Who paid all of it, when all of it was due, has paid the bill and the fee to the cent.
          if (off === 0 && dueMinor >= amountMinor) expect([forBillMinor, fee]).toEqual([amountMinor, feeMinor]);
          for (const transfer of transfers) expect(transfer.amountMinor).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  // Guards against dues that are paid below nothing, and against money of an account that is nowhere.
  test("spread over several dues, each gets at most what is due of it, in order, and all of it is somewhere", () => {
    const accountId = "acc_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5_000 }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 0, max: 300 }),
        fc.boolean(),
        (owed, came, feeMinor, isKnown) => {
          const dues = owed.map((dueMinor, i) => ({ ...ofBill(dueMinor).dues[0]!, billId: `bill_${i}` }));
          const dueOf = (id: string) => owed[Number(id.slice("bill_".length))]!;
          const target = isKnown ? { dues, creditOf: accountId } : { dues };
          const word = { amountMinor: came, currency: "EUR" };
          const made = settlement({ ...payment("pending"), feeMinor }, word, target, dueOf);
          expect(sumOf(made.transfers)).toBe(came);
          if (isKnown) expect(made.beyondMinor).toBe(0);
          const bills = made.parts.filter((part) => "billId" in part);
          expect(bills.length).toBeLessThanOrEqual(DUES_MAX);
          for (const { billId: id, amountMinor } of bills) expect(amountMinor).toBeLessThanOrEqual(dueOf(id));
          // Nothing is paid before what stands before it is paid in full.
          const open = owed.map((_, i) => `bill_${i}`).filter((id) => dueOf(id) > 0);
          expect(bills.map((part) => part.billId)).toEqual(open.slice(0, bills.length));
          for (const { billId: id, amountMinor } of bills.slice(0, -1)) expect(amountMinor).toBe(dueOf(id));
          // What goes back comes to what came, part by part, the last one first.
          const settled = { ...payment("settled"), parts: made.parts };
          const half = Math.ceil(sumOf(made.parts) / 2);
          const first = goneBack(settled, half, half, []);
          const rest = goneBack(withBack(settled, first.parts, 1), sumOf(made.parts) - half, came, []);
          expect(sumOf(first.parts) + sumOf(rest.parts)).toBe(sumOf(made.parts));
          const after = withBack(withBack(settled, first.parts, 1), rest.parts, 1);
          for (const part of after.parts!) expect(part.backMinor).toBe(part.amountMinor);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a reference with one sign wrong is recognised, another bill's is not", () => {
    for (const [typed, meant] of [
      ["K7M2-9QXR-5", "K7M2-9QXR-4"],
      ["K7M29QXR", "K7M2-9QXR-4"],
      ["k7m2 9qrx 4", "K7M2-9QXR-4"],
      ["K7M2-9QXXR-4", "K7M2-9QXR-4"],
    ] as const)
      expect(oneSignApart(typed, meant), typed).toBe(true);
    for (const typed of ["K7M2-9QXR-4", "A7M2-9QXR-5", "K7", ""])
      expect(oneSignApart(typed, "K7M2-9QXR-4"), typed).toBe(false);
  });
});
