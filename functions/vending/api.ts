import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent } from "../../shared/errors.ts";
import { addressOf, faults, idempotent, json, jsonBody, paged } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { fileOf } from "../../shared/uploads.ts";
import { buy, quoted } from "./buying.ts";
import { readNumber, shownPurchase } from "./domain.ts";
import { byReference } from "./finding.ts";
import { tokenScreens } from "./messages.ts";
import { metersFromFile } from "./meter-file.ts";
import { changed, registered, removed } from "./meters.ts";
import {
  ById,
  type KeptPurchase,
  Meter,
  MeterChange,
  NewMeter,
  NewPurchase,
  Purchase,
  Quote,
  QuoteAsked,
  StaffPurchase,
  TypedNumber,
  VendingRule,
} from "./schema.ts";
import { vendingStore } from "./store.ts";

export const READERS = ["agent", "treasurer", "administrator"] as const;
export const KEEPERS = ["agent", "administrator"] as const;
export const RULERS = ["treasurer", "administrator"] as const;
export const READ = "scope:vending.meters:read";
export const WRITE = "scope:vending.meters:write";
export const read = { middleware: needs(...READERS, READ), ...secured(...READERS, READ) };
export const write = { middleware: needs(...KEEPERS, WRITE), ...secured(...KEEPERS, WRITE) };
export const rules = { middleware: needs(...RULERS), ...secured(...RULERS) };
export const everyone = { middleware: needs("public"), ...secured("public") };
export const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");

