import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { balances, proof } from "../books.ts";
import { newCity, type TestCity } from "../city.ts";
import { allCompared, FILES, type MtnLine, mtnFile, unanswered, walletCity } from "../filed.ts";

const treasurer = { as: "treasurer" as const };
const PATH = "/staff/payments/files";
interface Refusal {
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}
const hand = (city: TestCity, file: string | Uint8Array, fields?: Record<string, string>) =>
  city.upload(FILES, "file.csv", file, { ...treasurer, ...(fields ? { fields } : {}) });
const refused = async (answer: Response): Promise<Refusal> => {
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  return (await answer.json()) as Refusal;
};
const listed = async (city: TestCity) =>
  (await ok<{ files: unknown[] }>(city.get("/v1/statement-files", treasurer))).files;

describe("a provider's file", () => {
  test("that is another's, or wrong in one line, is refused by that line, and nothing of it is kept", async () => {
    const { city, bills } = await walletCity([5_000, 6_000]);
    const { id, amountMinor } = await unanswered(city, bills[0].reference);
    const before = await proof(city);
    const good: MtnLine = { id: "9001", externalId: id, amount: amountMinor };
    const other = (await walletCity()).city;
    const theirs = await ok<{ bills: { reference: string }[] }>(other.get("/v1/bills?month=2026-09", treasurer));
    const foreign = await unanswered(other, theirs.bills[0]!.reference);
    await ok(
      city.put("/v1/payment-accounts/second", { rail: "momo", name: "Two", isStandIn: true }, { as: "administrator" }),
    );
    const body = { reference: bills[1]!.reference, account: "second", msisdn: "+2250500000052" };
    const elsewhere = await ok<{ id: string }>(city.post("/v1/payments", body));
    for (const [line, word] of [
      [{ id: "9002", amount: 5, currency: "EUR" }, "EUR"],
      [{ id: "9002", amount: 5, status: "Perhaps" }, "Perhaps"],
      [{ id: "9002", amount: "12.5" }, "12.5"],
      [{ id: "9002", amount: '"=cmd|0"' }, "=cmd"],
      [{ id: "@SUM(A1)", amount: 5 }, "@SUM"],
      [{ id: "9001", amount: 5 }, "9001"],
      [{ id: "9002", amount: 5, wallet: "FRI:9999/MM" }, "FRI:9999/MM"],
      [{ id: "9002", amount: 5, at: new Date(Date.now() + 86_400_000) }, "has not been yet"],
      [{ id: "9002", amount: 5, at: new Date(Date.now() - 60 * 86_400_000) }, "31 days"],
      // Another city's payment reads as one that there never was; and one of another account of this city.
      [{ id: "9002", amount: 5, externalId: foreign.id }, foreign.id],
      [{ id: "9002", amount: 5, externalId: elsewhere.id }, elsewhere.id],
      [{ id: "9002", amount: 5, externalId: "rfd_01JD8Q6Z3W8M6W1YB1M0Q4S7XK" }, "rfd_01"],
    ] as [MtnLine, string][]) {
      const answer = await hand(city, mtnFile(good, line));
      expect(answer.status, word).toBe(422);
      const { errors = [] } = await refused(answer);
      const isOld = word === "31 days";
      expect(
        errors.map(({ pointer }) => pointer),
        word,
      ).toEqual([isOld ? "#/line/2" : "#/line/3"]);
      expect(errors[0]!.detail).toContain(word);
    }
    expect((await hand(city, "PK\u0003\u0004")).status).toBe(422);
    expect((await hand(city, mtnFile(good), { wrong: "field" })).status).toBe(422);
    expect((await hand(city, new Uint8Array(5 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await city.post(FILES, { file: "no" }, treasurer)).status).toBe(415);
    expect(await listed(city)).toEqual([]);
    expect(await proof(city)).toEqual(before);
    expect(await ok(city.get(`/v1/payments/${id}`))).toMatchObject({ state: "pending" });

    // Kept once; then another wallet's file, and one that says otherwise of the same number, are refused.
    expect((await hand(city, mtnFile(good))).status).toBe(201);
    const wallet = await refused(await hand(city, mtnFile({ id: "9005", amount: 5, wallet: "FRI:7/MM" })));
    expect(wallet.errors).toMatchObject([{ pointer: "#/line/2", detail: expect.stringContaining("FRI:8000/MM") }]);
    const changed = await refused(await hand(city, mtnFile({ ...good, amount: amountMinor + 1 })));
    expect(changed.errors).toMatchObject([{ pointer: "#/line/2", detail: expect.stringContaining("9001") }]);
    await allCompared(city);
    expect(await balances(city)).toMatchObject({ "provider:momo:wallet": amountMinor });
  });

  test("is handed in by who may, into an account of this city that gives no statement by itself", async () => {
    const { city } = await walletCity();
    const other = await newCity();
    const file = mtnFile({ id: "9001", amount: 5 });
    expect((await city.upload(FILES, "a.csv", file, { as: "agent" })).status).toBe(403);
    expect((await city.upload(FILES, "a.csv", file)).status).toBe(401);
    expect((await city.get("/v1/statement-files", { as: "agent" })).status).toBe(403);
    const theirs = await other.upload(FILES, "a.csv", file, treasurer);
    const nobodys = await other.upload("/v1/payment-accounts/nobody/statement-files", "a.csv", file, treasurer);
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    const bare = (problem: unknown) => ({ ...(problem as object), instance: undefined });
    expect(bare(await theirs.json())).toEqual(bare(await nobodys.json()));
    expect(await listed(other)).toEqual([]);
    await ok(
      city.put("/v1/payment-accounts/card", { rail: "stripe", name: "Card", isStandIn: true }, { as: "administrator" }),
    );
    const card = await city.upload("/v1/payment-accounts/card/statement-files", "a.csv", file, treasurer);
    expect((await refused(card)).errors).toMatchObject([{ pointer: "#/account" }]);
  });

  // Guards against a day that passes for reconciled because there was nothing to compare it with.
  test("is asked for on the page of the days; what it lacks and what was not booked is shown line by line", async () => {
    const { city, bills } = await walletCity([5_000, 6_000]);
    const paid = { reference: bills[0].reference, account: "wallet", msisdn: "+2250500000043" };
    const { id, amountMinor } = await ok<{ id: string; amountMinor: number }>(city.post("/v1/payments", paid));
    const today = new Date().toISOString().slice(0, 10);
    const compare = { account: "wallet", day: today };
    const early = await refused(await city.post("/v1/reconciliations", compare, treasurer));
    expect(early.errors).toMatchObject([{ pointer: "#/day" }]);
    // A file that lacks what was booked.
    const browser = await city.browser("treasurer");
    const file = (name: string, text: string) => new File([text], name);
    const sent = await browser.submit(
      PATH,
      { account: "wallet", file: file("a.csv", mtnFile({ id: "1", amount: 5 })) },
      PATH,
    );
    expect([sent.status, sent.headers.get("location")]).toEqual([
      303,
      expect.stringContaining("/staff/payments/reconciliation"),
    ]);
    await allCompared(city);
    const { providerRef } = await ok<{ providerRef: string }>(city.get(`/v1/payments/${id}`));
    const day = await ok(city.get(`/v1/reconciliations/wallet/${today}`, treasurer));
    expect(day).toMatchObject({
      ...{ lines: 1, statedMinor: 5, bookedMinor: amountMinor + 5, mismatchCount: 1 },
      mismatches: [{ why: "heard_now" }, { why: "not_stated", providerRef, id, oursMinor: amountMinor }],
    });
    const page = await (await browser.get(`/staff/payments/reconciliation/wallet/${today}`)).text();
    expect(page).toContain(providerRef);
    // The one that has it too: the day agrees.
    await ok(hand(city, mtnFile({ id: providerRef, externalId: id, amount: amountMinor })));
    await allCompared(city);
    expect(await ok(city.get(`/v1/reconciliations/wallet/${today}`, treasurer))).toMatchObject({
      ...{ lines: 2, statedMinor: amountMinor + 5, bookedMinor: amountMinor + 5, mismatchCount: 0 },
    });
  });

  test("whose columns nobody knows is read once they are named, on a page in the reader's language, and then always", async () => {
    const { city, bills } = await walletCity();
    const { id, amountMinor } = await unanswered(city, bills[0].reference);
    const text = (number: string, more = "") =>
      `Kennung;Zeit;Betrag;Unser\r\n${number};${new Date().toISOString()};${amountMinor};${id}${more}\r\n`;
    const browser = await city.browser("treasurer");
    const send = (lang: string, more: Record<string, string> = {}) =>
      browser.submit(
        `${PATH}?lang=${lang}`,
        { account: "wallet", file: new File([text("A1")], "a.csv"), ...more },
        `${PATH}?lang=${lang}`,
      );
    for (const [lang, says] of [
      ["en", "No column with the provider’s number of each movement was found."],
      ["fr", "Aucune colonne avec le numéro de chaque mouvement n’a été trouvée."],
      ["ar", "لم يُعثر على عمود برقم كل حركة لدى المزوّد."],
    ] as const) {
      const answer = await send(lang);
      const html = await answer.text();
      expect(answer.status, lang).toBe(422);
      expect(html).toContain(says);
      expect(html).toContain('<option value="Kennung">');
      expect(html).toContain(`lang="${lang}"`);
    }
    const named = { number: "Kennung", date: "Zeit", amount: "Betrag", reference: "Unser" };
    expect((await send("fr", named)).status).toBe(303);
    await allCompared(city);
    expect(await ok(city.get(`/v1/payments/${id}`))).toMatchObject({ state: "settled", providerRef: "A1" });
    const next = await hand(city, text("A2").replace(id, "").replace(String(amountMinor), "12"));
    expect(next.status).toBe(201);
    // A file whose columns are known is read all the same.
    expect((await hand(city, mtnFile({ id: "9001", amount: 7 }))).status).toBe(201);
    const html = await (await browser.get(PATH)).text();
    expect(html.match(/MoMo/g)?.length).toBeGreaterThanOrEqual(3);
  });
});
