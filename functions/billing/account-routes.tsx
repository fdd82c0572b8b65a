import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faults, json } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { AccountById } from "../accounts/events.ts";
import { BankAccounts } from "../bank/events.ts";
import { accountTexts } from "./account-texts.ts";
import { StatementPage } from "./account-views.tsx";
import { Statement } from "./schema.ts";
import { hasRole, isStaff, mustSee, READ, READERS } from "./seeing.ts";
import { latest, statementCsv, statementOf } from "./statement.ts";
import { billTexts } from "./texts.ts";

const params = z.object({ account: z.string().max(60) });
const allowed = { middleware: needs("resident", ...READERS, READ), ...secured("resident", ...READERS, READ) };
const refusals = faults("unauthenticated", "forbidden", "absent");

const get = createRoute({
  method: "get",
  path: "/v1/statements/{account}",
  summary: "What is due of an account, what is paid ahead, and its last movements; to residents of their own",
  ...allowed,
  request: { params },
  responses: { 200: json(Statement.extend({ openingMinor: z.int() }), "The statement"), ...refusals },
});
const csv = createRoute({
  method: "get",
  path: "/v1/statements/{account}/csv",
  summary: "The whole statement as CSV, amounts as decimals of the currency",
  ...allowed,
  request: { params },
  responses: { 200: { description: "CSV", content: { "text/csv": { schema: z.string() } } }, ...refusals },
});

/** The account and its statement. @throws {Fault} absent: there is none, or it is another's */
async function seen(c: Context<CityEnv>, accountId: string) {
  const { here } = c.var;
  await mustSee(c, accountId);
  const account = await here.ask(AccountById, { accountId: accountId.slice(0, 60) });
  return { account, statement: await statementOf(here, account.id) };
}

async function file(c: Context<CityEnv>, accountId: string) {
  const { account, statement } = await seen(c, accountId);
  return c.body(statementCsv(c.var.here, statement), 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": `attachment; filename="${account.reference}.csv"`,
  });
}

export function accountRoutes(app: CityApp): void {
  app.openapi(get, async (c) => c.json(latest((await seen(c, c.req.valid("param").account)).statement), 200));
  app.openapi(csv, async (c) => (await file(c, c.req.valid("param").account)) as never);

  app.get("/bills/of/:account", needs("resident", ...READERS), async (c) => {
    const { here, lang, csrf } = c.var;
    const tt = accountTexts.in(lang);
    const { account, statement } = await seen(c, c.req.param("account"));
    const t = billTexts.in(lang);
    return page(
      c,
      {
        title: tt("accountNumber", { number: account.number }),
        crumbs: isStaff(c)
          ? [
              [t("staff"), here.url("/staff")],
              [account.name, here.url(`/staff/accounts/${account.id}`)],
            ]
          : [[t("myBills"), here.url("/bills")]],
      },
      <StatementPage
        {...{ account }}
        banks={(await here.ask(BankAccounts, {})).accounts}
        s={{ here, lang, csrf, t }}
        statement={latest(statement)}
        mayGiveBack={hasRole(c, "agent", "treasurer")}
      />,
    );
  });
  app.get("/bills/of/:account/statement.csv", needs("resident", ...READERS), (c) => file(c, c.req.param("account")));
}
