import { describe, expect, test } from "vitest";
import { amountOf, instantOf } from "../../functions/payments/filed/figures.ts";
import { type How, MOST, namesIn, readFiled } from "../../functions/payments/filed/reading.ts";
import { areWhole } from "../../functions/payments/filed/stating.ts";
import { daraja } from "../../functions/payments/rails/daraja/index.ts";
import { Fault } from "../../shared/errors.ts";

// Files as providers' portals give them; every name and number in them is made up.

const NOW = new Date("2026-11-25T12:00:00Z");
const how = (more: Partial<How> = {}): How => ({ currency: "XOF", zone: "Africa/Abidjan", now: NOW, ...more });
const read = (text: string | Uint8Array, more: Partial<How> = {}) =>
  readFiled(typeof text === "string" ? new TextEncoder().encode(text) : text, how(more));
/** Where a file is refused, and why. */
function refused(text: string | Uint8Array, more: Partial<How> = {}): [string, string | undefined][] {
  try {
    read(text, more);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.kind !== "invalid") return [[error.kind, undefined]];
    return (error.members.errors ?? []).map(({ pointer, says }) => [pointer, says?.key]);
  }
  return [];
}

const PAY = "pay_01JD8Q6Z3W8M6W1YB1M0Q4S7XK";
// The shape of MTN's merchant portal: a currency behind each amount, fees of both sides, amounts with their sign.
const MTN =
  "Id,External id,Date,Status,Type,From,From name,To,To name,To message,From / Fee,Currency,To / Fee,Currency,To / Taxes,Currency,Amount,Currency,Balance,Currency";
const mtn = (...lines: string[]) => `${MTN}\r\n${lines.join("\r\n")}\r\n`;
const MTN_LINE = `13461537629,${PAY},2026-11-24 23:59:39,Successful,Debit,FRI:2250500000001/MSISDN,MADE UP,FRI:8000/MM,CITY,K7M2-9QXR-4,,,97,XOF,3,XOF,9750,XOF,,`;
// The shape of Orange's portal: words above the names, two wallets, sums below, numbers as in France.
const ORANGE = [
  "Relevé de vos opérations",
  "Période;24/11/2026;24/11/2026",
  "",
  "N°;Date;Heure;Référence;Service;Statut;N° de Compte;N° de Compte;Débit;Crédit",
  "1;24/11/2026;08:15:02;MP261124.0815.A10001;Merchant Payment;Succès;0700000001;0777000000;;12 500,00",
  "2;24/11/2026;09:30;MP261124.0930.A10002;Merchant Payment;Echec;0700000002;0777000000;;500",
  "3;24/11/2026;10:00:00;CO261124.1000.A10003;Transfert banque;Succès;0777000000;0777000000;10\u202f000;",
  ";;;;;;;Total;10 000;12 500",
].join("\n");

