import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { latinDigits } from "../../shared/amounts.ts";
import { Fault } from "../../shared/errors.ts";
import { addressOf, fieldMistakes, form, originOf, PAGE_SIZE, parsed } from "../../shared/http.ts";
import { apiKeysPage } from "../../shared/identity/api-keys.ts";
import { staffPage } from "../../shared/identity/persons.ts";
import { endSession, type Session } from "../../shared/identity/sessions.ts";
import { sentMessages } from "../../shared/outbox.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { ROLES, type Role, SESSION_COOKIE } from "../../shared/who.ts";
import { finishSignIn, isStaff, provider, setProvider, startSignIn } from "./provider.ts";
import { personOf } from "./routes.ts";
import { NewKey, NewSession, Provider, Role as RoleName } from "./schema.ts";
import { makeKey, revokeKey, sendCode, sessionOf, setRoles, signIn } from "./service.ts";
import { identityTexts } from "./texts.ts";
import { CodePage, KeysPage, MePage, PeoplePage, ProviderPage, SignInPage } from "./views.tsx";

const CONTACT_COOKIE = "hansa_contact";
const OIDC_COOKIE = "hansa_oidc";
type C = Context<CityEnv>;
type Mistake = { field: string; detail: string };

const Several = <T extends z.ZodType>(one: T) =>
  z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(one).max(50));

