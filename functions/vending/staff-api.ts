import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, paged } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { READ, READERS, read, refusals, rules, WRITE, write } from "./api.ts";
import { StaffBulk } from "./bulk/schema.ts";
import { bulkStore, staffBulk } from "./bulk/store.ts";
import { campaignMeters, startedCampaign, stoppedCampaign } from "./campaigns.ts";
import { decided, keyConfirmed, ordered } from "./engineering.ts";
import { goneOn, saleUndone, seen, triedAgain } from "./mending.ts";
import { ById, Campaign, CampaignMeter, Meter, NewCampaign, NewOrder, Order, StaffPurchase } from "./schema.ts";
import { vendingStore } from "./store.ts";

const WAITING_MAX = 100;
export const CAMPAIGNS_MAX = 25;
// Only people order tokens: a program's key has no second pair of eyes.
const people = { middleware: needs("agent", "administrator"), ...secured("agent", "administrator") };
const confirms = {
  middleware: needs("agent", "treasurer", "administrator", WRITE),
  ...secured("agent", "treasurer", "administrator", WRITE),
};

const newOrder = createRoute({
  method: "post",
  path: "/v1/prepaid/meters/{id}/orders",
  summary: "Order tokens that change a meter's key, limit its power or clear it; clearing credit needs a second person",
  ...people,
  request: { params: ById, body: jsonBody(NewOrder) },
  responses: { 201: json(Order, "Ordered, or asked"), 200: json(Order, "Ordered before"), ...refusals },
});
const listOrders = createRoute({
  method: "get",
  path: "/v1/prepaid/meters/{id}/orders",
  summary: "The orders of tokens for a meter, the latest first",
  ...read,
  request: { params: ById, query: paged() },
  responses: { 200: json(z.object({ orders: z.array(Order), next: z.string().optional() }), "Orders"), ...refusals },
});
const getOrder = createRoute({
  method: "get",
  path: "/v1/prepaid/orders/{id}",
  summary: "One order with its tokens",
  ...read,
  request: { params: ById },
  responses: { 200: json(Order, "The order"), ...refusals },
});
const decideOrder = createRoute({
  method: "post",
  path: "/v1/prepaid/orders/{id}/decision",
  summary: "The second person's word on an order",
  ...rules,
  request: { params: ById, body: jsonBody(z.strictObject({ agrees: z.boolean() }).meta({ id: "OrderDecision" })) },
  responses: { 200: json(Order, "Decided"), ...refusals },
});
const retryOrder = createRoute({
  method: "post",
  path: "/v1/prepaid/orders/{id}/retry",
  summary: "Order again what the source refused, as the meter is now",
  ...people,
  request: { params: ById },
  responses: { 200: json(Order, "Ordered again"), ...refusals },
});
const confirmKey = createRoute({
  method: "post",
  path: "/v1/prepaid/meters/{id}/key-confirmation",
  summary: "Say that the meter works with its new key",
  ...confirms,
  request: { params: ById },
  responses: { 200: json(Meter, "As it is now"), ...refusals },
});
const listWaiting = createRoute({
  method: "get",
  path: "/v1/prepaid/waiting",
  summary: "What waits for somebody: purchases that something hinders, orders to decide, money to give back",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  responses: {
    200: json(
      z.object({ purchases: z.array(StaffPurchase), orders: z.array(Order), bulkPurchases: z.array(StaffBulk) }),
      "At most a hundred of each",
    ),
    ...refusals,
  },
});
const onPurchase = (path: string, summary: string, of: typeof people | typeof rules) =>
  createRoute({
    method: "post",
    path: `/v1/prepaid/purchases/{id}/${path}`,
    summary,
    ...of,
    request: { params: ById },
    responses: { 200: json(StaffPurchase, "As it is now"), ...refusals },
  });