describe("a provider's file", () => {
  test("of MTN is read by the names of its columns, each amount with the currency beside it, fees of our side", () => {
    const out = `13461538000,,2026-11-24 12:00:00,Successful,Transfer,FRI:2250500000009/MSISDN,CITY,FRI:2250500000002/MSISDN,MADE UP,,25,XOF,,,,,-40000,XOF,,`;
    const failed = `13461538001,,2026-11-24 12:00:00,Failed,Debit,FRI:1/MSISDN,X,FRI:8000/MM,CITY,,,,,,,,700,XOF,,`;
    const lines = read(mtn(MTN_LINE, out, failed));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      ...{ line: 2, number: "13461537629", at: "2026-11-24T23:59:39.000Z", amountMinor: 9_750, feeMinor: 100 },
      ...{ reference: PAY, note: "K7M2-9QXR-4", type: "debit", to: "FRI:8000/MM", wallets: [] },
    });
    expect(lines[1]).toMatchObject({ amountMinor: -40_000, feeMinor: 25 });
  });

  test("of Orange is read below its own words, in Windows-1252 and UTF-16 as in UTF-8; what failed and sums are left out", () => {
    const utf16 = new Uint8Array(Buffer.from(`\ufeff${ORANGE}`, "utf16le"));
    // Windows-1252 has no narrow space; the others are one byte each.
    const latin = new Uint8Array(Buffer.from(ORANGE.replace("\u202f", "\u00a0"), "latin1"));
    for (const file of [new TextEncoder().encode(ORANGE), utf16, latin]) {
      const lines = read(file);
      expect(lines.map(({ number, amountMinor, at }) => [number, amountMinor, at])).toEqual([
        ["MP261124.0815.A10001", 12_500, "2026-11-24T08:15:02.000Z"],
        ["CO261124.1000.A10003", -10_000, "2026-11-24T10:00:00.000Z"],
      ]);
      expect(lines[0]!.wallets).toEqual(["0700000001", "0777000000"]);
    }
  });

  test("of M-Pesa is read below its own words, and its account numbers name our orders", () => {
    const file = [
      "Short Code:,600000,City",
      "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,A/C No.",
      'TKO1AB2CD3,24-11-2026 08:15:02,Pay Bill from 2547******001,Completed,"1,250.00",,"9,250.00",K7M29QXR4A1B',
      "TKO1AB2CD4,24-11-2026 09:00:00,Business to Bank,Completed,,-500.00,8750.00,",
    ].join("\n");
    const lines = read(file, { currency: "KES", zone: "Africa/Nairobi" });
    expect(lines).toMatchObject([
      { number: "TKO1AB2CD3", at: "2026-11-24T05:15:02.000Z", amountMinor: 125_000, reference: "K7M29QXR4A1B" },
      { number: "TKO1AB2CD4", amountMinor: -50_000 },
    ]);
    expect(daraja.filed!(lines[0]!)).toEqual({ sessionId: "K7M29QXR4A1B" });
    expect(daraja.filed!(lines[1]!)).toEqual({ sessionId: "" });
  });

  test("a fee on a line of its own goes with its movement; the same line twice is one", () => {
    const file =
      "Transaction ID;Date;Amount;Type\nT-1;2026-11-24 08:00;100;Deposit\nT-1;2026-11-24 08:00;-3;Deposit fee\nT-1;2026-11-24 08:00;100;Deposit";
    expect(read(file)).toMatchObject([{ number: "T-1", amountMinor: 100, feeMinor: 3 }]);
    expect(refused(`${file}\nT-1;2026-11-24 08:00;200;Deposit`)).toEqual([["#/line/5", "number_twice"]]);
  });

  test("a column that has another name is named by the treasurer", () => {
    const file = "Kennung,Zeit,Betrag\nAB12,2026-11-24 08:00,250\n";
    expect(refused(file)).toEqual([
      ["#/number", "no_number"],
      ["#/date", "no_date"],
      ["#/amount", "no_amount"],
    ]);
    expect(namesIn(new TextEncoder().encode(file))).toEqual(["Kennung", "Zeit", "Betrag"]);
    const named = { number: "Kennung", date: "Zeit", amount: "Betrag" };
    expect(read(file, { named })).toMatchObject([{ number: "AB12", amountMinor: 250 }]);
    const arabic = "رقم العملية,التاريخ,المبلغ\nAB12,2026-11-24 08:00,٢٥٠\n";
    expect(read(arabic, { named: { number: "رقم العملية", date: "التاريخ", amount: "المبلغ" } })).toMatchObject([
      { number: "AB12", amountMinor: 250 },
    ]);
    expect(refused(file, { named: { ...named, status: "Zustand" } })).toEqual([["#/status", "no_such"]]);
  });

  test("what cannot be read is refused by its line, and nothing is read in part", () => {
    const line = (cells: string) =>
      `Transaction ID,Date,Amount,Currency,Status\nT1,2026-11-24 08:00,5,XOF,OK\n${cells}\n`;
    for (const [cells, key] of [
      [",2026-11-24 08:00,5,XOF,OK", "number_none"],
      ["=HYPERLINK(1),2026-11-24 08:00,5,XOF,OK", "number_wrong"],
      ["1.34E+10,2026-11-24 08:00,5,XOF,OK", "number_wrong"],
      ["T2,31/02/2026,5,XOF,OK", "date_wrong"],
      ["T2,yesterday,5,XOF,OK", "date_wrong"],
      ["T2,2027-01-01 08:00,5,XOF,OK", "date_future"],
      ["T2,2026-11-24 08:00,=1+1,XOF,OK", "amount_wrong"],
      ["T2,2026-11-24 08:00,12.5,XOF,OK", "amount_wrong"],
      ["T2,2026-11-24 08:00,,XOF,OK", "amount_wrong"],
      ["T2,2026-11-24 08:00,1e3,XOF,OK", "amount_wrong"],
      ["T2,2026-11-24 08:00,1000000000001,XOF,OK", "amount_wrong"],
      ["T2,2026-11-24 08:00,5,EUR,OK", "currency_other"],
      ["T2,2026-11-24 08:00,5,Euro,OK", "currency_other"],
      ["T2,2026-11-24 08:00,5,XOF,Perhaps", "status_unknown"],
      ["T2,2026-11-24 08:00", "few_cells"],
      ['T2,2026-11-24 08:00,"5,XOF,OK', "quote_open"],
      [`T2,${"9".repeat(100_001)},5,XOF,OK`, "line_long"],
    ] as const)
      expect(refused(line(cells)), cells.slice(0, 60)).toEqual([["#/line/3", key]]);
    expect(read(line("T2,2026-11-24 08:00,5,FCFA,OK"))).toHaveLength(2);
    expect(refused("Transaction ID,Date,Amount (EUR)\nT1,2026-11-24 08:00,5\n")).toEqual([
      ["#/line/2", "currency_other"],
    ]);
    expect(refused("PK\u0003\u0004anything")).toEqual([["#/file", "not_csv"]]);
    expect(refused(new Uint8Array(Buffer.from("Id,Date,Amount\nT1,2026-11-24,5", "utf16le")))).toEqual([
      ["#/file", "not_csv"],
    ]);
    expect(refused("")).not.toEqual([]);
    expect(read("Transaction ID,Date,Amount\n")).toEqual([]);
    expect(refused(new Uint8Array(MOST.bytes + 1))).toEqual([["too_large", undefined]]);
    const many = Array.from({ length: MOST.lines + 1 }, (_, i) => `T${i},2026-11-24 08:00,5`).join("\n");
    expect(refused(`Transaction ID,Date,Amount\n${many}`)).toEqual([[`#/line/${MOST.lines + 1}`, "lines_many"]]);
    // What would take long to look at is not looked at.
    for (const long of ["(", " ", "1 ", '"a"\n', "9"])
      expect(
        refused(`Transaction ID,Date,Amount,${long.repeat(90_000)}\nT1,2026-11-24,${long.repeat(90_000)}`),
      ).not.toEqual([]);
  });

  test("a date that may begin with the day or the month is asked about, unless the file tells", () => {
    const file = (...dates: string[]) =>
      `Transaction ID,Date,Amount\n${dates.map((date, i) => `T${i},${date} 08:00,5`).join("\n")}`;
    expect(refused(file("03/04/2026"))).toEqual([["#/dates", "date_order"]]);
    const first = (text: string, more: Partial<How> = {}) => read(text, more)[0]!.at.slice(0, 10);
    expect(first(file("03/04/2026"), { dates: "month" })).toBe("2026-03-04");
    expect(first(file("03/04/2026", "25/04/2026"))).toBe("2026-04-03");
    expect(first(file("03/04/2026", "03/25/2026"))).toBe("2026-03-04");
    expect(first(file("03/03/2026"))).toBe("2026-03-03");
    expect(first(file("03/04/2026").replace("Amount", "Montant"))).toBe("2026-04-03");
  });
});

