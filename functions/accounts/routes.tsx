import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { faults, fieldMistakes, form, givenIn, json, jsonBody, paged } from "../../shared/http.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { newId } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { newChance } from "../../shared/reference.ts";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { changedAccount, openedAccount } from "./domain.ts";
import { accountsFound } from "./finding.ts";
import { Account, AccountChange, AccountNumber, NewAccount } from "./schema.ts";
import { accountStore } from "./store.ts";
import { accountTexts } from "./texts.ts";
import { AccountForm, AccountPage, AccountsPage, type Mistake } from "./views.tsx";

const KEEPERS = ["agent", "administrator"] as const;
const READERS = ["agent", "treasurer", "administrator"] as const;
const READ = "scope:accounts.accounts:read";
const WRITE = "scope:accounts.accounts:write";

const openAccount = createRoute({
  method: "post",
  path: "/v1/accounts",
  summary: "Open a customer account",
  description: "With an id of the caller's own choice, sending it twice opens it once.",
  middleware: needs(...KEEPERS, WRITE),
  ...secured(...KEEPERS, WRITE),
  request: { body: jsonBody(NewAccount) },
  responses: {
    201: json(Account, "Opened"),
    200: json(Account, "Opened before"),
    ...faults("malformed", "unauthenticated", "forbidden", "conflict", "invalid"),
  },
});
const listAccounts = createRoute({
  method: "get",
  path: "/v1/accounts",
  summary: "Customer accounts by number",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  request: {
    query: paged().extend({
      number: AccountNumber.optional(),
      /** A number, a reference, a meter, a connection point, a contact, or the beginnings of a name's words. */
      q: z.string().trim().min(1).max(200).optional(),
    }),
  },
  responses: {
    200: json(z.object({ accounts: z.array(Account), next: z.string().optional() }), "Accounts"),
    ...faults("malformed", "unauthenticated", "forbidden", "invalid"),
  },
});
const getAccount = createRoute({
  method: "get",
  path: "/v1/accounts/{id}",
  summary: "One customer account",
  middleware: needs(...READERS, READ),
  ...secured(...READERS, READ),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 200: json(Account, "The account"), ...faults("unauthenticated", "forbidden", "absent") },
});
const changeAccount = createRoute({
  method: "put",
  path: "/v1/accounts/{id}",
  summary: "Change an account's name, address and contact",
  middleware: needs(...KEEPERS, WRITE),
  ...secured(...KEEPERS, WRITE),
  request: { params: z.object({ id: z.string().max(60) }), body: jsonBody(AccountChange) },
  responses: {
    200: json(Account, "As it is now"),
    ...faults("malformed", "unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});

const contactIn = (c: Context<CityEnv>, given: string | undefined) =>
  given === undefined ? undefined : readContact(given, c.var.city.country);

async function open(c: Context<CityEnv>, order: NewAccount) {
  const { table, clock } = c.var.here;
  const now = clock.now();
  return accountStore(table).open(
    openedAccount(order, order.id ?? newId("acc", now), contactIn(c, order.contact), now, newChance()),
  );
}

/** An account with its reference, also where it is older than references. @throws {Fault} absent */
async function referenced(c: Context<CityEnv>, id: string): Promise<Account> {
  const store = accountStore(c.var.here.table);
  return store.referenced(await store.get(id), newChance());
}

async function change(c: Context<CityEnv>, id: string, order: AccountChange): Promise<Account> {
  const store = accountStore(c.var.here.table);
  const before = await store.get(id);
  const after = changedAccount(before, order, contactIn(c, order.contact));
  await store.change(before, after);
  return after;
}

export function accountRoutes(app: CityApp): void {
  app.openapi(openAccount, async (c) => {
    const { created, account } = await open(c, c.req.valid("json"));
    return c.json(account, created ? 201 : 200);
  });
  app.openapi(listAccounts, async (c) => {
    const { number, q, ...at } = c.req.valid("query");
    if (q !== undefined) return c.json({ accounts: await accountsFound(c.var.here, q) }, 200);
    const store = accountStore(c.var.here.table);
    if (number === undefined) return c.json(await store.list(at), 200);
    const found = await store.byNumber(number);
    return c.json({ accounts: found ? [found] : [] }, 200);
  });
  app.openapi(getAccount, async (c) => c.json(await referenced(c, c.req.valid("param").id), 200));
  app.openapi(changeAccount, async (c) => c.json(await change(c, c.req.valid("param").id, c.req.valid("json")), 200));

  const list = async (c: Context<CityEnv>, given: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const { here, lang, csrf, who } = c.var;
    const t = accountTexts.in(lang);
    const q = (c.req.query("q") ?? "").trim().slice(0, 200);
    const found =
      q === ""
        ? await accountStore(here.table).list({ limit: 50, cursor: c.req.query("cursor") })
        : { accounts: await accountsFound(here, q) };
    const mayOpen = who.kind === "person" && who.roles.some((role) => KEEPERS.some((keeper) => keeper === role));
    return page(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        crumbs: [[t("staff"), here.url("/staff")]],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <AccountsPage {...{ t, here, csrf, given, mistakes, mayOpen, q }} {...found} />,
    );
  };
  app.get("/staff/accounts", needs(...READERS), (c) => list(c));
  app.post("/staff/accounts", needs(...KEEPERS), async (c) => {
    try {
      const { account } = await open(c, await form(c, NewAccount));
      return c.redirect(c.var.here.url(`/staff/accounts/${account.id}`), 303);
    } catch (error) {
      return list(c, await givenIn(c), fieldMistakes(error));
    }
  });

  const one = async (c: Context<CityEnv>, over: Record<string, string> = {}, mistakes: Mistake[] = []) => {
    const { here, lang, csrf } = c.var;
    const t = accountTexts.in(lang);
    const account = await referenced(c, c.req.param("id") ?? "");
    return page(
      c,
      {
        title: account.name,
        crumbs: [
          [t("staff"), here.url("/staff")],
          [t("title"), here.url("/staff/accounts")],
        ],
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <AccountPage {...{ t, here, account }} />
        <h2>{t("change")}</h2>
        <AccountForm
          {...{ t, csrf, mistakes }}
          action={here.url(`/staff/accounts/${account.id}`)}
          submit={t("save")}
          given={{ ...account, ...over }}
        />
      </>,
    );
  };
  app.get("/staff/accounts/:id", needs(...READERS), (c) => one(c));
  app.post("/staff/accounts/:id", needs(...KEEPERS), async (c) => {
    try {
      await change(c, c.req.param("id"), await form(c, AccountChange));
      return c.redirect(c.var.here.url(`/staff/accounts/${c.req.param("id")}`), 303);
    } catch (error) {
      return one(c, await givenIn(c), fieldMistakes(error));
    }
  });
}
