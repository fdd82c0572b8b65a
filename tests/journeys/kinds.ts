import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { ModuleInput } from "../../marketplace/contract/module.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import { assessedKinds } from "../assessed.ts";
import { billedCity, ok } from "../billed.ts";
import { soon, type TestCity, target } from "../city.ts";
import { LAMP_POWER } from "../indicated.ts";
import { begun, handedIn, keepOwn, onlyCase, STALL } from "../procedures.ts";
import { newPublisher } from "../publisher.ts";
import { agent, bought, KEY, NUMBER, POWER, pay, treasurer } from "../vended.ts";
import { signIn, signInOperator } from "./browser.ts";

/** Every kind of page, by who sees it. Paths that begin with `//` are the house's. */
export interface Kinds {
  city: TestCity;
  resident: string;
  anyone: string[];
  residents: string[];
  staff: string[];
  operator: string[];
}

/** Who sees pages of their own. */
export const VISITORS = ["anyone", "residents", "staff", "operator"] as const;
export type Visitor = (typeof VISITORS)[number];

/** Opens a page as one of them, signed in. */
export async function asVisitor(page: Page, who: Visitor, kinds: Kinds): Promise<void> {
  if (who === "residents") await signIn(page, kinds.city, kinds.resident);
  if (who === "staff") await signIn(page, kinds.city, kinds.city.administrator);
  if (who === "operator") await signInOperator(page, target);
}

