import { describe, expect, test } from "vitest";
import { ok } from "../billed.ts";
import { soon, target } from "../city.ts";
import { agent, bought, KEY, look, NUMBER, numberOf, open, pay, treasurer, until, vendingCity } from "../vended.ts";

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const pathOf = (answer: Response) => (answer.headers.get("location") ?? "").replace(/^.*\/cities\/[^/]+/, "");

describe(`pages of prepaid meters, ${target.name}`, () => {
  test("from a meter's number to its token, without an account and without script", async () => {
    const { city } = await vendingCity();
    const browser = await city.browser();
    expect(await text(browser.get("/prepaid?lang=en"))).toContain('name="meter"');
    const typed = `${NUMBER.slice(0, 4)} ${NUMBER.slice(4)}`;
    const quote = await text(browser.get(`/prepaid?meter=${encodeURIComponent(typed)}&amount=10,00&lang=en`));
    expect(quote).toMatch(/56\.6\skWh/);
    const id = /name="id" value="([^"]+)"/.exec(quote)?.[1] ?? "";
    const fields = { id, meter: NUMBER, amountMinor: "1000", contact: "payer@page.example" };
    const [first, second] = [
      await browser.submit("/prepaid/purchases", fields),
      await browser.submit("/prepaid/purchases", fields),
    ];
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(pathOf(second)).toBe(pathOf(first));
    const at = pathOf(first);
    expect(at).toBe(`/prepaid/purchases/${id}`);
    const purchase = await look(city, { id });
    expect(await text(browser.get(`${at}?lang=en`))).toContain(`/pay?reference=${purchase.reference}`);

    const paymentId = await pay(city, purchase.reference);
    const { tokens, billId } = await until(city, purchase, "vended");
    const shown = tokens![0]!.digits[0]!.match(/.{4}/g)!.join(" ");
    expect(pathOf(await browser.get(`/prepaid/of/${billId}`))).toBe(at);
    expect(await text(browser.get(`/receipts/${paymentId}`))).toContain(`/prepaid/of/${billId}`);
    for (const lang of ["en", "fr", "ar"]) {
      const page = await text(browser.get(`${at}?lang=${lang}`));
      expect(page).toContain(shown);
      expect(page).toMatch(new RegExp(`<bdi dir="ltr"[^>]*>${shown}`));
    }
    expect(await text(browser.get(`${at}?lang=en`))).toContain("Test token");
    const again = await browser.get(`/prepaid/again?meter=${NUMBER}&reference=${purchase.reference}`);
    expect(pathOf(again)).toBe(at);
    expect((await browser.get(`/prepaid/again?meter=${numberOf(3)}&reference=${purchase.reference}`)).status).toBe(404);
    expect(pathOf(await browser.submit(`${at}/message`, {}))).toBe(`${at}?sent=yes`);
    const sent = await soon(
      () => city.messages("payer@page.example"),
      (all) => all.length > 1,
    );
    expect(new Set(sent).size).toBe(1);
    const { screens } = await ok<{ screens: string[] }>(
      city.get(`/v1/prepaid/purchases/${id}/screens`, { headers: { "Accept-Language": "ar" } }),
    );
    expect(screens.join("\n")).toContain(shown);
    expect(Math.max(...screens.map((screen) => screen.length))).toBeLessThanOrEqual(160);
  });

  test("mistakes come back with their field, in the reader's language, and nothing is kept", async () => {
    const { city } = await vendingCity();
    const browser = await city.browser();
    for (const [query, says] of [
      [`meter=${numberOf(7)}&amount=10`, "No prepaid meter of this city"],
      [`meter=${NUMBER}&amount=lots`, "no amount of money"],
      [`meter=${NUMBER}&amount=`, "no amount of money"],
      ["meter=&amount=", "No prepaid meter of this city"],
      [`meter=${NUMBER}&amount=0`, "no amount of money"],
      [`meter=${NUMBER}&amount=1`, "The least that buys something now is €2.41"],
      [`meter=${NUMBER}&amount=9000000`, "more than one purchase"],
    ] as const) {
      const answer = await browser.get(`/prepaid?${query}&lang=en`);
      expect(answer.status, query).toBe(422);
      expect(await answer.text(), query).toContain(says);
    }
    for (const contact of ["nobody", "x", "9".repeat(300)]) {
      const answer = await browser.submit("/prepaid/purchases?lang=fr", {
        meter: NUMBER,
        amountMinor: "1000",
        contact,
      });
      expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("Ce n’est ni un numéro")]);
    }
  });

  test("staff take a meter in, see what waits, decide by two, and find things by any number", async () => {
    const { city, meter } = await vendingCity();
    const [keeper, decider] = [await city.browser("agent"), await city.browser("treasurer")];
    const number = numberOf(55);
    const fields = {
      source: "sts",
      number,
      resource: "water",
      free: "6",
      supplyGroup: "123456",
      keyRevision: "2",
      tariffIndex: "01",
      baseYear: "2014",
    };
    const made = await keeper.submit("/staff/prepaid/meters", fields, "/staff/prepaid");
    expect(made.status).toBe(303);
    expect(await text(keeper.get(`${pathOf(made)}?lang=en`))).toMatch(/6\sm³/);
    const bad = await keeper.submit("/staff/prepaid/meters", { ...fields, number: "12345678901" }, "/staff/prepaid");
    expect([bad.status, (await bad.text()).includes('id="f-number-error"')]).toEqual([422, true]);

    const purchase = await bought(city, 1_000);
    const token = purchase.tokens![0]!.digits[0]!;
    for (const typed of [NUMBER, purchase.reference, token, token.match(/.{4}/g)!.join(" "), purchase.id])
      expect(await text(keeper.get(`/staff/find?q=${encodeURIComponent(typed)}`)), typed).toContain(
        typed === NUMBER ? meter.id : purchase.id,
      );

    const at = `/staff/prepaid/meters/${meter.id}`;
    const asked = await keeper.submit(`${at}/orders`, { wants: "clear_credit", reason: "moved out" }, at);
    expect(asked.status).toBe(303);
    expect(await text(decider.get("/staff"))).toContain("/staff/prepaid");
    const decided = await decider.submit(`${pathOf(asked)}/agree`, {}, pathOf(asked));
    expect(decided.status).toBe(303);
    const order = pathOf(asked).split("/").at(-1);
    await soon(
      () => ok<{ state: string }>(city.get(`/v1/prepaid/orders/${order}`, agent)),
      ({ state }) => state === "issued",
    );
    expect((await keeper.submit(`${at}/orders`, { wants: "power_limit", watts: "", reason: "sun" }, at)).status).toBe(
      422,
    );
    expect(
      (await decider.submit("/staff/prepaid/rule", { share: "30", afterDays: "10" }, "/staff/prepaid")).status,
    ).toBe(303);
    expect(await ok(city.get("/v1/prepaid/rule"))).toEqual({ arrearsBasisPoints: 3_000, arrearsAfterDays: 10 });
    expect(
      (await decider.submit("/staff/prepaid/rule", { share: "95", afterDays: "10" }, "/staff/prepaid")).status,
    ).toBe(422);
    const campaign = await decider.submit(
      "/staff/prepaid/campaigns",
      { keyRevision: "3", baseYear: "2014" },
      "/staff/prepaid/campaigns",
    );
    expect(campaign.status).toBe(303);
    const csv = await soon(
      () => text(keeper.get(`${pathOf(campaign)}/meters.csv`)),
      (rows) => rows.split("issued").length > 2,
    );
    expect(csv).toContain(NUMBER);
  });

  test("a resident sees the meters of the own accounts, and nobody else's", async () => {
    const { city } = await vendingCity();
    const contact = `awa@${city.slug}.example`;
    const { id } = await ok<{ id: string }>(city.post("/v1/accounts", { number: "A-1", name: "Awa", contact }, agent));
    const own = numberOf(8);
    await ok(
      city.post(
        "/v1/prepaid/meters",
        { source: "sts", number: own, resource: "electricity", key: KEY, accountId: id },
        agent,
      ),
    );
    const purchase = await open(city, 1_000, { meter: own });
    const browser = await city.browser({ contact });
    const mine = await text(browser.get("/prepaid/mine"));
    expect([mine.includes(own.slice(0, 4)), mine.includes(purchase.id), mine.includes(NUMBER.slice(0, 4))]).toEqual([
      true,
      true,
      false,
    ]);
    expect((await (await city.browser()).get("/prepaid/mine")).status).toBe(303);
    expect((await city.get("/v1/prepaid/meters", { as: { token: await city.token("resident") } })).status).toBe(403);
    expect((await city.get("/v1/prepaid/waiting", treasurer)).status).toBe(200);
  });
});