// Guards against a day that passes for reconciled of which a part was on no file.
test("files cover a day when nothing of it is left out between them", () => {
  const file = (from: string, to: string) => ({ from: `2026-11-${from}:00.000Z`, to: `2026-11-${to}:00.000Z` });
  const day = (...files: { from: string; to: string }[]) => areWhole(files, "2026-11-24");
  expect(day()).toBe(false);
  expect(day(file("24T00:00", "25T00:00"))).toBe(true);
  expect(day(file("23T00:00", "24T00:00"))).toBe(false);
  expect(day(file("25T00:00", "26T00:00"))).toBe(false);
  // An hour east of Greenwich.
  expect(day(file("23T23:00", "24T23:00"))).toBe(false);
  expect(day(file("24T23:00", "25T12:00"), file("23T23:00", "24T23:00"))).toBe(true);
  expect(day(file("23T23:00", "24T22:00"), file("24T23:00", "25T23:00"))).toBe(false);
  expect(day(file("20T00:00", "24T01:00"), file("01T00:00", "30T00:00"))).toBe(true);
});

test("amounts are read exactly in their currency, or not at all", () => {
  for (const [text, currency, amountMinor] of [
    ["12 500", "XOF", 12_500],
    ["12\u202f500 F CFA", "XOF", 12_500],
    ["12,500", "XOF", 12_500],
    ["1500.00", "XOF", 1_500],
    ["XOF 1.500", "XOF", 1_500],
    ["1 234,50", "EUR", 123_450],
    ["1,234.50", "EUR", 123_450],
    ["-1.234,50 €", "EUR", -123_450],
    ["\u221212,50", "EUR", -1_250],
    ["(12.50)", "EUR", -1_250],
    ["12.500", "TND", 12_500],
    ["١٢٫٥٠", "EUR", 1_250],
    ["0", "EUR", 0],
    ["1,234", "EUR", undefined],
    ["12.505", "EUR", undefined],
    ["12.5", "XOF", undefined],
    ["12.50 USD", "EUR", undefined],
    ["12 F CFA", "EUR", undefined],
    ["1e3", "XOF", undefined],
    ["--5", "XOF", undefined],
    ["(5", "XOF", undefined],
    ["", "XOF", undefined],
    ["99999999999999", "XOF", undefined],
  ] as const)
    expect(amountOf(text, currency), `${text} ${currency}`).toBe(amountMinor);
});

test("times are of the city's zone where the file names none", () => {
  const at = (date: string, time = "", order: "day" | "month" = "day") => instantOf(date, time, order, "Africa/Douala");
  expect(at("2026-11-24 23:30:00")).toBe("2026-11-24T22:30:00.000Z");
  expect(at("2026-11-24T23:30:00Z")).toBe("2026-11-24T23:30:00.000Z");
  expect(at("2026-11-24T23:30:00.123+02:00")).toBe("2026-11-24T21:30:00.000Z");
  expect(at("24/11/2026", "00h15")).toBe("2026-11-23T23:15:00.000Z");
  expect(at("11/24/2026 11:05:09 PM", "", "month")).toBe("2026-11-24T22:05:09.000Z");
  expect(at("24-11-2026, 12:00 am")).toBe("2026-11-23T23:00:00.000Z");
  expect(at("24/11/2026")).toBe("2026-11-24T11:00:00.000Z");
  for (const wrong of ["24/13/2026", "2026-02-30", "24/11/26", "24/11/2026 25:00", "", "46350.5"])
    expect(at(wrong), wrong).toBeUndefined();
});