const addMeter = createRoute({
  method: "post",
  path: "/v1/prepaid/meters",
  summary: "Take in a prepaid meter",
  description: "With an id of the caller's own choice, sending it twice takes it in once.",
  ...write,
  request: { body: jsonBody(NewMeter) },
  responses: { 201: json(Meter, "Taken in"), 200: json(Meter, "Here already"), ...refusals },
});
const Taken = z.object({ added: z.int(), there: z.int() }).meta({ id: "PrepaidMetersTaken" });
const addMeters = createRoute({
  method: "post",
  path: "/v1/prepaid/meter-files",
  summary: "Take in the meters of a CSV file; with dryRun=yes, only say what would be",
  description:
    "As multipart/form-data (field `file`) or as the body. Columns: number, source, resource, account, free_units, " +
    "supply_group, key_revision, tariff_index, base_year. What is wrong is said by line, and then nothing is kept.",
  ...write,
  request: { query: z.object({ dryRun: z.literal("yes").optional() }) },
  responses: {
    200: json(Taken, "New ones, and those that are here already"),
    ...refusals,
    ...faults("unsupported_media"),
  },
});
const listMeters = createRoute({
  method: "get",
  path: "/v1/prepaid/meters",
  summary: "Prepaid meters by number, or the one of a number",
  ...read,
  request: {
    query: paged().extend({
      number: TypedNumber.optional(),
      /** Of those whose key is older than this one. A page may be short, even empty, and have a next. */
      keyRevisionBelow: z.coerce.number().int().min(1).max(9).optional(),
      baseYearBelow: z.coerce.number().int().min(1993).max(2035).optional(),
    }),
  },
  responses: { 200: json(z.object({ meters: z.array(Meter), next: z.string().optional() }), "Meters"), ...refusals },
});
const getMeter = createRoute({
  method: "get",
  path: "/v1/prepaid/meters/{id}",
  summary: "One prepaid meter",
  ...read,
  request: { params: ById },
  responses: { 200: json(Meter, "The meter"), ...refusals },
});
const changeMeter = createRoute({
  method: "put",
  path: "/v1/prepaid/meters/{id}",
  summary: "Change a meter's account, free units, key or state",
  ...write,
  request: { params: ById, body: jsonBody(MeterChange) },
  responses: { 200: json(Meter, "As it is now"), ...refusals },
});
const removeMeter = createRoute({
  method: "delete",
  path: "/v1/prepaid/meters/{id}",
  summary: "Take a meter out of service; its purchases stay",
  ...write,
  request: { params: ById },
  responses: { 204: { description: "Out of service" }, ...refusals },
});
const getRule = createRoute({
  method: "get",
  path: "/v1/prepaid/rule",
  summary: "What part of each purchase goes to old dues",
  ...everyone,
  responses: { 200: json(VendingRule, "The rule") },
});
const putRule = createRoute({
  method: "put",
  path: "/v1/prepaid/rule",
  summary: "Set the rule of arrears",
  ...rules,
  request: { body: jsonBody(VendingRule) },
  responses: { 200: json(VendingRule, "As it is now"), ...refusals },
});
const getQuote = createRoute({
  method: "get",
  path: "/v1/prepaid/quotes",
  summary: "What an amount buys for a meter, before paying; no account needed, no name shown",
  ...everyone,
  request: { query: QuoteAsked },
  responses: { 200: json(Quote, "What it buys"), ...faults("absent", "conflict", "invalid", "too_many") },
});
const newPurchase = createRoute({
  method: "post",
  path: "/v1/prepaid/purchases",
  summary: "Open a purchase: answers the reference of the bill by which it is paid, in any way that the city has",
  description: "With an Idempotency-Key. The token is made once the bill is paid in full.",
  ...everyone,
  request: { body: jsonBody(NewPurchase) },
  responses: {
    201: json(Purchase, "Opened"),
    200: json(Purchase, "Opened before"),
    ...faults("malformed", "absent", "conflict", "invalid", "too_many", "unavailable"),
  },
});
const getPurchase = createRoute({
  method: "get",
  path: "/v1/prepaid/purchases/{id}",
  summary: "A purchase with its tokens; whoever has its id may, as often as they like",
  ...everyone,
  request: { params: ById },
  responses: { 200: json(Purchase, "The purchase"), ...faults("absent") },
});
const findPurchase = createRoute({
  method: "get",
  path: "/v1/prepaid/purchases",
  summary: "The same again by the meter's number and the purchase's reference",
  ...everyone,
  request: { query: z.object({ meter: TypedNumber, reference: z.string().min(1).max(40) }) },
  responses: { 200: json(Purchase, "The purchase"), ...faults("absent", "invalid", "too_many") },
});
const getScreens = createRoute({
  method: "get",
  path: "/v1/prepaid/purchases/{id}/screens",
  summary: "A purchase's tokens for a telephone's menu: screens of at most 160 signs, 70 in Arabic",
  ...everyone,
  request: { params: ById },
  responses: {
    200: json(z.object({ screens: z.array(z.string()) }), "None before there is a token"),
    ...faults("absent"),
  },
});
const listPurchases = createRoute({
  method: "get",
  path: "/v1/prepaid/meters/{id}/purchases",
  summary: "What was bought for a meter, the latest first",
  ...read,
  request: { params: ById, query: paged() },
  responses: {
    200: json(z.object({ purchases: z.array(StaffPurchase), next: z.string().optional() }), "Purchases"),
    ...refusals,
  },
});

// Enough for a shop that sells all day, too few to try out the numbers of a city's meters.
const LOOKS = { max: 300, windowS: 3_600 };
// Each leaves a bill until it expires.
const BUYS = { max: 12, windowS: 3_600 };

/** Counts who asks about meters that are not known to be theirs. @throws {Fault} too_many */
export const looks = (c: Context<CityEnv>): Promise<void> =>
  limit(c.var.here.table, c.var.here.clock.now(), `prepaid#${addressOf(c)}`, LOOKS.max, LOOKS.windowS);
/** The same of purchases for one meter. */
export const buys = (c: Context<CityEnv>, meter: string): Promise<void> =>
  limit(
    c.var.here.table,
    c.var.here.clock.now(),
    `prepaid#${addressOf(c)}#${readNumber(meter)}`,
    BUYS.max,
    BUYS.windowS,
  );

