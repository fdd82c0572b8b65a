import { describe, expect, test } from "vitest";
import { creditorReference } from "../../shared/creditor-reference.ts";
import { billedCity, ok } from "../billed.ts";
import { camt, IBAN } from "../camt.ts";
import { newCity, soon, type TestCity, target } from "../city.ts";

const treasurer = { as: "treasurer" as const };
const xml = { ...treasurer, headers: { "Content-Type": "application/xml" } };
interface StatementAnswer {
  statement: { id: string; state: string; matched: number; unmatched: number };
  ledgerMinor: number;
  lines: { outcome: string; reference?: string; paymentId?: string }[];
}

const account = async (city: TestCity, iban = IBAN) =>
  (await ok<{ id: string }>(city.post("/v1/bank-accounts", { name: "Main", iban }, treasurer))).id;
const bring = (city: TestCity, id: string, file: string, options: Parameters<TestCity["get"]>[1] = xml) =>
  city.post(`/v1/bank-accounts/${id}/statements`, file, options);
const settled = (city: TestCity, id: string) =>
  soon(
    () => ok<StatementAnswer>(city.get(`/v1/bank-statements/${id}`, treasurer)),
    ({ statement }) => statement.state === "done",
  );
const euros = (minor: number) => (minor / 100).toFixed(2);
const dueOf = async (city: TestCity, reference: string) =>
  (await ok<{ dueMinor: number }>(city.get(`/v1/bill-inquiries/${reference}`))).dueMinor;
const proof = (city: TestCity) => ok<{ isSound: boolean; digest: string }>(city.get("/v1/ledger/proof", treasurer));

