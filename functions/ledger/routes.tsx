import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faults, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { postTransfers } from "./batch.ts";
import { Account, Balance, Entry, NewTransfers, PostedTransfers, Proof } from "./schema.ts";
import { entriesOf } from "./store.ts";
import { ledgerTexts } from "./texts.ts";
import { EntriesPage, LedgerPage, type Shown } from "./views.tsx";

const READERS = ["treasurer", "administrator"] as const;
const READ = "scope:ledger.entries:read";
const WRITE = "scope:ledger.transfers:write";
const READERS_TOO = { middleware: needs(...READERS, READ), ...secured(...READERS, READ) };

const prove = createRoute({
  method: "get",
  path: "/v1/ledger/proof",
  summary: "Recomputes the whole ledger from its entries alone",
  ...READERS_TOO,
  responses: { 200: json(Proof, "The proof"), ...faults("unauthenticated", "forbidden") },
});
const balances = createRoute({
  method: "get",
  path: "/v1/ledger/balances",
  summary: "Balances of accounts: debits less credits",
  ...READERS_TOO,
  request: { query: z.object({ prefix: z.string().max(100).default("") }) },
  responses: {
    200: json(z.object({ balances: z.array(Balance) }), "At most 1,000, in order of name"),
    ...faults("unauthenticated", "forbidden", "invalid"),
  },
});
const EntriesQuery = paged().extend({ account: Account });
const entries = createRoute({
  method: "get",
  path: "/v1/ledger/entries",
  summary: "Entries of an account, the oldest first",
  description:
    "A bounded part of the journal is read each time: a page may hold fewer entries than the limit, even none, and " +
    "still have a `next`.",
  ...READERS_TOO,
  request: { query: EntriesQuery },
  responses: {
    200: json(z.object({ entries: z.array(Entry), next: z.string().optional() }), "Entries"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});

const post = createRoute({
  method: "post",
  path: "/v1/ledger/transfers",
  summary: "Post up to 1,000 transfers as one: all of them or none",
  description:
    "With an Idempotency-Key, kept for ever: the same key with the same transfers moves nothing a second time.",
  middleware: needs(WRITE),
  ...secured(WRITE),
  request: { body: jsonBody(NewTransfers) },
  responses: {
    201: json(PostedTransfers, "Posted, and durable"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "too_large", "invalid", "unavailable"),
  },
});

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: ledgerTexts.in(lang) };
};

export function ledgerRoutes(app: CityApp): void {
  app.openapi(prove, async (c) => c.json(await c.var.here.ledger.prove(), 200));
  app.openapi(balances, async (c) => {
    const found = (await c.var.here.ledger.at()).list(c.req.valid("query").prefix);
    return c.json({ balances: found.slice(0, 1_000) }, 200);
  });
  app.openapi(entries, async (c) => {
    const { account, ...at } = c.req.valid("query");
    return c.json(await entriesOf(c.var.here, account, at), 200);
  });
  // In the contract like every route, but the body is not checked by its schema: see batch.ts.
  app.openAPIRegistry.registerPath({ ...post, path: "/v1/ledger/transfers" });
  app.post("/v1/ledger/transfers", needs(WRITE), postTransfers);

  app.get("/staff/ledger", needs(...READERS), async (c) => {
    const s = shown(c);
    const [proof, ledger] = await Promise.all([s.here.ledger.prove(), s.here.ledger.at()]);
    const all = ledger.list("");
    const single = all.filter(({ account: name }) => !name.startsWith("due:"));
    const due = all.filter(({ account: name }) => name.startsWith("due:"));
    return page(
      c,
      { title: s.t("ledger"), lead: s.t("ledgerLead"), crumbs: [[s.t("staff"), s.here.url("/staff")]] },
      <LedgerPage {...{ s, proof, single, due }} />,
    );
  });
  app.get("/staff/ledger/entries", needs(...READERS), async (c) => {
    const s = shown(c);
    const { account, ...at } = parsed(EntriesQuery, c.req.query(), "query");
    const found = await entriesOf(s.here, account, at);
    const crumbs: [string, string][] = [
      [s.t("staff"), s.here.url("/staff")],
      [s.t("ledger"), s.here.url("/staff/ledger")],
    ];
    return page(
      c,
      { title: s.t("entries", { account }), lead: s.t("entriesLead"), crumbs, wide: true },
      <EntriesPage {...{ s, account }} entries={found.entries} next={found.next} />,
    );
  });
}
