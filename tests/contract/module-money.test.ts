import { expect, test } from "vitest";
import type { Invoice } from "../../marketplace/money/schema.ts";
import { ok } from "../billed.ts";
import { newCity, soon } from "../city.ts";
import { newPublisher } from "../publisher.ts";

const admin = { as: "administrator" } as const;
const treasurer = { as: "treasurer" } as const;

// Guards against a price that counts in one home and not in the other, and against another city that sees it.
test("a price is agreed to, the module serves, and what this month costs so far is counted", async () => {
  const [city, other, publisher] = await Promise.all([
    newCity({ currency: "XOF", timeZone: "Africa/Abidjan", languages: ["fr", "en", "ar"] }),
    newCity(),
    newPublisher("XOF"),
  ]);
  const price = {
    per: "month" as const,
    bands: [{ upTo: 50_000, amounts: { XOF: 31_000 } }, { amounts: { XOF: 62_000 } }],
  };
  const sent = await publisher.publish(publisher.module("1.0.0", "250", { price }));
  expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
  const module = `${publisher.name}/fair-water`;
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module }, admin));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, admin));
  await ok(city.post(`/v1/installs/${id}/state`, { to: "proposed" }, admin));
  expect((await city.post(`/v1/installs/${id}/state`, { to: "active" }, admin)).status).toBe(409);
  // By the size of the city, which it says first.
  expect((await city.post("/v1/module-money/prices", { module }, treasurer)).status).toBe(409);
  await ok(city.put("/v1/module-money/terms", { population: 60_000, taxBasisPoints: 1_800 }, treasurer));
  await ok(city.post("/v1/module-money/prices", { module }, treasurer));
  await ok(city.post(`/v1/installs/${id}/state`, { to: "active" }, admin));
  const { estimate } = await soon(
    () => ok<{ estimate: Invoice }>(city.get("/v1/module-money/invoices", treasurer)),
    (found) => found.estimate.lines.length > 0,
  );
  const [line] = estimate.lines;
  expect(line).toMatchObject({ module, what: "month", counted: 1, unitMinor: 62_000 });
  expect(line!.netMinor).toBe(Math.round(62_000 / line!.of!));
  expect(line!.shares.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(line!.netMinor);

  const page = await (await (await city.browser("treasurer")).get("/staff/module-money?lang=fr")).text();
  expect(page).toMatch(/31\s000\sF\sCFA jusqu’à 50\s000 habitants/u);
  expect((await other.post("/v1/module-money/prices", { module }, treasurer)).status).toBe(404);
  expect(await ok(other.get("/v1/module-money/invoices", treasurer))).toMatchObject({ estimate: { lines: [] } });
  expect((await city.get("/v1/module-money/invoices", { as: "agent" })).status).toBe(403);
});
