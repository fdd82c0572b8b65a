import { describe, expect, test } from "vitest";
import { billedCity } from "../billed.ts";
import { newCity, target } from "../city.ts";

describe(`the staff console, ${target.name}`, () => {
  // Guards against a clerk who must know which room a number belongs to while a resident waits at the counter.
  test("any number leads to what it names, whatever its case, for those whose roles open it", async () => {
    const city = await newCity();
    const account = { number: "C-77/b", name: "Awa Traoré" };
    await city.post("/v1/accounts", account, { as: "agent" });
    const meter = { serial: "W-4711", kind: "water" };
    const { id } = (await (await city.post("/v1/meters", meter, { as: "agent" })).json()) as { id: string };
    const browsers = { agent: await city.browser("agent"), data_officer: await city.browser("data_officer") };
    const find = async (typed: string, as: keyof typeof browsers = "agent") =>
      (await browsers[as].get(`/staff/find?q=${encodeURIComponent(typed)}`)).text();
    expect(await find("c-77/B")).toContain(account.name);
    for (const typed of [" w-4711 ", id]) expect(await find(typed), typed).toContain(`/meters/${id}`);
    expect(await find("w-4711", "data_officer")).not.toContain(id);
    expect(await find("<script>alert(1)</script>")).toContain("&lt;script&gt;");
    for (const typed of ["", "CITY#x", "x".repeat(5_000), "../../staff"])
      expect(await find(typed)).toContain("/staff/find");
  });

  test("a bill's reference leads to the bill and to what was paid of it; a payment's number to the payment", async () => {
    const { city, bills } = await billedCity([12_000]);
    const { reference, id } = bills[0]!;
    const { id: payment } = (await (await city.post("/v1/payments", { reference })).json()) as { id: string };
    const browser = await city.browser("treasurer");
    const find = async (typed: string) => (await browser.get(`/staff/find?q=${encodeURIComponent(typed)}`)).text();
    const page = await find(reference.toLowerCase().replaceAll("-", " "));
    expect(page).toContain(`/bills/${id}"`);
    expect(page).toContain(`/staff/payments/of/${payment}`);
    expect(await find(payment)).toContain(`/staff/payments/of/${payment}`);
    expect((await browser.get(`/staff/payments/of/${payment}`)).status).toBe(200);
    for (const none of ["pay_none", "rfd_none", "sus_none", "bill_none", `${reference}0`])
      expect(await find(none), none).not.toContain('class="card"');
    const other = await (await newCity()).browser("treasurer");
    for (const typed of [reference, payment, id])
      expect(await (await other.get(`/staff/find?q=${typed}`)).text(), typed).not.toContain('class="card"');
  });

  test("another city's number names nothing, and who is no member of staff is not admitted", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const meter = { serial: "W-9000", kind: "water" };
    const { id } = (await (await other.post("/v1/meters", meter, { as: "agent" })).json()) as { id: string };
    const found = await (await (await city.browser("agent")).get("/staff/find?q=W-9000")).text();
    expect(found).not.toContain(id);
    expect((await (await city.browser("resident")).get("/staff/find?q=W-9000")).status).toBe(403);
    expect((await (await city.browser()).get("/staff/find?q=W-9000")).headers.get("location")).toContain("/sign-in");
  });
});
