import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountStore } from "../../functions/accounts/store.ts";
import { minorFrom, readCamt } from "../../functions/bank/camt.ts";
import { carriedBy } from "../../functions/bank/domain.ts";
import { importStatement, matchPart } from "../../functions/bank/matching.ts";
import { askOrder, decideOrder, fileOf } from "../../functions/bank/orders.ts";
import { bankStore } from "../../functions/bank/store.ts";
import { TakePayment } from "../../functions/payments/events.ts";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { decimalOf, exponentOf } from "../../shared/money.ts";
import { camt, IBAN } from "../camt.ts";
import { innerHouse } from "../setup/inner.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("amounts of a file", () => {
  // Guards against a currency without cents that is charged a hundredfold.
  test("are exact in every currency, and what has no whole number of minor units is none", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), fc.constantFrom("EUR", "XOF", "TND", "JPY", "MGA"), (minor, currency) => {
        expect(minorFrom(decimalOf(minor, currency), currency)).toBe(minor);
        expect(
          minorFrom(`${decimalOf(minor, currency)}${exponentOf(currency) ? "" : "."}00`.slice(0, 19), currency),
        ).toBe(minor);
        expect(
          minorFrom(`${decimalOf(minor, currency)}${exponentOf(currency) ? "" : "."}01`, currency),
        ).toBeUndefined();
      }),
    );
    for (const wrong of ["", "-1", "1e3", "1,5", " 1", "0x1", "1.", "9".repeat(20)])
      expect(minorFrom(wrong, "EUR"), wrong).toBeUndefined();
  });
});

