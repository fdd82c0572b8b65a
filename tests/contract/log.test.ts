import { describe, expect, test } from "vitest";
import { newCity, soon, target } from "../city.ts";

describe(`the city's log, ${target.name}`, () => {
  // Guards against figures that a mended listener never catches up with, and an administrator who cannot see it.
  test("a listener is told again as a task, whose progress the page shows; strangers tell nobody", async () => {
    const city = await newCity();
    await city.post("/v1/staff", { contact: "clerk@example.org", roles: ["agent"] }, { as: "administrator" });
    const browser = await city.browser("administrator");
    const listener = "collection/billing.bill_issued.v1";
    const page = await (await browser.get("/staff/log?lang=en")).text();
    expect(page).toContain(`<option value="${listener}">`);
    expect((await browser.submit("/staff/log/replays", { listener: "nobody/at.all.v1" }, "/staff/log")).status).toBe(
      404,
    );
    expect((await browser.submit("/staff/log/replays", { listener }, "/staff/log")).status).toBe(303);
    const done = await soon(
      async () => (await browser.get("/staff/log?lang=en")).text(),
      (text) => text.includes(">done<"),
    );
    expect(done).toContain(`<code>${listener}</code>`);
    const agent = await city.browser("agent");
    expect((await agent.submit("/staff/log/replays", { listener }, "/me")).status).toBe(403);
    const other = await (await newCity()).browser("administrator");
    expect(await (await other.get("/staff/log?lang=en")).text()).not.toContain(">done<");
  });
});