const newCampaign = createRoute({
  method: "post",
  path: "/v1/prepaid/campaigns",
  summary: "Begin to bring meters with an older key to a new one; each purchase of theirs brings the tokens first",
  ...rules,
  request: { body: jsonBody(NewCampaign) },
  responses: { 201: json(Campaign, "Begun"), 200: json(Campaign, "Begun before"), ...refusals },
});
const listCampaigns = createRoute({
  method: "get",
  path: "/v1/prepaid/campaigns",
  summary: "Campaigns with their progress, the latest first",
  ...read,
  responses: { 200: json(z.object({ campaigns: z.array(Campaign) }), "Campaigns"), ...refusals },
});
const getCampaign = createRoute({
  method: "get",
  path: "/v1/prepaid/campaigns/{id}",
  summary: "One campaign and its progress",
  ...read,
  request: { params: ById },
  responses: { 200: json(Campaign, "The campaign"), ...refusals },
});
const stopCampaign = createRoute({
  method: "post",
  path: "/v1/prepaid/campaigns/{id}/stop",
  summary: "Stop a campaign: meters without tokens keep their key",
  ...rules,
  request: { params: ById },
  responses: { 200: json(Campaign, "It stops"), ...refusals },
});
const listCampaignMeters = createRoute({
  method: "get",
  path: "/v1/prepaid/campaigns/{id}/meters",
  summary: "How far each meter of a campaign is, with its tokens",
  ...read,
  request: { params: ById, query: paged() },
  responses: {
    200: json(z.object({ meters: z.array(CampaignMeter), next: z.string().optional() }), "Meters"),
    ...refusals,
  },
});

export function vendingStaffApi(app: CityApp): void {
  app.openapi(newOrder, async (c) => {
    const { id } = c.req.valid("param");
    const { created, order } = await ordered(c.var.here, id, c.req.valid("json"), whoId(c.var.who));
    return c.json(order, created ? 201 : 200);
  });
  app.openapi(listOrders, async (c) => {
    const store = vendingStore(c.var.here);
    const { id } = (await store.meter(c.req.valid("param").id)).is;
    return c.json(await store.ordersOf(id, c.req.valid("query")), 200);
  });
  app.openapi(getOrder, async (c) => c.json((await vendingStore(c.var.here).order(c.req.valid("param").id)).is, 200));
  app.openapi(decideOrder, async (c) =>
    c.json(await decided(c.var.here, c.req.valid("param").id, c.req.valid("json").agrees, whoId(c.var.who)), 200),
  );
  app.openapi(retryOrder, async (c) => c.json(await triedAgain(c.var.here, c.req.valid("param").id), 200));
  app.openapi(confirmKey, async (c) => c.json(await keyConfirmed(c.var.here, c.req.valid("param").id), 200));
  app.openapi(listWaiting, async (c) => {
    const [{ purchases, orders }, bulks] = await Promise.all([
      vendingStore(c.var.here).waiting(WAITING_MAX),
      bulkStore(c.var.here).waiting(WAITING_MAX),
    ]);
    const found = { purchases: z.array(StaffPurchase).parse(purchases), orders, bulkPurchases: bulks.map(staffBulk) };
    return c.json(found, 200);
  });
  app.openapi(onPurchase("retry", "Go on with a purchase that was hindered", write), async (c) =>
    c.json(StaffPurchase.parse(await goneOn(c.var.here, c.req.valid("param").id)), 200),
  );
  app.openapi(
    onPurchase("undo", "Undo a sale whose token cannot be made, so that it can be given back", rules),
    async (c) => c.json(StaffPurchase.parse(await saleUndone(c.var.here, c.req.valid("param").id)), 200),
  );
  app.openapi(onPurchase("seen", "Say that somebody looked at money that went back", rules), async (c) =>
    c.json(StaffPurchase.parse(await seen(c.var.here, c.req.valid("param").id, whoId(c.var.who))), 200),
  );
  app.openapi(newCampaign, async (c) => {
    const { created, campaign } = await startedCampaign(c.var.here, c.req.valid("json"), whoId(c.var.who));
    return c.json(campaign, created ? 201 : 200);
  });
  app.openapi(listCampaigns, async (c) =>
    c.json({ campaigns: await vendingStore(c.var.here).campaigns(CAMPAIGNS_MAX) }, 200),
  );
  app.openapi(getCampaign, async (c) =>
    c.json((await vendingStore(c.var.here).campaign(c.req.valid("param").id)).is, 200),
  );
  app.openapi(stopCampaign, async (c) => c.json(await stoppedCampaign(c.var.here, c.req.valid("param").id), 200));
  app.openapi(listCampaignMeters, async (c) => {
    const { id } = (await vendingStore(c.var.here).campaign(c.req.valid("param").id)).is;
    return c.json(await campaignMeters(c.var.here, id, c.req.valid("query")), 200);
  });
}