describe(`the bank, ${target.name}`, () => {
  test.each(["02", "08"] as const)(
    "a statement (camt.053.001.%s) pays the bills whose reference it carries, however",
    async (version) => {
      const { city, bills } = await billedCity([5_000, 6_000, 7_000, 8_000]);
      const id = await account(city);
      const [a, b, c, d] = bills as [(typeof bills)[0], (typeof bills)[0], (typeof bills)[0], (typeof bills)[0]];
      const bare = (reference: string) => reference.replaceAll("-", "");
      const total = a.totalMinor + b.totalMinor + c.totalMinor + 250 + 1_000 - 300;
      const file = camt({
        version,
        opening: "100.00",
        closing: euros(10_000 + total),
        entries: [
          { amount: euros(a.totalMinor), structured: creditorReference(a.reference) },
          { amount: euros(b.totalMinor), text: `Eau & gaz <oct> ${bare(b.reference).toLowerCase()} merci` },
          { amount: euros(c.totalMinor), endToEndId: bare(c.reference) },
          // Two bills in one line, and none: nobody guesses.
          { amount: "2.50", text: `${a.reference} ${d.reference}` },
          { amount: "10.00", text: "for the water" },
          { amount: "3.00", side: "DBIT", text: "Fees" },
          { amount: "999.00", status: "PDNG", text: d.reference },
        ],
      });
      const taken = await bring(city, id, file);
      expect(taken.status).toBe(202);
      const { statement } = { statement: (await taken.json()) as { id: string } };
      const done = await settled(city, statement.id);
      expect(done.lines.map(({ outcome }) => outcome)).toEqual([
        "settled",
        "settled",
        "settled",
        "suspense",
        "suspense",
        "debit",
      ]);
      expect(done.statement).toMatchObject({ matched: 3, unmatched: 3 });
      // The books and the bank agree to the cent.
      expect(done.ledgerMinor).toBe(10_000 + total);
      for (const bill of [a, b, c]) expect(await dueOf(city, bill.reference)).toBe(0);
      expect(await dueOf(city, d.reference)).toBe(d.totalMinor);
      expect((await city.get(`/v1/receipts/${done.lines[0]!.paymentId}`)).status).toBe(200);
      expect(await proof(city)).toMatchObject({ isSound: true });
      // The same file again, under another number, or one that does not follow: refused.
      expect((await bring(city, id, file)).status).toBe(409);
      expect((await bring(city, id, file.replace("<Id>S1<", "<Id>S2<"))).status).toBe(409);
      const next = camt({ id: "S2", opening: euros(10_000 + total), closing: euros(10_000 + total), entries: [] });
      expect((await bring(city, id, next)).status).toBe(202);
      const page = await (await city.browser("treasurer")).get(`/staff/bank/statements/${statement.id}`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(a.reference)]);
    },
  );

  // Guards against money on a stranger's account: a day, an amount or a telephone number is no account's number.
  test("a line pays the whole account whose reference or number it carries", async () => {
    const { city, bills } = await billedCity([5_000, 6_000]);
    const id = await account(city);
    const open = (number: string) =>
      ok<{ id: string; reference: string }>(city.post("/v1/accounts", { number, name: "Somebody" }, { as: "agent" }));
    const [letters, digits] = [await open("WX-20451"), await open("20261124")];
    const of = bills[0]!;
    const { reference } = await ok<{ reference: string }>(city.get(`/v1/accounts/${of.accountId}`, { as: "agent" }));
    const entries = [
      { amount: "1.00", text: `for ${reference.replaceAll("-", " ").toLowerCase()} thanks` },
      { amount: "2.00", structured: creditorReference(reference) },
      { amount: "3.00", text: "account WX-20451, by phone +2250707123456" },
      { amount: "4.00", structured: "20261124" },
      { amount: "5.00", text: "paid on 20261124" },
      { amount: "6.00", text: `WX-20451 ${reference}` },
      { amount: "7.00", text: `${letters.reference} ${reference}` },
    ];
    const file = camt({ opening: "0.00", closing: "28.00", entries });
    const { id: statement } = (await (await bring(city, id, file)).json()) as { id: string };
    const { lines } = await settled(city, statement);
    expect(lines.map(({ outcome, reference: to }) => [outcome, to])).toEqual([
      ["settled", reference],
      ["settled", reference],
      ["settled", letters.reference],
      ["settled", digits.reference],
      ["suspense", undefined],
      ["settled", reference],
      ["suspense", undefined],
    ]);
    expect(await dueOf(city, of.reference)).toBe(Math.max(0, of.totalMinor - 900));
    expect(await ok(city.get(`/v1/statements/${letters.id}`, treasurer))).toMatchObject({ creditMinor: 300 });
    expect(await ok(city.get(`/v1/statements/${digits.id}`, treasurer))).toMatchObject({ creditMinor: 400 });
    expect(await proof(city)).toMatchObject({ isSound: true });
  });

  // Guards against a file that is half kept, or that eats the house.
  test("a file with a mistake is refused whole, with its line", async () => {
    const { city, bills } = await billedCity([5_000]);
    const id = await account(city);
    const { reference, totalMinor } = bills[0]!;
    const good = {
      opening: "0.00",
      closing: euros(totalMinor),
      entries: [{ amount: euros(totalMinor), text: reference }],
    };
    const before = await proof(city);
    const bomb = `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${"b".repeat(i + 1)} "&a;&a;&a;">`).join("")}]>`;
    const outside = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`;
    const wrongs: [string, string, number][] = [
      ["broken balance", camt({ ...good, closing: euros(totalMinor + 1) }), 422],
      ["another account", camt({ ...good, iban: "DE89370400440532013000" }), 422],
      ["another currency", camt({ ...good, currency: "XOF" }), 422],
      ["an entry of another currency", camt({ ...good, entries: [{ ...good.entries[0]!, currency: "USD" }] }), 422],
      ["a fraction of a cent", camt({ ...good, entries: [{ amount: "1.005", text: "" }] }), 422],
      [
        "a negative amount",
        camt(good).replace(
          `>${euros(totalMinor)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\n`,
          ">-5</Amt><CdtDbtInd>CRDT</CdtDbtInd>\n",
        ),
        422,
      ],
      ["no such day", camt({ ...good, entries: [{ ...good.entries[0]!, day: "2026-13-02" }] }), 422],
      ["another message", camt(good).replace("camt.053.001.08", "camt.054.001.08"), 422],
      ["no balance", camt(good).replace("CLBD", "ITBD"), 422],
      ["two statements", camt(good).replace("</Stmt>", "</Stmt><Stmt><Id>S9</Id></Stmt>"), 422],
      ["not closed", camt(good).replace("</Document>", ""), 400],
      ["an entity bomb", camt({ ...good, before: bomb }), 400],
      ["an outside entity", camt({ ...good, before: outside }), 400],
      ["deep", camt(good).replace("<MsgId>M1</MsgId>", `${"<a>".repeat(200)}${"</a>".repeat(200)}`), 400],
      ["empty", "", 400],
      ["no XML", "hello", 400],
      ["another encoding", camt(good).replace('encoding="UTF-8"', 'encoding="UTF-16"'), 400],
      ["huge", `${camt(good)}<!--${"x".repeat(5_000_000)}-->`, 413],
    ];
    for (const [what, file, status] of wrongs) {
      const answer = await bring(city, id, file);
      expect(answer.status, what).toBe(status);
      const body = (await answer.json()) as { errors?: { pointer: string }[] };
      if (status === 422 || (status === 400 && file.length > 10))
        expect(body.errors?.[0]?.pointer, what).toMatch(/^#\/line\/\d+$/);
    }
    expect((await bring(city, id, camt(good), { ...xml, headers: { "Content-Type": "text/csv" } })).status).toBe(415);
    expect((await bring(city, id, camt(good), { ...xml, as: "agent" })).status).toBe(403);
    expect((await bring(city, city.id("ban"), camt(good))).status).toBe(404);
    // Another city's account is as absent as none.
    const other = await newCity();
    expect((await bring(other, id, camt(good))).status).toBe(404);
    expect(await proof(city)).toEqual(before);
    const { statements } = await ok<{ statements: unknown[] }>(
      city.get(`/v1/bank-accounts/${id}/statements`, treasurer),
    );
    expect(statements).toEqual([]);
    // Five at once are one.
    const all = await Promise.all(Array.from({ length: 5 }, () => bring(city, id, camt(good))));
    expect(all.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
  });

  test("a bill shows where and under which reference it can be paid by transfer, and a code for wallets", async () => {
    const { city, bills } = await billedCity([5_000]);
    await account(city);
    const clerk = await city.browser("agent");
    const page = await (await clerk.get(`/bills/${bills[0]!["id"]}`)).text();
    const grouped = (text: string) => text.replace(/(.{4})(?=.)/g, "$1 ");
    expect(page).toContain(grouped(IBAN));
    expect(page).toContain(grouped(creditorReference(bills[0]!.reference)));
    expect(page).toContain("<svg");
  });

  test("an account's IBAN is checked, and kept once", async () => {
    const city = await newCity();
    for (const iban of ["FR7630006000011234567890188", "XX00", "", "FR76 3000"])
      expect((await city.post("/v1/bank-accounts", { name: "Main", iban }, treasurer)).status, iban).toBe(422);
    const id = await account(city, "fr76 3000 6000 0112 3456 7890 189");
    expect(await account(city)).toBe(id);
    expect((await city.post("/v1/bank-accounts", { name: "Other", iban: IBAN }, treasurer)).status).toBe(409);
    expect((await city.post("/v1/bank-accounts", { name: "Main", iban: IBAN }, { as: "agent" })).status).toBe(403);
  });

  test("cash brought from a till arrives by its slip's reference", async () => {
    const { city } = await billedCity([5_000]);
    const id = await account(city);
    await ok(city.post("/v1/tills", { code: "T1", name: "x" }, treasurer));
    await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 500 }, { as: "agent" }));
    await ok(city.post("/v1/tills/T1/count", { denominations: { "500": 1 } }, { as: "agent" }));
    await ok(city.post("/v1/tills/T1/closing", undefined, treasurer));
    const order = { id: city.id("dep"), amountMinor: 500, bankAccountId: id };
    const { reference } = await ok<{ reference: string }>(city.post("/v1/tills/T1/deposits", order, { as: "agent" }));
    const file = camt({
      opening: "0.00",
      closing: "10.00",
      entries: [
        { amount: "5.00", text: `Versement ${reference}` },
        { amount: "5.00", text: `Versement ${reference}` },
      ],
    });
    const { id: statement } = await ok<{ id: string }>(bring(city, id, file));
    const { lines } = await settled(city, statement);
    // The second line is somebody's money, but not this cash again.
    expect(lines.map(({ outcome }) => outcome).sort()).toEqual(["deposit", "suspense"]);
    const { balances } = await ok<{ balances: { account: string; balanceMinor: number }[] }>(
      city.get("/v1/ledger/balances", treasurer),
    );
    const of = (name: string) => balances.find((one) => one.account === name)?.balanceMinor ?? 0;
    expect([of("cash:T1"), of("in_transit"), of(`bank:${id}`), of("suspense")]).toEqual([0, 0, 1_000, -500]);
  });
});
