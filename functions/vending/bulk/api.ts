import { createHash } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { textOf } from "../../../shared/delimited.ts";
import { addressOf, faults, idempotent, json, jsonBody, paged, parsed } from "../../../shared/http.ts";
import { limit } from "../../../shared/identity/limits.ts";
import type { CityApp, CityEnv } from "../../../shared/room.ts";
import { dayOf } from "../../../shared/time.ts";
import { fileOf } from "../../../shared/uploads.ts";
import { whoId } from "../../../shared/who.ts";
import { everyone, read, refusals, rules } from "../api.ts";
import { ById } from "../schema.ts";
import { askable, demandLines, linesOf, refuseTyped } from "./lines.ts";
import { bulkQuote, openBulk, quotedLines, WrongLines } from "./opening.ts";
import { Bulk, BulkQuote, type KeptBulk, NewBulk, StaffBulk } from "./schema.ts";
import { bulkSeen } from "./sharing.ts";
import { bulkAsItIs, bulkStore, shownBulk, staffBulk } from "./store.ts";

const DryRun = z.object({ dryRun: z.literal("yes").optional() });
const answers = {
  201: json(Bulk, "Opened"),
  200: json(z.union([Bulk, BulkQuote]), "Opened before; of a dry run, what each line buys"),
};
const mistakes = faults("malformed", "conflict", "invalid", "too_many", "unavailable");

const newBulk = createRoute({
  method: "post",
  path: "/v1/prepaid/bulk-purchases",
  summary: "Open an order of up to 50 meters of one service, which one payment pays; all or none",
  description:
    "With an Idempotency-Key. Answers the reference of the bill that pays for all of it; once it is paid, each meter's " +
    "purchase is opened and gets its token. What is wrong is said by line. With dryRun=yes nothing is kept.",
  ...everyone,
  request: { query: DryRun, body: jsonBody(NewBulk) },
  responses: { ...answers, ...mistakes },
});
const newBulkFile = createRoute({
  method: "post",
  path: "/v1/prepaid/bulk-files",
  summary: "Open such an order by a CSV file; with dryRun=yes, only say what each line buys",
  description:
    "With an Idempotency-Key. As multipart/form-data (field `file`, optionally `contact`) or as the body. Columns: " +
    "meter, amount; amounts in the currency's main unit, such as 12.50. What is wrong is said by the file's line.",
  ...everyone,
  request: { query: DryRun },
  responses: { ...answers, ...mistakes, ...faults("unsupported_media") },
});
const getBulk = createRoute({
  method: "get",
  path: "/v1/prepaid/bulk-purchases/{id}",
  summary: "An order with each line's state and tokens; whoever has its id may, as often as they like",
  ...everyone,
  request: { params: ById },
  responses: { 200: json(Bulk, "The order"), ...faults("absent") },
});
const listBulks = createRoute({
  method: "get",
  path: "/v1/prepaid/bulk-purchases",
  summary: "Orders of many meters, the latest first",
  ...read,
  request: { query: paged() },
  responses: {
    200: json(z.object({ bulkPurchases: z.array(StaffBulk), next: z.string().optional() }), "Orders"),
    ...refusals,
  },
});
const seenBulk = createRoute({
  method: "post",
  path: "/v1/prepaid/bulk-purchases/{id}/seen",
  summary: "Say that somebody looked at money of an order that went back",
  ...rules,
  request: { params: ById },
  responses: { 200: json(StaffBulk, "As it is now"), ...refusals },
});

// Twelve full orders, or as many small ones; each line says of a meter whether there is one.
const LINES = { max: 600, windowS: 3_600 };
/** Counts the lines that somebody asks about. @throws {Fault} too_many */
export const asksAbout = (c: Context<CityEnv>, lines: number): Promise<void> =>
  limit(
    c.var.here.table,
    c.var.here.clock.now(),
    `prepaid-bulk#${addressOf(c)}`,
    LINES.max,
    LINES.windowS,
    Math.max(1, lines),
  );

/** Opens an order, or says what it would be. */
async function answered(c: Context<CityEnv>, asked: NewBulk, isDryRun: boolean): Promise<Response> {
  const { here, lang } = c.var;
  if (isDryRun) {
    await asksAbout(c, asked.lines.length);
    return c.json(await bulkQuote(here, asked), 200);
  }
  return idempotent(c, asked, async (record) => {
    await asksAbout(c, asked.lines.length);
    const answer = (made: KeptBulk) => ({ status: 201 as const, answer: shownBulk(made) });
    const said = [whoId(c.var.who), c.req.header("idempotency-key"), asked, dayOf(here.clock.now(), "UTC")];
    const intent = createHash("sha256").update(JSON.stringify(said)).digest("hex");
    const { created, bulk } = await openBulk(here, asked, lang, { intent, record: (made) => [record(answer(made))] });
    return created ? answer(bulk) : { status: 200, answer: await bulkAsItIs(here, bulk) };
  });
}

export function bulkApi(app: CityApp): void {
  app.openapi(
    newBulk,
    async (c) => (await answered(c, c.req.valid("json"), c.req.valid("query").dryRun === "yes")) as never,
  );
  app.openapi(newBulkFile, async (c) => {
    const { here } = c.var;
    const { file, fields } = await fileOf(c);
    const lines = linesOf(textOf(file), here.city.currency);
    demandLines(lines);
    const asked = askable(lines);
    if (asked.length < lines.length) {
      await asksAbout(c, asked.length);
      refuseTyped(lines, (await quotedLines(here, { lines: asked })).wrong);
    }
    const order = {
      lines: asked.map(({ meter, amountMinor }) => ({ meter, amountMinor })),
      ...(fields["contact"] ? { contact: fields["contact"] } : {}),
    };
    try {
      return (await answered(c, parsed(NewBulk, order), c.req.valid("query").dryRun === "yes")) as never;
    } catch (error) {
      if (error instanceof WrongLines) refuseTyped(lines, error.wrong);
      throw error;
    }
  });
  app.openapi(getBulk, async (c) => {
    const { here } = c.var;
    const { is: bulk } = await bulkStore(here).get(c.req.valid("param").id);
    return c.json(await bulkAsItIs(here, bulk), 200);
  });
  app.openapi(listBulks, async (c) => {
    const { bulks, next } = await bulkStore(c.var.here).list(c.req.valid("query"));
    return c.json({ bulkPurchases: bulks.map(staffBulk), ...(next ? { next } : {}) }, 200);
  });
  app.openapi(seenBulk, async (c) =>
    c.json(staffBulk(await bulkSeen(c.var.here, c.req.valid("param").id, whoId(c.var.who))), 200),
  );
}