/** @throws {Fault} absent: the same for a wrong meter as for a wrong reference */
export async function purchaseBy(c: Context<CityEnv>, meter: string, reference: string): Promise<KeptPurchase> {
  await looks(c);
  const purchase = await byReference(c.var.here, reference);
  if (!purchase || purchase.meter.number !== readNumber(meter)) throw absent();
  return purchase;
}

export function vendingApi(app: CityApp): void {
  app.openapi(addMeter, async (c) => {
    const { created, meter } = await registered(c.var.here, c.req.valid("json"));
    return c.json(meter, created ? 201 : 200);
  });
  app.openapi(addMeters, async (c) => {
    const { file } = await fileOf(c);
    return c.json(await metersFromFile(c.var.here, file, c.req.valid("query").dryRun === "yes"), 200);
  });
  app.openapi(listMeters, async (c) => {
    const { number, keyRevisionBelow = 0, baseYearBelow = 0, ...at } = c.req.valid("query");
    const store = vendingStore(c.var.here);
    if (number === undefined) {
      const found = await store.meters(at);
      if (keyRevisionBelow === 0 && baseYearBelow === 0) return c.json(found, 200);
      const isOld = ({ facts }: Meter) =>
        facts.source === "sts" && (facts.key.keyRevision < keyRevisionBelow || facts.key.baseYear < baseYearBelow);
      return c.json({ ...found, meters: found.meters.filter(isOld) }, 200);
    }
    return c.json({ meters: [(await store.meterByNumber(readNumber(number))).is] }, 200);
  });
  app.openapi(getMeter, async (c) => c.json((await vendingStore(c.var.here).meter(c.req.valid("param").id)).is, 200));
  app.openapi(changeMeter, async (c) =>
    c.json(await changed(c.var.here, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  app.openapi(removeMeter, async (c) => {
    await removed(c.var.here, c.req.valid("param").id);
    return c.body(null, 204);
  });
  app.openapi(getRule, async (c) => c.json(await vendingStore(c.var.here).rule(), 200));
  app.openapi(putRule, async (c) => {
    const rule = c.req.valid("json");
    await c.var.here.commit([vendingStore(c.var.here).ruleWrite(rule)]);
    return c.json(rule, 200);
  });
  app.openapi(getQuote, async (c) => {
    await looks(c);
    return c.json((await quoted(c.var.here, c.req.valid("query"))).quote, 200);
  });
  app.openapi(newPurchase, async (c) => {
    const asked = c.req.valid("json");
    return (await idempotent(c, asked, async (record) => {
      await buys(c, asked.meter);
      const answer = (purchase: KeptPurchase) => ({ status: 201 as const, answer: shownPurchase(purchase) });
      const { created, purchase } = await buy(c.var.here, asked, c.var.lang, (made) => [record(answer(made))]);
      return { ...answer(purchase), status: created ? 201 : 200 };
    })) as never;
  });
  app.openapi(findPurchase, async (c) => {
    const { meter, reference } = c.req.valid("query");
    return c.json(shownPurchase(await purchaseBy(c, meter, reference)), 200);
  });
  app.openapi(getPurchase, async (c) => {
    const { is: purchase } = await vendingStore(c.var.here).purchase(c.req.valid("param").id);
    return c.json(shownPurchase(purchase), 200);
  });
  app.openapi(getScreens, async (c) => {
    const { here, lang } = c.var;
    const { is: purchase } = await vendingStore(here).purchase(c.req.valid("param").id);
    return c.json({ screens: purchase.tokens ? tokenScreens(here, purchase, lang) : [] }, 200);
  });
  app.openapi(listPurchases, async (c) => {
    const store = vendingStore(c.var.here);
    const { id } = (await store.meter(c.req.valid("param").id)).is;
    const { purchases, next } = await store.purchasesOfMeter(id, c.req.valid("query"));
    return c.json({ purchases: z.array(StaffPurchase).parse(purchases), ...(next ? { next } : {}) }, 200);
  });
}
