import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { absent, invalid } from "../../shared/errors.ts";
import { csvFile, faults, fieldMistakes, form, json, jsonBody, paged, parsed } from "../../shared/http.ts";
import { kindOf } from "../../shared/ledger/chart.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { postTransfers } from "./batch.ts";
import { approveClosing, askClosing, closings } from "./closings.ts";
import { exportCsv } from "./export.ts";
import {
  Account,
  Balance,
  ClosedBooks,
  Closing,
  Entry,
  ExportQuery,
  NewClosing,
  NewTransfers,
  PostedTransfers,
  Proof,
} from "./schema.ts";
import { entriesOf } from "./store.ts";
import { ledgerTexts } from "./texts.ts";
import { EntriesPage, LedgerPage, type Mistake, type Shown } from "./views.tsx";

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
    "With an Idempotency-Key, kept for ever: the same key with the same transfers moves nothing a second time. " +
    "Transfers are a list of objects, or columns: then each field has its own list, with a value for each transfer, " +
    "or is said once in `common`. Columns are read several times as fast.",
  middleware: needs(WRITE),
  ...secured(WRITE),
  request: { body: jsonBody(NewTransfers) },
  responses: {
    201: json(PostedTransfers, "Posted, and durable"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "too_large", "invalid", "unavailable"),
  },
});

const exported = createRoute({
  method: "get",
  path: "/v1/ledger/export",
  summary: "The journal as CSV for the accountant, by days, in a chart of accounts, with its proof in the last rows",
  ...READERS_TOO,
  request: { query: ExportQuery },
  responses: {
    200: { description: "Two lines for each transfer", content: { "text/csv": { schema: z.string() } } },
    ...faults("unauthenticated", "forbidden", "invalid"),
  },
});
const ByDay = z.object({ on: z.iso.date() });
const PEOPLE = { middleware: needs(...READERS), ...secured(...READERS) };
const listClosings = createRoute({
  method: "get",
  path: "/v1/ledger/closings",
  summary: "Days up to which the books are closed, or shall be",
  ...READERS_TOO,
  responses: {
    200: json(z.object({ closings: z.array(Closing) }), "The latest first"),
    ...faults("unauthenticated", "forbidden"),
  },
});
const newClosing = createRoute({
  method: "post",
  path: "/v1/ledger/closings",
  summary: "Ask that the books be closed up to a day; another person approves",
  ...PEOPLE,
  request: { body: jsonBody(NewClosing) },
  responses: {
    201: json(Closing, "Asked"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const approval = createRoute({
  method: "post",
  path: "/v1/ledger/closings/{on}/approve",
  summary: "Close the books up to this day, for ever; not by the person who asked",
  ...PEOPLE,
  request: { params: ByDay },
  responses: {
    200: json(Closing, "Closed"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});
const getClosing = createRoute({
  method: "get",
  path: "/v1/ledger/closings/{on}",
  summary: "The balances of a closed day, recomputed from the journal, with its digests",
  ...READERS_TOO,
  request: { params: ByDay },
  responses: {
    200: json(ClosedBooks, "What was fixed"),
    ...faults("unauthenticated", "forbidden", "absent", "invalid"),
  },
});

const shown = (c: Context<CityEnv>): Shown => {
  const { here, lang, csrf } = c.var;
  return { here, lang, csrf, t: ledgerTexts.in(lang) };
};

const withSide = (one: Balance): Balance => {
  const kind = kindOf(one.account);
  return kind ? { ...one, normalSide: kind.normal } : one;
};

/** A form sent by GET has empty fields where nothing was entered. */
const givenOf = (query: Record<string, string>) =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));

function csvOf(c: Context<CityEnv>, query: z.infer<typeof ExportQuery>): Response {
  const { here, lang } = c.var;
  const { from, to, chart } = query;
  if (from > to) throw invalid("query/to", "The last day is not before the first.");
  return csvFile(c, "ledger", exportCsv(here, { from, to, chart, lang: query.lang ?? lang }));
}

export function ledgerRoutes(app: CityApp): void {
  app.openapi(prove, async (c) => c.json(await c.var.here.ledger.prove(), 200));
  app.openapi(balances, async (c) => {
    const found = (await c.var.here.ledger.at()).list(c.req.valid("query").prefix);
    return c.json({ balances: found.slice(0, 1_000).map(withSide) }, 200);
  });
  app.openapi(entries, async (c) => {
    const { account, ...at } = c.req.valid("query");
    return c.json(await entriesOf(c.var.here, account, at), 200);
  });
  app.openapi(exported, (c) => csvOf(c, c.req.valid("query")) as never);
  app.openapi(listClosings, async (c) => c.json({ closings: await closings(c.var.here) }, 200));
  app.openapi(newClosing, async (c) =>
    c.json(await askClosing(c.var.here, c.req.valid("json").on, whoId(c.var.who)), 201),
  );
  app.openapi(approval, async (c) =>
    c.json(await approveClosing(c.var.here, c.req.valid("param").on, whoId(c.var.who)), 200),
  );
  app.openapi(getClosing, async (c) => {
    const found = await c.var.here.ledger.closing(c.req.valid("param").on);
    if (!found) throw absent();
    return c.json(found, 200);
  });

  // In the contract like every route, but the body is not checked by its schema: see batch.ts.
  app.openAPIRegistry.registerPath({ ...post, path: "/v1/ledger/transfers" });
  app.post("/v1/ledger/transfers", needs(WRITE), postTransfers);

  const overview = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const [proof, ledger, asked] = await Promise.all([s.here.ledger.prove(), s.here.ledger.at(), closings(s.here)]);
    const all = ledger.list("");
    const single = all.filter(({ account: name }) => !name.startsWith("due:"));
    const due = all.filter(({ account: name }) => name.startsWith("due:"));
    return page(
      c,
      {
        title: s.t("ledger"),
        lead: s.t("ledgerLead"),
        crumbs: [[s.t("staff"), s.here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
      },
      <LedgerPage {...{ s, proof, single, due, mistakes }} closings={asked} me={whoId(c.var.who)} />,
    );
  };
  app.get("/staff/ledger", needs(...READERS), (c) => overview(c));
  app.get("/staff/ledger/export", needs(...READERS), (c) =>
    csvOf(c, parsed(ExportQuery, givenOf(c.req.query()), "query")),
  );
  app.post("/staff/ledger/closings", needs(...READERS), async (c) => {
    try {
      await askClosing(c.var.here, (await form(c, NewClosing)).on, whoId(c.var.who));
      return c.redirect(c.var.here.url("/staff/ledger"), 303);
    } catch (error) {
      return overview(c, fieldMistakes(error));
    }
  });
  app.post("/staff/ledger/closings/:on/approve", needs(...READERS), async (c) => {
    const { on } = parsed(ByDay, c.req.param(), "param");
    await approveClosing(c.var.here, on, whoId(c.var.who));
    return c.redirect(c.var.here.url("/staff/ledger"), 303);
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