export function identityPages(app: CityApp): void {
  const common = (c: C) => ({ lang: c.var.lang, csrf: c.var.csrf, url: c.var.here.url });
  const texts = (c: C) => identityTexts.in(c.var.lang);
  const staffCrumbs = (c: C) => [[texts(c)("staff"), c.var.here.url("/staff")]] as const;

  /** Only a page of this city: never another site, nor another city. */
  const safeNext = (c: C, given: string | undefined): string =>
    given?.startsWith(c.var.here.url("/")) && !given.includes("\\") && !given.includes("/../") ? given : "";

  const cookie = (c: C) => ({
    path: c.var.here.url(""),
    httpOnly: true,
    sameSite: "Lax" as const,
    secure: originOf(c).startsWith("https:"),
  });

  const enter = (c: C, session: Session, roles: readonly Role[], next: string) => {
    setCookie(c, SESSION_COOKIE, session.token, { ...cookie(c), expires: session.expiresAt });
    deleteCookie(c, CONTACT_COOKIE, cookie(c));
    const home = roles.some((role) => role !== "resident") ? "/staff" : "/";
    return c.redirect(safeNext(c, next) || c.var.here.url(home), 303);
  };

  const signInPage = async (c: C, more: { next: string; value?: string; error?: string }) => {
    const t = texts(c);
    const hasProvider = (await provider(c.var.here)) !== undefined;
    return page(
      c,
      { title: t("signIn"), lead: t("signInLead"), status: more.error ? 422 : 200 },
      <SignInPage {...common(c)} {...more} hasProvider={hasProvider} />,
    );
  };

  app.get("/sign-in", needs("public"), (c) => signInPage(c, { next: safeNext(c, c.req.query("next")) }));

  app.post("/sign-in", needs("public"), async (c) => {
    const { contact = "", next = "" } = await form(
      c,
      z.object({ contact: z.string().max(200).optional(), next: z.string().max(2000).optional() }),
    );
    try {
      const known = await sendCode(c.var.here, contact, c.var.lang, addressOf(c));
      setCookie(c, CONTACT_COOKIE, known, { ...cookie(c), maxAge: 900 });
      return c.redirect(
        c.var.here.url(`/sign-in/code${next ? `?next=${encodeURIComponent(safeNext(c, next))}` : ""}`),
        303,
      );
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
      return signInPage(c, { next: safeNext(c, next), value: contact, error: error.message });
    }
  });

  const codePage = async (c: C, contact: string, next: string, error?: string) => {
    const { here } = c.var;
    const t = texts(c);
    // A synthetic city sends nothing: who tries it out reads the code here.
    const isShown = here.city.isSynthetic && here.settings.HANSA_MESSAGES === "outbox";
    const last = isShown ? (await sentMessages(here.table)).find((message) => message.to === contact) : undefined;
    const shown = last && /\b\d{6}\b/.exec(last.text)?.[0];
    return page(
      c,
      { title: t("codeTitle"), lead: t("codeLead", { contact }), status: error ? 422 : 200 },
      <CodePage {...common(c)} next={next} contact={contact} error={error} shown={shown} />,
    );
  };

  app.get("/sign-in/code", needs("public"), async (c) => {
    const contact = getCookie(c, CONTACT_COOKIE);
    return contact
      ? codePage(c, contact, safeNext(c, c.req.query("next")))
      : c.redirect(c.var.here.url("/sign-in"), 303);
  });

  app.post("/sign-in/code", needs("public"), async (c) => {
    const fields = await form(
      c,
      z.object({
        contact: z.string().max(200).optional(),
        code: z.string().max(20).optional(),
        next: z.string().max(2000).optional(),
      }),
    );
    const contact = fields.contact ?? getCookie(c, CONTACT_COOKIE) ?? "";
    const next = safeNext(c, fields.next);
    const given = NewSession.safeParse({
      contact,
      code: fields.code && latinDigits(fields.code).replaceAll(/[\s\p{Cf}-]/gu, ""),
    });
    try {
      if (!given.success) throw new Fault("unauthenticated", "");
      const { session, person } = await signIn(c.var.here, given.data.contact, given.data.code);
      return enter(c, session, person.roles, next);
    } catch (error) {
      if (!(error instanceof Fault) || !["unauthenticated", "invalid"].includes(error.kind)) throw error;
      return codePage(c, contact, next, texts(c)("wrong"));
    }
  });

  app.post("/sign-out", needs(...ROLES), async (c) => {
    const { id, sid } = personOf(c.var.who);
    await endSession(c.var.here.table, id, sid);
    deleteCookie(c, SESSION_COOKIE, cookie(c));
    return c.redirect(c.var.here.url("/"), 303);
  });

  app.get("/me", needs(...ROLES), (c) => {
    const t = texts(c);
    return page(c, { title: t("me"), lead: t("meLead") }, <MePage {...common(c)} person={personOf(c.var.who)} />);
  });

  // ── the city's own provider

  const returnTo = (c: C) => `${originOf(c)}${c.var.here.url("/sign-in/oidc/callback")}`;

  app.get("/sign-in/oidc", needs("public"), async (c) => {
    const { address, state, livesS } = await startSignIn(c.var.here, returnTo(c), safeNext(c, c.req.query("next")));
    setCookie(c, OIDC_COOKIE, state, { ...cookie(c), maxAge: livesS });
    return c.redirect(address.href, 303);
  });
  app.get("/sign-in/oidc/callback", needs("public"), async (c) => {
    const answered = new URL(returnTo(c));
    answered.search = new URL(c.req.url).search;
    const { contact, next } = await finishSignIn(c.var.here, answered, getCookie(c, OIDC_COOKIE));
    deleteCookie(c, OIDC_COOKIE, cookie(c));
    if (!(await isStaff(c.var.here, contact))) throw new Fault("forbidden", texts(c)("providerRefused"));
    const { session, person } = await sessionOf(c.var.here, contact);
    return enter(c, session, person.roles, next);
  });

  const providerPage = async (c: C, errors: Mistake[] = []) => {
    const t = texts(c);
    return page(
      c,
      { title: t("provider"), lead: t("providerLead"), crumbs: staffCrumbs(c), status: errors.length ? 422 : 200 },
      <ProviderPage
        {...common(c)}
        kept={await provider(c.var.here)}
        returnTo={returnTo(c)}
        errors={errors}
        saved={c.req.query("saved") === "1"}
      />,
    );
  };
  app.get("/staff/sign-in-provider", needs("administrator"), (c) => providerPage(c));
  app.post("/staff/sign-in-provider", needs("administrator"), async (c) => {
    try {
      await setProvider(c.var.here, await form(c, Provider));
      return c.redirect(c.var.here.url("/staff/sign-in-provider?saved=1"), 303);
    } catch (error) {
      return providerPage(c, fieldMistakes(error));
    }
  });

  // ── people and keys

  const after = (c: C) => ({
    limit: PAGE_SIZE.default,
    cursor: c.req.method === "GET" ? c.req.query("cursor") : undefined,
  });

  const peoplePage = async (c: C, errors: Mistake[] = [], value?: string) => {
    const t = texts(c);
    const { people, next } = await staffPage(c.var.here.table, after(c));
    return page(
      c,
      { title: t("people"), lead: t("peopleLead"), crumbs: staffCrumbs(c), status: errors.length ? 422 : 200 },
      <PeoplePage
        {...common(c)}
        {...{ people, next }}
        saved={c.req.query("saved") === "1"}
        errors={errors}
        value={value}
      />,
    );
  };
  app.get("/staff/people", needs("administrator"), (c) => peoplePage(c));
  app.post("/staff/people", needs("administrator"), async (c) => {
    const given = await form(c, z.object({ contact: z.string().max(200).default(""), roles: Several(RoleName) }));
    try {
      await setRoles(c.var.here, given.contact, given.roles as Role[], personOf(c.var.who).id);
      return c.redirect(c.var.here.url("/staff/people?saved=1"), 303);
    } catch (error) {
      return peoplePage(c, fieldMistakes(error), given.contact);
    }
  });

  const keysPage = async (c: C, more: { secret?: string; name?: string; errors?: Mistake[] } = {}) => {
    const t = texts(c);
    const { here, house, lang } = c.var;
    const scopes = house.rooms.flatMap((room) =>
      Object.entries(room.scopes).map(([name, scope]) => [name, `${scope.says[lang]} (${name})`] as const),
    );
    const { keys, next } = await apiKeysPage(here.table, after(c));
    // The one page that shows a secret is not to be found again by the browser's back button.
    if (more.secret) c.header("Cache-Control", "no-store");
    return page(
      c,
      { title: t("keys"), lead: t("keysLead"), crumbs: staffCrumbs(c), wide: true, status: more.errors ? 422 : 200 },
      <KeysPage {...common(c)} {...more} {...{ keys, next, scopes }} city={here.city} />,
    );
  };
  app.get("/staff/keys", needs("administrator"), (c) => keysPage(c));
  app.post("/staff/keys", needs("administrator"), async (c) => {
    const { here, house } = c.var;
    const given = await form(
      c,
      z.object({ name: z.string().max(200).optional(), scopes: Several(z.string().max(80)) }),
    );
    try {
      const { secret } = await makeKey({ here, house, by: personOf(c.var.who).id }, parsed(NewKey, given));
      return keysPage(c, { secret });
    } catch (error) {
      return keysPage(c, { name: given.name, errors: fieldMistakes(error) });
    }
  });
  app.post("/staff/keys/:id/revoke", needs("administrator"), async (c) => {
    await revokeKey(c.var.here, c.req.param("id"), personOf(c.var.who).id);
    return c.redirect(c.var.here.url("/staff/keys"), 303);
  });
}
