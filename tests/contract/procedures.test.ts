import { describe, expect, test } from "vitest";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import stalls from "../../marketplace/modules/souk-ouvert-market-stall/manifest.ts";
import { ok } from "../billed.ts";
import { newCity, soon, target } from "../city.ts";
import { administrator, agent, caseOf, casesOf, dayIn, handedIn, moved } from "../procedures.ts";
import { newPublisher } from "../publisher.ts";

describe(`procedures, ${target.name}`, () => {
  // Guards against a permit that is given unpaid, twice or under other terms than it was asked for, and against a case
  // that is lost when its module leaves.
  test("a stall of a module is applied for, granted, paid and printed, and outlives the module", async () => {
    const publisher = await newPublisher();
    const module = `${publisher.name}/market-stall`;
    await publisher.publish({ ...stalls, manifest: { ...stalls.manifest, name: module } } as ModuleInput);
    const city = await newCity({ timeZone: "UTC", languages: ["en", "fr"] });
    const { id: install } = await ok<{ id: string }>(city.post("/v1/installs", { module }, administrator));
    await ok(city.post(`/v1/installs/${install}/trials`, {}, administrator));
    for (const as of ["administrator", "data_officer"] as const)
      await ok(city.post(`/v1/installs/${install}/approvals`, {}, { as }));
    for (const to of ["proposed", "active"])
      await ok(city.post(`/v1/installs/${install}/state`, { to }, administrator));

    const key = `${publisher.name}.market-stall.permit`;
    const browser = await city.browser();
    expect(await (await browser.get("/procedures")).text()).toContain("Permit for a market stall");
    const contact = `awa@${city.slug}.example`;
    const path = await handedIn(browser, key, contact);
    // Two taps hand in once.
    const again = await browser.submit(`${path}/submit`, {}, path);
    expect(again.status).toBe(303);
    const [first, ...others] = await casesOf(city);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ state: "review", fee: { totalMinor: 4_500 }, contact });
    const { id, reference } = first!;

    // Removed: nothing new begins, and what has begun goes on by the terms that it began with.
    expect((await city.delete(`/v1/installs/${install}`, administrator)).ok).toBe(true);
    expect((await browser.get(`/procedures/about/${key}`)).status).toBe(404);
    await ok(moved(city, id, { transition: "grant" }));
    const due = await caseOf(city, id);
    expect(due).toMatchObject({ state: "to-pay", waits: "payment" });
    const bill = await ok<{ dueMinor: number }>(city.get(`/v1/bills/${due.fee.billId}`, { as: "treasurer" }));
    expect(bill.dueMinor).toBe(4_500);
    const { checkoutUrl } = await ok<{ checkoutUrl: string }>(
      city.post("/v1/payments", { reference: due.fee.billReference }),
    );
    await fetch(checkoutUrl, { method: "POST", body: new URLSearchParams({ outcome: "pay" }), redirect: "manual" });
    const granted = await soon(
      () => caseOf(city, id),
      ({ state }) => state === "granted",
    );
    expect(granted.papers).toMatchObject([{ from: dayIn(3), until: dayIn(32) }]);

    // The paper: whole for whoever has its code, and only whether it holds for whoever has its number.
    const own = await (await browser.get(path)).text();
    const paper = /\/procedures\/papers\/[^"]+/.exec(own)![0].replaceAll("&amp;", "&");
    const whole = await (await browser.get(paper)).text();
    expect(whole).toContain("Awa Diarra");
    expect(whole).toContain("Plateau &lt;b&gt;&amp;");
    expect(whole).not.toContain("<b>");
    const checked = await (await browser.get(paper.split("?")[0]!)).text();
    expect(checked).toContain("genuine");
    expect(checked).not.toContain("Awa");

    // The applicant was told of each step, with the code by which the state is asked for.
    const told = await soon(
      () => city.messages(contact),
      (all) => all.some((text) => text.includes("Granted")),
    );
    expect(told.some((text) => text.includes("To be paid") && text.includes(due.fee.billReference!))).toBe(true);
    const code = /Your code: ([0-9A-Z-]+)\./.exec(told[0]!)![1]!;
    const status = `/v1/procedure-status?reference=${reference.toLowerCase()}&lang=en`;
    expect(await ok(city.get(`${status}&code=${code}`))).toMatchObject({ state: "granted", title: "Granted" });
    expect((await city.get(`${status}&code=K7M2-9QXR-4`)).status).toBe(404);

    const { events } = await ok<{ events: { type: string; data: { to?: string; from?: string } }[] }>(
      city.get("/v1/events", administrator),
    );
    const moves = events.filter(({ type }) => type === "procedures.case_moved.v1").map(({ data }) => data.to);
    expect(moves.sort()).toEqual(["granted", "review", "to-pay"]);

    // Another city's case is as absent as none.
    const other = await newCity();
    for (const where of [`/v1/procedure-cases/${id}`, `/v1/procedures/${key}`])
      expect((await other.get(where, agent)).status, where).toBe(404);
    expect(
      (await other.get(path.replace(city.slug, other.slug).replace(/.*?\/procedures/, "/procedures"))).status,
    ).toBe(404);
  });
});