describe("references in what a payer wrote", () => {
  test("are found wherever they stand, with the creditor's check digits or without", () => {
    const line = (text: string, structured: string[] = []) => ({ text, structured, endToEndId: "" });
    const own = "K7M29QXR4";
    const rf = creditorReference(own);
    expect(carriedBy(line("", [rf])).structured).toEqual([own]);
    expect(carriedBy(line("", ["RF00K7M29QXR4"])).structured).toEqual([]);
    expect(carriedBy(line(`pay ${rf.replace(/(.{4})/g, "$1 ")}now`)).structured).toContain(own);
    for (const text of ["K7M2-9QXR-4", "x k7m2 9qxr 4!", "(K7M29QXR4)", "2026 K7M2.9QXR.4 thanks"])
      expect(carriedBy(line(text)).written, text).toContain("K7M2-9QXR-4");
    expect(carriedBy(line("BK7M29QXR4")).written).toEqual([]);
    // An account's begins with an A, and so may the words before a bill's.
    expect(carriedBy(line("AK7M29QXR4")).written).toEqual(["A-K7M2-9QXR-4"]);
    expect(carriedBy(line("paid a k7m2-9qxr-4")).written).toEqual(["A-K7M2-9QXR-4", "K7M2-9QXR-4"]);
    expect(carriedBy(line("compte A00001, 20261124 12.50 +2250707123456 x12")).numbers).toEqual(["A00001"]);
  });

  test("and no text makes it stumble or look for ever", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), (text) => {
        const { structured, written } = carriedBy({ text, structured: [], endToEndId: text });
        expect(structured.length + written.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe("a statement's file", () => {
  // Guards against a parser that is led anywhere but to a statement or a refusal.
  test("however it is broken, it is read or refused", () => {
    const good = camt({ opening: "0.00", closing: "5.00", entries: [{ amount: "5.00", text: "x" }] });
    expect(readCamt(bytes(good), IBAN, "EUR").lines).toHaveLength(1);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(60), fc.string({ maxLength: 20 }), (at, length, instead) => {
        const broken = good.slice(0, at) + instead + good.slice(at + length);
        try {
          readCamt(bytes(broken), IBAN, "EUR");
        } catch (error) {
          expect(error, broken).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 400 },
    );
    for (const name of ["__proto__", "constructor", "toString"])
      expect(() => readCamt(bytes(good.replaceAll("GrpHdr", name)), IBAN, "EUR")).not.toThrow(TypeError);
  });

  // Guards against a statement that is kept, and of which no line is ever settled: no payment came on such a day.
  test("an entry that was booked on no day of the calendar, or before there were such files, is refused", () => {
    const booked = (day: string) =>
      readCamt(bytes(camt({ opening: "0", closing: "5", entries: [{ amount: "5", day }] })), IBAN, "EUR");
    expect(booked("2028-02-29").lines).toMatchObject([{ bookedOn: "2028-02-29" }]);
    for (const day of ["2026-02-29", "2026-02-31", "2026-13-01", "0001-01-01", "1969-12-31"])
      expect(() => booked(day), day).toThrow(expect.objectContaining({ kind: "invalid" }));
  });

  test("an entry of several payments is taken apart where their amounts add up to it", () => {
    const parts = (amounts: string[]) =>
      amounts
        .map((amount) => `<TxDtls><Amt Ccy="EUR">${amount}</Amt><RmtInf><Ustrd>p ${amount}</Ustrd></RmtInf></TxDtls>`)
        .join("");
    const batch = (amounts: string[]) =>
      camt({ opening: "0.00", closing: "5.00", entries: [{ amount: "5.00" }] }).replace(
        /<TxDtls>.*<\/TxDtls>/s,
        parts(amounts),
      );
    expect(readCamt(bytes(batch(["2.00", "3.00"])), IBAN, "EUR").lines.map((line) => line.amountMinor)).toEqual([
      200, 300,
    ]);
    expect(readCamt(bytes(batch(["2.00", "2.00"])), IBAN, "EUR").lines.map((line) => line.amountMinor)).toEqual([500]);
  });

  test("5,000 entries are read in a few seconds", () => {
    const entries = Array.from({ length: 5_000 }, (_, i) => ({ amount: "1.00", text: `n ${i}` }));
    const started = performance.now();
    expect(readCamt(bytes(camt({ opening: "0", closing: "5000.00", entries })), IBAN, "EUR").lines).toHaveLength(5_000);
    expect(performance.now() - started).toBeLessThan(6_000);
  });
});

describe("payouts", () => {
  let inner: Awaited<ReturnType<typeof innerHouse>>;
  beforeAll(async () => {
    inner = await innerHouse();
  });
  afterAll(() => inner.stop());

  async function owing(amountMinor = 5_000) {
    const { here, at } = inner.newHere({ name: "Évry & Cie" });
    const id = newId("ban", at.now);
    await bankStore(here).addAccount({
      id,
      name: "Main",
      iban: IBAN,
      currency: "EUR",
      createdAt: at.now.toISOString(),
    });
    await here.ledger.post({
      id: "owed",
      transfers: [{ debit: "revenue:water", credit: "refunds_owed:r1", amountMinor, currency: "EUR" }],
    });
    const payout = {
      name: "Zoé Müller",
      iban: "DE89370400440532013000",
      text: "Refund r1",
      account: "refunds_owed:r1",
    };
    const order = (amounts: number[], format: "pain.001.001.03" | "pain.001.001.09" = "pain.001.001.09") => ({
      id: newId("ord", at.now),
      bankAccountId: id,
      executeOn: "2026-11-30",
      format,
      payouts: amounts.map((amount) => ({ ...payout, amountMinor: amount })),
    });
    return { here, at, id, order };
  }
  const balance = (here: Here, account: string) => here.ledger.balance(account, "EUR");

  // Guards against one person alone, or one order twice, paying money out.
  test("leave when another person agrees, once, and never more than is owed", async () => {
    const { here, order } = await owing();
    const asked = order([1_200, 800]);
    await askOrder(here, asked, "one");
    expect((await askOrder(here, asked, "one")).created).toBe(false);
    await expect(askOrder(here, { ...asked, executeOn: "2026-12-01" }, "one")).rejects.toMatchObject({
      kind: "conflict",
    });
    await expect(fileOf(here, asked.id)).rejects.toMatchObject({ kind: "conflict" });
    await expect(decideOrder(here, asked.id, true, "one")).rejects.toMatchObject({ kind: "forbidden" });
    const both = await Promise.allSettled([
      decideOrder(here, asked.id, true, "two"),
      decideOrder(here, asked.id, false, "three"),
    ]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const state = (await bankStore(here).order(asked.id)).state;
    expect(await balance(here, "in_transit")).toBe(state === "approved" ? -2_000 : 0);
    const more = order([5_001]);
    await askOrder(here, more, "one");
    await expect(decideOrder(here, more.id, true, "two")).rejects.toMatchObject({ kind: "conflict" });
    const refused = order([1]);
    await askOrder(here, refused, "one");
    await decideOrder(here, refused.id, false, "two");
    await expect(decideOrder(here, refused.id, true, "two")).rejects.toMatchObject({ kind: "forbidden_transition" });
    expect(await here.ledger.prove()).toMatchObject({ isSound: true });
  });

  test.each(["pain.001.001.03", "pain.001.001.09"] as const)(
    "are a file of %s with its sums, the same bytes each time",
    async (format) => {
      const { here, order } = await owing();
      const asked = order([1_250, 5], format);
      await askOrder(here, asked, "one");
      await decideOrder(here, asked.id, true, "two");
      const { xml } = await fileOf(here, asked.id);
      expect((await fileOf(here, asked.id)).xml).toBe(xml);
      const read = new XMLParser({ ignoreAttributes: false, parseTagValue: false }).parse(xml);
      expect(read.Document["@_xmlns"]).toBe(`urn:iso:std:iso:20022:tech:xsd:${format}`);
      const { GrpHdr, PmtInf } = read.Document.CstmrCdtTrfInitn;
      expect(Object.keys(GrpHdr)).toEqual(["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]);
      expect(GrpHdr).toMatchObject({ NbOfTxs: "2", CtrlSum: "12.55", InitgPty: { Nm: "Evry & Cie" } });
      expect(GrpHdr.MsgId).toMatch(/^[A-Za-z0-9]{1,35}$/);
      // The order of the elements is the schema's.
      expect(Object.keys(PmtInf)).toEqual(
        "PmtInfId PmtMtd BtchBookg NbOfTxs CtrlSum PmtTpInf ReqdExctnDt Dbtr DbtrAcct DbtrAgt ChrgBr CdtTrfTxInf".split(
          " ",
        ),
      );
      expect(PmtInf.ReqdExctnDt).toEqual(format.endsWith("03") ? "2026-11-30" : { Dt: "2026-11-30" });
      const [first] = PmtInf.CdtTrfTxInf;
      expect(Object.keys(first)).toEqual(["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"]);
      expect(first).toMatchObject({
        Amt: { InstdAmt: { "@_Ccy": "EUR", "#text": "12.50" } },
        Cdtr: { Nm: "Zoe Muller" },
        CdtrAcct: { Id: { IBAN: "DE89370400440532013000" } },
      });
      expect(first.PmtId.EndToEndId).toMatch(/^[A-Za-z0-9-]{1,35}$/);
    },
  );

  // Guards against half a sign, which no table keeps: where a long text is cut, and where a file escapes it.
  test("a line's text is cut between two signs, and is settled whatever stands in it", async () => {
    const { here, id } = await owing();
    const long = (before: number) => `${"a".repeat(before)}${"💧".repeat(80)}`;
    const half = camt({
      opening: "0.00",
      closing: "3.00",
      entries: [139, 99, 0].map((n) => ({ amount: "1.00", text: long(n) })),
    });
    const { id: statement } = await importStatement(here, id, bytes(half.replace("💧💧", "&#xD83D;&#xDCA7;")), "one");
    const { writes } = await matchPart(here, statement, { part: 0 });
    await here.commit(writes!);
    const lines = await bankStore(here).lines(statement);
    expect(lines.map(({ outcome, text }) => [outcome, text.isWellFormed()])).toEqual(Array(3).fill(["suspense", true]));
    expect(await here.ledger.balance("suspense", "EUR")).toBe(-300);
  });

  // Guards against a statement that stays half matched for ever, as its first line means another account by now.
  test("a line whose answer was lost is matched as it was, whatever account was opened since", async () => {
    const { here, at, id } = await owing();
    const file = camt({ opening: "0.00", closing: "3.00", entries: [{ amount: "3.00", text: "compte A00001" }] });
    const { id: statement } = await importStatement(here, id, bytes(file), "one");
    const ask: Here["ask"] = async (offer, args) => {
      const answer = await here.ask(offer, args);
      if (offer.name === TakePayment.name) throw new Fault("unavailable", "Nobody heard it.");
      return answer;
    };
    await expect(matchPart({ ...here, ask }, statement, { part: 0 })).rejects.toThrow("Nobody heard it.");
    const account = { id: newId("acc", at.now), number: "A00001", name: "Awa", openedAt: at.now.toISOString() };
    await accountStore(here.table).open(account);
    const { writes } = await matchPart(here, statement, { part: 0 });
    await here.commit(writes!);
    expect(await bankStore(here).lines(statement)).toMatchObject([{ outcome: "suspense" }]);
    expect(await balance(here, "suspense")).toBe(-300);
  });

  test("are known again on the statement, once; a part that runs twice moves nothing twice", async () => {
    const { here, id, order } = await owing();
    const asked = order([1_250]);
    await askOrder(here, asked, "one");
    await decideOrder(here, asked.id, true, "two");
    const endToEndId = (await bankStore(here).order(asked.id)).payouts[0]!.endToEndId;
    const out = { amount: "12.50", side: "DBIT" as const, endToEndId };
    const file = camt({ opening: "100.00", closing: "75.00", entries: [out, out] });
    const { id: statement } = await importStatement(here, id, bytes(file), "one");
    await matchPart(here, statement, { part: 0 });
    const { writes } = await matchPart(here, statement, { part: 0 });
    await here.commit(writes!);
    const outcomes = (await bankStore(here).lines(statement)).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(["debit", "payout"]);
    expect(await balance(here, `bank:${id}`)).toBe(7_500);
    expect(await balance(here, "in_transit")).toBe(0);
    expect(await balance(here, `unexplained:${id}`)).toBe(1_250);
    expect([...(await bankStore(here).paid(await bankStore(here).order(asked.id)))]).toEqual([endToEndId]);
  });
});
