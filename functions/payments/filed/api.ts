import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faults, json, paged, parsed } from "../../../shared/http.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../../shared/room.ts";
import { fileOf } from "../../../shared/uploads.ts";
import { whoId } from "../../../shared/who.ts";
import { accountOf } from "../accounts.ts";
import { Naming, StatementFile } from "./schema.ts";
import { filedStore } from "./store.ts";
import { takeFile } from "./taking.ts";

// The files of providers that give no statement by themselves: handed in, and listed.

export const HANDERS = ["treasurer", "administrator"] as const;
const WRITE = "scope:payments.statements:write";
const guarded = (...needed: Parameters<typeof needs>) => ({ middleware: needs(...needed), ...secured(...needed) });

const handIn = createRoute({
  method: "post",
  path: "/v1/payment-accounts/{id}/statement-files",
  summary: "Hand in a provider’s own file (CSV) of what moved in an account",
  description:
    "As multipart/form-data (field `file`) or as the body; then each day that it covers is compared. Columns are found " +
    "by their names in English or French; others are named by fields of the form, or of the query. Whole or not at " +
    "all: a mistake names its line (`#/line/7`).",
  ...guarded(...HANDERS, WRITE),
  request: { params: z.object({ id: z.string().max(30) }), query: Naming },
  responses: {
    201: json(StatementFile, "Kept; its days are being compared"),
    200: json(StatementFile, "Handed in before: nothing changes"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "too_large"),
    ...faults("unsupported_media", "invalid"),
  },
});
const files = createRoute({
  method: "get",
  path: "/v1/statement-files",
  summary: "Providers’ files that were handed in, the latest first",
  ...guarded(...HANDERS, "scope:payments.payments:read", WRITE),
  request: { query: paged() },
  responses: {
    200: json(z.object({ files: z.array(StatementFile), next: z.string().optional() }), "Files"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});

/** Takes in the file that a request brings. */
export async function handedIn(c: Context<CityEnv>, accountId: string, file: Uint8Array, naming: Naming) {
  const { here, who } = c.var;
  return takeFile(here, await accountOf(here, accountId), { file, naming, by: whoId(who) });
}

export function filedRoutes(app: CityApp): void {
  app.openapi(handIn, async (c) => {
    const { file, fields } = await fileOf(c);
    const naming = { ...c.req.valid("query"), ...parsed(Naming, fields, "form") };
    const { created, file: kept } = await handedIn(c, c.req.valid("param").id, file, naming);
    return c.json(kept, created ? 201 : 200);
  });
  app.openapi(files, async (c) => c.json(await filedStore(c.var.here).files(c.req.valid("query")), 200));
}
