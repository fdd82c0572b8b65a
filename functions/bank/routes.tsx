import { createRoute, z } from "@hono/zod-openapi";
import { faults, json, jsonBody } from "../../shared/http.ts";
import { newId } from "../../shared/ids.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { BankAccount, NewBankAccount } from "./schema.ts";
import { bankStore } from "./store.ts";

const KEEPERS = ["treasurer", "administrator"] as const;
const refusals = faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid", "too_large");

const addAccount = createRoute({
  method: "post",
  path: "/v1/bank-accounts",
  summary: "Keep one of the city's accounts at a bank; its IBAN is kept once",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  request: { body: jsonBody(NewBankAccount) },
  responses: { 201: json(BankAccount, "Kept"), 200: json(BankAccount, "Kept before"), ...refusals },
});
const listAccounts = createRoute({
  method: "get",
  path: "/v1/bank-accounts",
  summary: "The city's accounts at banks",
  middleware: needs(...KEEPERS),
  ...secured(...KEEPERS),
  responses: { 200: json(z.object({ accounts: z.array(BankAccount) }), "Accounts"), ...refusals },
});

export function bankRoutes(app: CityApp): void {
  app.openapi(addAccount, async (c) => {
    const { here, city } = c.var;
    const now = here.clock.now();
    const { currency = city.currency, ...asked } = c.req.valid("json");
    const { created, account } = await bankStore(here).addAccount({
      id: newId("ban", now),
      ...asked,
      currency,
      createdAt: now.toISOString(),
    });
    return c.json(account, created ? 201 : 200);
  });
  app.openapi(listAccounts, async (c) => c.json({ accounts: await bankStore(c.var.here).accounts() }, 200));
}
