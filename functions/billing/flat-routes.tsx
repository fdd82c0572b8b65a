import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { basisPointsOf, latinDigits } from "../../shared/amounts.ts";
import { invalid } from "../../shared/errors.ts";
import { faults, fieldMistakes, form, givenIn, json, jsonBody, parsed, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { TypedToMinor } from "../../shared/rounding.ts";
import { whoId } from "../../shared/who.ts";
import { accountIdOf } from "../accounts/events.ts";
import {
  endSubscription,
  flatTariffs,
  keepFlatTariff,
  subscribe,
  subscriptionOf,
  subscriptionsOf,
  subscriptionsTo,
} from "./flat.ts";
import {
  FlatCode,
  FlatTariff,
  KeptFlatTariff,
  NewFlatTariff,
  NewSubscription,
  ServiceKind,
  Subscription,
  SubscriptionEnd,
} from "./terms-schema.ts";
import { termsTexts } from "./terms-texts.ts";
import { FlatPage } from "./terms-views.tsx";

// What is billed without a meter: its prices, and who has it.

const KEEPERS = ["treasurer", "administrator"] as const;
const CLERKS = ["agent", "treasurer", "administrator"] as const;
const READ = "scope:billing.bills:read";
const WRITE = "scope:billing.bills:write";
const ById = z.object({ id: z.string().max(60) });
const REFUSALS = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid");
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const enter = createRoute({
  method: "post",
  path: "/v1/flat-tariffs",
  summary: "Enter the price of a month of something without a meter",
  ...guarded(...KEEPERS, WRITE),
  request: { body: jsonBody(NewFlatTariff) },
  responses: { 201: json(KeptFlatTariff, "Entered"), 200: json(KeptFlatTariff, "Entered before"), ...REFUSALS },
});
const tariffs = createRoute({
  method: "get",
  path: "/v1/flat-tariffs",
  summary: "The flat tariffs that new bills use, by code",
  middleware: needs("public"),
  ...secured("public"),
  responses: { 200: json(z.object({ tariffs: z.array(KeptFlatTariff) }), "Tariffs in use") },
});
const add = createRoute({
  method: "post",
  path: "/v1/subscriptions",
  summary: "Bill an account for something without a meter, from a day on",
  ...guarded(...CLERKS, WRITE),
  request: { body: jsonBody(NewSubscription) },
  responses: { 201: json(Subscription, "Entered"), 200: json(Subscription, "Entered before"), ...REFUSALS },
});
const list = createRoute({
  method: "get",
  path: "/v1/subscriptions",
  summary: "What an account has without a meter",
  ...guarded(...CLERKS, READ),
  request: { query: z.object({ account: z.string().max(60) }) },
  responses: { 200: json(z.object({ subscriptions: z.array(Subscription) }), "Subscriptions"), ...REFUSALS },
});
const one = createRoute({
  method: "get",
  path: "/v1/subscriptions/{id}",
  summary: "One subscription",
  ...guarded(...CLERKS, READ),
  request: { params: ById },
  responses: { 200: json(Subscription, "The subscription"), ...REFUSALS },
});
const end = createRoute({
  method: "post",
  path: "/v1/subscriptions/{id}/end",
  summary: "This day is its last; what was billed stays",
  ...guarded(...CLERKS, WRITE),
  request: { params: ById, body: jsonBody(SubscriptionEnd) },
  responses: { 200: json(Subscription, "It ends"), ...REFUSALS },
});

export function flatRoutes(app: CityApp): void {
  const by = (c: Context<CityEnv>) => whoId(c.var.who);
  app.openapi(enter, async (c) => {
    const { id, tariff } = c.req.valid("json");
    const { created, kept } = await keepFlatTariff(c.var.here, id, tariff);
    return c.json(kept, created ? 201 : 200);
  });
  app.openapi(tariffs, async (c) => c.json({ tariffs: await flatTariffs(c.var.here) }, 200));
  app.openapi(add, async (c) => {
    const { created, subscription } = await subscribe(c.var.here, c.req.valid("json"), by(c));
    return c.json(subscription, created ? 201 : 200);
  });
  app.openapi(list, async (c) =>
    c.json({ subscriptions: await subscriptionsOf(c.var.here, c.req.valid("query").account) }, 200),
  );
  app.openapi(one, async (c) => c.json(await subscriptionOf(c.var.here, c.req.valid("param").id), 200));
  app.openapi(end, async (c) =>
    c.json(await endSubscription(c.var.here, c.req.valid("param").id, c.req.valid("json").toOn, by(c)), 200),
  );

  const PATH = "/staff/billing/flat";
  const desk = async (c: Context<CityEnv>, error?: unknown) => {
    const { here, lang, csrf, who } = c.var;
    const t = termsTexts.in(lang);
    const mistakes = error === undefined ? [] : fieldMistakes(error);
    const given = mistakes.length > 0 ? await givenIn(c) : {};
    const kind = ServiceKind.catch("waste").parse(c.req.query("kind"));
    const [kept, { subscriptions, next }] = await Promise.all([
      flatTariffs(here),
      subscriptionsTo(here, kind, { limit: 50, cursor: c.req.query("cursor") }),
    ]);
    const mayEnter = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
    return page(
      c,
      {
        title: t("flat"),
        lead: t("flatLead"),
        crumbs: [
          [t("staff"), here.url("/staff")],
          [t("billing"), here.url("/staff/billing")],
        ],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <FlatPage
        {...{ here, lang, csrf, t, subscriptions, next, kind, mistakes, given, mayEnter }}
        tariffs={kept}
        path={PATH}
      />,
    );
  };
  const sent = (c: Context<CityEnv>, work: () => Promise<unknown>) =>
    sentForm(c, work, PATH, (error) => desk(c, error));
  app.get(PATH, needs(...CLERKS), (c) => desk(c));
  app.post(`${PATH}/tariffs`, needs(...KEEPERS), (c) =>
    sent(c, async () => {
      const { name, vat, price, toMinor, ...fields } = await form(c, TariffFields);
      const { currency } = c.var.here.city;
      const vatBasisPoints = basisPointsOf(vat, "vat");
      const tariff = parsed(FlatTariff, {
        ...fields,
        names: { [c.var.lang]: name },
        price: latinDigits(price).replace(/[,٫]/, "."),
        currency,
        vatBasisPoints,
        rounding: { toMinor },
      });
      await keepFlatTariff(c.var.here, undefined, tariff);
    }),
  );
  app.post(`${PATH}/subscriptions`, needs(...CLERKS), (c) =>
    sent(c, async () => {
      const { number, ...fields } = await form(c, SubscriptionFields);
      const accountId = await accountIdOf(c.var.here, number);
      if (accountId === undefined)
        throw invalid("#/number", "There is no account, or more than one, that is named so.");
      await subscribe(c.var.here, parsed(NewSubscription, { ...fields, accountId }), by(c));
    }),
  );
  app.post(`${PATH}/subscriptions/:id/end`, needs(...CLERKS), (c) =>
    sent(c, async () => endSubscription(c.var.here, c.req.param("id"), (await form(c, SubscriptionEnd)).toOn, by(c))),
  );
}

const TariffFields = z.strictObject({
  code: FlatCode,
  kind: ServiceKind,
  name: z.string().max(80),
  price: z.string().max(20),
  vat: z.string().max(10).default("0"),
  toMinor: TypedToMinor,
});
const { code, fromOn, toOn } = Subscription.shape;
const SubscriptionFields = z.strictObject({
  ...{ code, fromOn, toOn },
  number: z.string().max(200),
  quantity: z.coerce.number().int().min(1).max(1_000_000).default(1),
});
