import { describe, expect, test } from "vitest";
import { newCity, target } from "../city.ts";

describe(`accounts, ${target.name}`, () => {
  // Guards against two accounts where a clerk pressed twice, and two customers under one number.
  test("an account sent twice is opened once; a number is one account's", async () => {
    const city = await newCity();
    const order = { id: city.id("acc"), number: "A-1", name: "Awa", contact: "06 12 34 56 78" };
    const first = await city.post("/v1/accounts", order, { as: "agent" });
    const again = await city.post("/v1/accounts", order, { as: "agent" });
    expect([first.status, again.status]).toEqual([201, 200]);
    const account = await first.json();
    expect(await again.json()).toEqual(account);
    expect(account).toMatchObject({ contact: "+33612345678" });
    const other = await city.post("/v1/accounts", { number: "a-1", name: "Other" }, { as: "agent" });
    expect(other.status).toBe(409);
    const found = await city.get("/v1/accounts?number=A-1", { as: "treasurer" });
    expect(await found.json()).toEqual({ accounts: [account] });
  });

  test("an account is changed, and its old contact sees it no more", async () => {
    const city = await newCity();
    const order = { id: city.id("acc"), number: "7", name: "Awa", contact: "awa@one.example" };
    await city.post("/v1/accounts", order, { as: "agent" });
    const changed = await city.put(
      `/v1/accounts/${order.id}`,
      { name: "Awa B.", contact: "AWA@two.example" },
      { as: "agent" },
    );
    expect(await changed.json()).toMatchObject({ number: "7", name: "Awa B.", contact: "awa@two.example" });
    const put = (body: object) => city.put(`/v1/accounts/${order.id}`, { name: "Awa B.", ...body }, { as: "agent" });
    expect(await (await put({ lang: "ar" })).json()).toMatchObject({ lang: "ar" });
    const unknown = await put({ lang: "xx" });
    expect(unknown.status).toBe(422);
    expect(await unknown.json()).toMatchObject({ errors: [{ pointer: "#/lang" }] });
    expect(await (await put({})).json()).not.toHaveProperty("lang");
  });

  // Guards against names and telephone numbers in strange hands.
  test("residents, strangers and other cities read no account", async () => {
    const [city, other] = await Promise.all([newCity(), newCity()]);
    const made = await city.post("/v1/accounts", { number: "1", name: "Awa" }, { as: "agent" });
    const { id } = (await made.json()) as { id: string };
    expect((await city.get(`/v1/accounts/${id}`, { as: "resident" })).status).toBe(403);
    expect((await city.get(`/v1/accounts/${id}`)).status).toBe(401);
    expect((await other.get(`/v1/accounts/${id}`, { as: "agent" })).status).toBe(404);
    expect((await city.get("/staff/accounts")).status).toBe(303);
  });

  test("mistakes are named by field", async () => {
    const city = await newCity();
    const answer = await city.post("/v1/accounts", { number: "", name: "x", contact: "nobody", y: 1 }, { as: "agent" });
    expect(answer.status).toBe(422);
    const contact = await city.post("/v1/accounts", { number: "1", name: "x", contact: "nobody" }, { as: "agent" });
    expect(await contact.json()).toMatchObject({ errors: [{ pointer: "#/contact" }] });
  });

  test("a clerk opens an account on a page, and gets the form back with its mistakes", async () => {
    const city = await newCity();
    const clerk = await city.browser("agent");
    const wrong = await clerk.submit("/staff/accounts", { number: "9", name: "" }, "/staff/accounts");
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('value="9"');
    const done = await clerk.submit("/staff/accounts", { number: "9", name: "Awa", lang: "fr" }, "/staff/accounts");
    expect(done.status).toBe(303);
    const page = await (await clerk.get(done.headers.get("location")!)).text();
    expect(page).toContain("Awa");
    expect(page).toMatch(/<option value="fr" selected[^>]*>Français/);
  });
});