/** A city with something on every page: a bill, a payment, a dataset, a draft, readings. */
export async function cityOfAllKinds(
  order: { languages?: string[]; country?: string; currency?: string } = {},
): Promise<Kinds> {
  const { city, accounts, bills } = await billedCity([12_000, 30_000], { languages: ["fr", "ar", "en"], ...order });
  await ok(
    city.post(
      "/v1/staff",
      { contact: city.administrator, roles: ["administrator", "agent", "treasurer", "data_officer"] },
      { as: "administrator" },
    ),
  );
  const airports = readFileSync("node_modules/vega-datasets/data/airports.csv");
  const card = { title: "Airports", licence: "Public domain", source: "FAA", personal: "none" };
  const draft = await ok<{ id: string }>(
    city.upload("/v1/datasets", "airports.csv", airports, { as: "data_officer", fields: card }),
  );
  await ok(city.post(`/v1/datasets/${draft.id}/publish`, undefined, { as: "data_officer" }));
  const next = await ok<{ id: string }>(
    city.upload("/v1/datasets", "a.csv", "a,b\n1,2\n", { as: "data_officer", fields: { ...card, title: "Next" } }),
  );
  // A dataset of two versions, and a draft with a mistake in a row.
  const counted = async (title: string, rows: string, more = {}) =>
    ok<{ id: string }>(
      city.upload("/v1/datasets", "c.csv", `day;count\n${rows}`, {
        as: "data_officer",
        fields: { ...card, title, ...more },
      }),
    );
  for (const [rows, more] of [
    ["2026-01-01;1,5\n", {}],
    ["2026-01-01;2,5\n2026-01-02;3\n", { updates: "counts" }],
  ] as const)
    await ok(
      city.post(`/v1/datasets/${(await counted("Counts", rows, more)).id}/publish`, undefined, { as: "data_officer" }),
    );
  await ok(
    city.put(
      "/v1/indicators/mean-count",
      {
        ...LAMP_POWER,
        formula: "mean(row.count of counts) + led_share",
        band: { high: 2 },
        breakdown: { by: "column", column: "day" },
      },
      { as: "data_officer" },
    ),
  );
  const mistaken = await counted("Mistaken", "2026-01-01;1\n2026-01-02;none\n");
  const wrong = await city.browser({ contact: city.administrator });
  const at = `/staff/data/${mistaken.id}`;
  await wrong.submit(at, { "from.0": "day", "from.1": "count", "type.1": "number" }, at);
  await voicedKinds(city);
  const dataKey = await ok<{ key: { id: string } }>(
    city.post("/v1/data-keys", { name: "My map" }, { as: { token: await city.signIn(accounts[0]!.contact) } }),
  );
  const program = await programKinds(city);
  const payment = await ok<{ id: string; checkoutUrl: string }>(
    city.post("/v1/payments", { reference: bills[1]!.reference }),
  );
  await fetch(payment.checkoutUrl, {
    method: "POST",
    body: new URLSearchParams({ outcome: "pay" }),
    redirect: "manual",
  });
  await ok(city.get(`/v1/payments/${payment.id}`));
  const prepaid = await prepaidKinds(city, accounts[0]!.id);
  const assessed = await assessedKinds(city, { ...accounts[0]!, currency: await currencyOf(city) });
  const networked = await networkKinds(city);
  const applied = await procedureKinds(city);
  const whole = await ok<{ reference: string }>(city.get(`/v1/accounts/${accounts[0]!.id}`, agent));
  const { meters } = await ok<{ meters: { id: string; accountId?: string }[] }>(
    city.get("/v1/meters", { as: "agent" }),
  );
  const administrator = { as: "administrator" } as const;
  await ok(city.post("/v1/tills", { code: "T1", name: "Ground floor" }, administrator));
  await ok(city.post("/v1/tills/T1/shifts", { floatMinor: 500 }, { as: "agent" }));
  await ok(city.post("/v1/tills/T1/count", { denominations: { "1": 1 } }, { as: "agent" }));
  await ok(city.post("/v1/tills/T1/closing", {}, administrator));
  const { alarms } = await soon(
    () => ok<{ alarms: { id: string }[] }>(city.get("/v1/alarms", administrator)),
    (found) => found.alarms.length > 0,
  );
  const refund = { amountMinor: 1, reason: "Counted wrongly" };
  await ok(city.post(`/v1/payments/${payment.id}/refunds`, refund, { as: "agent" }));
  for (const limits of [{ refundMaxMinor: 100 }, {}]) await ok(city.put("/v1/refund-limits", limits, administrator));
  // Whatever the console leads to is looked at, also when a room is new.
  const console = await (await city.browser({ contact: city.administrator })).get("/staff");
  const below = new URL(city.url).pathname;
  const open = [...(await console.text()).matchAll(/href="([^"?#]+)"/g)].map(([, href]) => href!.replace(below, ""));
  const sections = [...new Set(open)].filter((path) => path.startsWith("/staff/"));
  return {
    city,
    resident: accounts[0]!.contact,
    anyone: [
      ...[
        "//",
        "//about",
        "//marketplace",
        "//marketplace/publish",
        "//marketplace/texts",
        "//marketplace/advisories",
        "//problems/absent",
        "//control/sign-in",
      ],
      ...[
        "/",
        "/sign-in",
        "/data",
        "/data?theme=TRAN",
        "/data/airports",
        "/data/airports?f.state=AK&by=city&offset=25",
        "/data/airports/embed?show=table",
        "/data-requests",
        "/data-reuses?dataset=airports",
        "/data/counts/changes?from=1&to=2",
        "/ogc/collections?f=html",
        "/ogc/collections/airports/items?f=html&limit=5",
        "/map",
        "/map?layers=airports&by.airports=latitude&point=-95,39",
        "/map?layers=airports&tool=measure&shape=area&points=-100,40;-90,41;-95,30",
        "/pay",
        `/pay?reference=${bills[0]!.reference}`,
        "/modules",
        "/forecasts",
        "/transparency",
        "/indicators",
        "/indicators/mean-count",
        "/indicators/mean-count/scenario?assumption=led_share&value=40",
        "/reference",
        "/no-such-page",
      ],
      `/pay?reference=${whole.reference}`,
      `/receipts/${payment.id}`,
      `/receipts/${payment.id}/check?signature=no`,
      `/payments/${payment.id}`,
      ...prepaid.anyone,
      ...applied.anyone,
    ],
    residents: [
      "/me",
      "/data-keys",
      `/data-keys/${dataKey.key.id}`,
      "/bills",
      "/prepaid/mine",
      "/procedures/mine",
      ...assessed.residents,
      `/bills/${bills.find((bill) => bill.accountId === accounts[0]!.id)!.id}`,
      `/bills/of/${accounts[0]!.id}`,
      "/meters",
      `/meters/${meters.find((meter) => meter.accountId === accounts[0]!.id)!.id}?month=2026-09`,
      `/meters/${meters.find((meter) => meter.accountId === accounts[0]!.id)!.id}/home`,
    ],
    staff: [
      ...["/staff", "/staff/find?q=nothing", ...sections, `/staff/data/${next.id}`, at, ...program],
      ...["/staff/billing/exemptions", "/staff/billing/flat", "/staff/billing/amnesties", "/staff/billing/matching"],
      ...[`/staff/payments/of/${payment.id}`, "/staff/payments/limits", "/staff/payments/files"],
      ...[`/staff/alarms/${alarms[0]!.id}`, "/staff/alarms/rule"],
      "/staff/indicators",
      "/staff/indicators/mean-count",
      "/staff/forecasts/schedule?what=load&hours=24&price=0.2&power=2&energy=9",
      ...["/staff/bills", `/staff/accounts/${accounts[0]!.id}`, "/staff/ledger/entries?account=revenue:water"],
      ...["/staff/meters/findings", "/staff/meters/rules", "/staff/meters/files", "/staff/meters/mappings"],
      `/staff/meters/${String(bills[0]!["meterId"])}/corrections?kind=values`,
      ...prepaid.staff,
      ...assessed.staff,
      ...networked,
      ...applied.staff,
    ],
    operator: [
      "//control",
      "//control/cities/new",
      "//control/cities/import",
      "//control/outbox",
      `//control/cities/${city.slug}`,
    ],
  };
}

/** A module with a program, approved by one of two. */
async function programKinds(city: TestCity): Promise<string[]> {
  const publisher = await newPublisher();
  const name = `${publisher.name}/night-leaks`;
  await publisher.publish({ ...leaks, manifest: { ...leaks.manifest, name } } as ModuleInput);
  const as = { as: "administrator" } as const;
  const { id } = await ok<{ id: string }>(city.post("/v1/installs", { module: name }, as));
  await ok(city.post(`/v1/installs/${id}/trials`, {}, as));
  await ok(city.post(`/v1/installs/${id}/approvals`, {}, as));
  return [
    `/staff/modules/${name}`,
    ...["runs", "deliveries"].map((one) => `/staff/modules/${name}/${one}`),
    "/staff/modules/advisories",
  ];
}

/** A stall that is being applied for, and one that the city has to decide on, about which somebody has begun to. */
async function procedureKinds(city: TestCity) {
  const currency = await currencyOf(city);
  const prices = STALL.prices.map((price) => ({ ...price, amounts: { ...price.amounts, [currency]: 50 } }));
  await keepOwn(city, { prices, proof: STALL.proof.slice(2, 3) });
  const browser = await city.browser();
  const below = (path: string) => path.replace(/^.*(?=\/procedures\/)/, "");
  const draft = below(await begun(browser, STALL.id));
  const done = below(await handedIn(browser, STALL.id, "awa@example.org"));
  const { id } = await onlyCase(city);
  await ok(city.post(`/v1/procedure-cases/${id}/moves`, { transition: "refuse", reason: "full" }, { as: "agent" }));
  return {
    anyone: [
      ...["/procedures", `/procedures/about/${STALL.id}`, "/procedures/status", "/procedures/papers"],
      ...["goods", "starts", "identity", "needs_power"].map((question) => `${draft}/q/${question}`),
      ...[`${draft}/contact`, done],
    ],
    staff: [`/staff/procedures/cases/${id}`, "/staff/procedures/own", `/staff/procedures/own/write?from=${STALL.id}`],
  };
}

/** A prepaid meter with a purchase and an order of many that have their tokens, an order and a change of keys. */
async function prepaidKinds(city: TestCity, accountId: string) {
  await ok(city.post("/v1/tariffs", { tariff: { ...POWER, currency: await currencyOf(city) } }, treasurer));
  const meter = await ok<{ id: string }>(
    city.post(
      "/v1/prepaid/meters",
      { source: "sts", number: NUMBER, resource: "electricity", key: KEY, accountId, freeTenths: 100 },
      agent,
    ),
  );
  const { id } = await bought(city, 5_000);
  const bulk = await ok<{ id: string; reference: string }>(
    city.post("/v1/prepaid/bulk-purchases", { lines: [{ meter: NUMBER, amountMinor: 5_000 }] }),
  );
  await pay(city, bulk.reference);
  await soon(
    () => ok<{ vended: number }>(city.get(`/v1/prepaid/bulk-purchases/${bulk.id}`)),
    ({ vended }) => vended === 1,
  );
  const order = await ok<{ id: string }>(
    city.post(`/v1/prepaid/meters/${meter.id}/orders`, { wants: { kind: "clear_credit" }, reason: "moved out" }, agent),
  );
  const campaign = await ok<{ id: string }>(
    city.post("/v1/prepaid/campaigns", { to: { keyRevision: 3, baseYear: 2014 } }, treasurer),
  );
  await soon(
    () => ok<{ state: string }>(city.get(`/v1/prepaid/campaigns/${campaign.id}`, agent)),
    ({ state }) => state === "done",
  );
  return {
    anyone: [
      ...[`/prepaid?meter=${NUMBER}&amount=50`, `/prepaid/purchases/${id}`],
      ...["/prepaid/bulk", `/prepaid/bulk/${bulk.id}`],
    ],
    staff: [
      `/staff/prepaid/meters/${meter.id}`,
      `/staff/prepaid/purchases/${id}`,
      `/staff/prepaid/orders/${order.id}`,
      ...["/staff/prepaid/bulk", `/staff/prepaid/bulk/${bulk.id}`],
      `/staff/prepaid/campaigns/${campaign.id}`,
    ],
  };
}
/** A zone of one connection point, worked out, with a crew on its way and a step test. */
async function networkKinds(city: TestCity): Promise<string[]> {
  await ok(city.post("/v1/meters", { serial: "BULK", kind: "water", registerUnit: "L" }, agent));
  const rows = Array.from(
    { length: 30 * 24 },
    (_, hour) => `BULK,${new Date(Date.UTC(2026, 8, 1, hour)).toISOString()},${50 + (hour % 24)}`,
  );
  await ok(city.upload("/v1/readings", "bulk.csv", `meter,time,value\n${rows.join("\n")}\n`, agent));
  await ok(city.put("/v1/network/areas/DMA-1", { level: "zone", kind: "water", name: "Old town" }, agent));
  await ok(city.post("/v1/network/areas/DMA-1/changes", { input: { meter: "BULK" } }, agent));
  await ok(city.put("/v1/network/points/P-1", { kind: "water", place: "1 Quay" }, agent));
  await ok(city.post("/v1/network/points/P-1/changes", { area: "DMA-1", meter: "W0" }, agent));
  await ok(city.post("/v1/network/analyses", { month: "2026-09" }, agent));
  await soon(
    () => ok<{ state: string }>(city.get("/v1/network/analyses/2026-09", agent)),
    ({ state }) => state === "done",
  );
  const crew = await ok<{ id: string }>(
    city.post("/v1/network/work-orders", { kind: "leak", area: "DMA-1", month: "2026-09" }, agent),
  );
  const step = {
    ...{ area: "DMA-1", startedAt: "2026-09-20T01:00:00Z", endedAt: "2026-09-20T03:00:00Z" },
    steps: [{ valve: "V1", closedAt: "2026-09-20T02:00:00Z" }],
  };
  const { id } = await ok<{ id: string }>(city.post("/v1/network/step-tests", step, agent));
  return [
    ...["/areas/DMA-1", "/areas/DMA-1/use", "/interventions"].map((path) => `/staff/network${path}?month=2026-09`),
    ...["/points/P-1", `/orders/${crew.id}`, `/step-tests/${id}`].map((path) => `/staff/network${path}`),
  ];
}
const currencyOf = async (city: TestCity): Promise<string> =>
  (await ok<{ tariffs: { tariff: { currency: string } }[] }>(city.get("/v1/tariffs"))).tariffs[0]!.tariff.currency;

/** What people have sent about the data: one of each that staff have shown, and one that nobody has looked at. */
async function voicedKinds(city: TestCity): Promise<void> {
  const officer = { as: "data_officer" } as const;
  for (const [i, title] of ["Fountains", "Trees"].entries()) {
    const { id } = await ok<{ id: string }>(city.post("/v1/data-requests", { title, text: "Where they are" }));
    const made = { title: `Map of ${title}`, url: "https://maps.example.org/", author: "Awa", datasets: ["airports"] };
    const reuse = await ok<{ id: string }>(city.post("/v1/data-reuses", made));
    if (i > 0) continue;
    await ok(city.put(`/v1/data-requests/${id}/answer`, { state: "planned", answer: "In spring" }, officer));
    await city.put(`/v1/data-reuses/${reuse.id}/approval`, undefined, officer);
  }
}
