import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { type CityRecord, everyCity, findCity } from "../../shared/cities.ts";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { addressOf, body, faults, fieldMistakes, form, json, jsonBody, originOf, parsed } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { endSession } from "../../shared/identity/sessions.ts";
import { sentMessages } from "../../shared/outbox.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, type HouseEnv, houseRoom, needs } from "../../shared/room.ts";
import { OPERATOR_COOKIE } from "../../shared/who.ts";
import { bundleOf, closeCity, importCity } from "./leaving.ts";
import { openCity, retryCity } from "./onboarding.ts";
import { LINK_LIVES_S, operatorLink, useLink } from "./operators.ts";
import { CityStatus, NewCity } from "./schema.ts";
import { controlTexts } from "./texts.ts";
import { CitiesPage, CityPage, ImportPage, NewCityPage, OutboxPage, SignInPage } from "./views.tsx";

type C = Context<HouseEnv>;
const NEXT_COOKIE = "hansa_operator_next";
/** Only a page of the house, never another site. */
const safeNext = (given: string | undefined): string | undefined =>
  given !== undefined && given.length <= 2_000 && /^\/(?:control|marketplace)(?:[/?][^\\]*)?$/.test(given)
    ? given
    : undefined;
const Slugged = z.object({ slug: z.string().max(40) });

const addCity = createRoute({
  method: "post",
  path: "/control/v1/cities",
  summary: "Bring a city in; the same order sent again goes on where it stopped",
  middleware: needs("operator"),
  request: { body: jsonBody(NewCity) },
  responses: {
    201: json(CityStatus, "Brought in"),
    200: json(CityStatus, "Was there before"),
    ...faults("malformed", "unauthenticated", "conflict", "invalid"),
  },
});

/** The house's own desk: cities come in, are exported, and leave; only the operator sits at it. */
export const control = houseRoom("control", {
  routes: (app, house) => {
    api(app, house);
    pages(app, house);
  },
});

const statusOf = (c: C, { slug, order, state, done, reason, createdAt }: CityRecord) =>
  CityStatus.parse({ slug, name: order.name, state, done, reason, createdAt, url: `${originOf(c)}/cities/${slug}/` });

function api(app: HouseApp, house: House): void {
  app.get("/healthz", needs("public"), async (c) => {
    await house.control.get({ pk: "HEALTH", sk: "HEALTH" });
    return c.json({ status: "ok" });
  });

  app.post("/control/v1/sessions", needs("public"), async (c) => {
    await limit(house.control, house.now(), `LINK#${addressOf(c)}`, 50, 900);
    const { token } = await body(c, z.strictObject({ token: z.string().min(20).max(100) }));
    const session = await useLink(house, token);
    return c.json({ token: session.token, expiresAt: session.expiresAt.toISOString() }, 201);
  });

  app.post("/control/v1/links", needs("operator"), async (c) => {
    const link = await operatorLink(house, originOf(c));
    return c.json({ link, expiresInS: LINK_LIVES_S }, 201);
  });

  app.openapi(addCity, async (c) => {
    const { record, created } = await openCity(house, c.req.valid("json"));
    return c.json(statusOf(c, record), created ? 201 : 200);
  });
  app.get("/control/v1/cities", needs("operator"), async (c) => {
    const cities = [];
    for await (const record of everyCity(house.control)) cities.push(statusOf(c, record));
    return c.json({ cities });
  });
  app.get("/control/v1/cities/:slug", needs("operator"), async (c) => {
    const record = await findCity(house.control, c.req.param("slug"));
    if (!record) throw absent();
    return c.json(statusOf(c, record));
  });
  app.post("/control/v1/cities/:slug/retry", needs("operator"), async (c) =>
    c.json(statusOf(c, await retryCity(house, c.req.param("slug")))),
  );
  app.get("/control/v1/cities/:slug/export", needs("operator"), async (c) => {
    const { bytes, digest } = await bundleOf(house, c.req.param("slug"));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": "application/zip",
      "Content-Disposition": `attachment; filename="${c.req.param("slug")}.hansa-city.zip"`,
      "Hansa-Digest": digest,
    });
  });
  app.post("/control/v1/cities/import", needs("operator"), async (c) => {
    const { record, digest } = await importCity(house, new Uint8Array(await c.req.arrayBuffer()));
    return c.json({ ...statusOf(c, record), digest }, 201);
  });
  app.delete("/control/v1/cities/:slug", needs("operator"), async (c) => {
    const { slug } = parsed(Slugged, c.req.param());
    return c.json(statusOf(c, await closeCity(house, slug, c.req.query("export"))));
  });
  app.get("/control/v1/outbox", needs("operator"), async (c) => {
    const slug = c.req.query("city");
    if (slug === undefined) return c.json({ messages: await sentMessages(house.control) });
    const here = await house.hereOf(slug);
    if (!here) throw absent();
    return c.json({ messages: await sentMessages(here.table) });
  });
}

function pages(app: HouseApp, house: House): void {
  const crumbs = (c: C) => [[controlTexts.in(c.var.lang)("title"), "/control"]] as const;

  // Who was sent here comes back by another link, from a terminal or a letter: the way on is remembered for that.
  const nextCookie = (c: C) => ({
    ...{ path: "/control", httpOnly: true, sameSite: "Lax" as const, maxAge: 900 },
    secure: originOf(c).startsWith("https:"),
  });
  app.get("/control/sign-in", needs("public"), (c) => {
    const t = controlTexts.in(c.var.lang);
    const next = safeNext(c.req.query("next"));
    if (next) setCookie(c, NEXT_COOKIE, next, nextCookie(c));
    const token = c.req.query("token");
    return page(
      c,
      { title: t("signIn"), lead: token ? t("signInLead") : t("signInNone") },
      <SignInPage lang={c.var.lang} token={token} />,
    );
  });
  // The link only shows a button: a preview that fetches it does not use it up.
  app.post("/control/sign-in", needs("public"), async (c) => {
    await limit(house.control, house.now(), `LINK#${addressOf(c)}`, 50, 900);
    const { token } = await form(c, z.strictObject({ token: z.string().max(100) }));
    const { token: session, expiresAt } = await useLink(house, token);
    const secure = originOf(c).startsWith("https:");
    setCookie(c, OPERATOR_COOKIE, session, { path: "/", httpOnly: true, sameSite: "Lax", secure, expires: expiresAt });
    const next = safeNext(getCookie(c, NEXT_COOKIE));
    deleteCookie(c, NEXT_COOKIE, { path: "/control" });
    return c.redirect(next ?? "/control", 303);
  });

  const common = (c: C) => ({ lang: c.var.lang, csrf: c.var.csrf });
  const desk = async (c: C, link?: string) => {
    const t = controlTexts.in(c.var.lang);
    const cities: CityRecord[] = [];
    for await (const record of everyCity(house.control)) cities.push(record);
    return page(c, { title: t("title"), lead: t("lead") }, <CitiesPage {...common(c)} cities={cities} link={link} />);
  };
  app.get("/control", needs("operator"), (c) => desk(c));
  app.post("/control/links", needs("operator"), async (c) => {
    c.header("Cache-Control", "no-store");
    return desk(c, await operatorLink(house, originOf(c)));
  });
  app.post("/control/sign-out", needs("operator"), async (c) => {
    const { who } = c.var;
    if (who.kind === "operator") await endSession(house.control, who.id, who.sid);
    deleteCookie(c, OPERATOR_COOKIE, { path: "/" });
    return c.redirect("/", 303);
  });

  const importPage = (c: C, error?: string) => {
    const t = controlTexts.in(c.var.lang);
    return page(
      c,
      { title: t("import"), crumbs: crumbs(c), status: error ? 422 : 200 },
      <ImportPage {...common(c)} error={error} />,
    );
  };
  app.get("/control/cities/import", needs("operator"), (c) => importPage(c));
  app.post("/control/cities/import", needs("operator"), async (c) => {
    const { file } = await c.req.parseBody();
    if (!(file instanceof File) || file.size === 0) return importPage(c, controlTexts.in(c.var.lang)("importWrong"));
    try {
      const { record } = await importCity(house, new Uint8Array(await file.arrayBuffer()));
      return c.redirect(`/control/cities/${record.slug}?opened=1`, 303);
    } catch (error) {
      if (!(error instanceof Fault) || !["malformed", "invalid", "conflict"].includes(error.kind)) throw error;
      return importPage(c, error.message);
    }
  });

  const newCityPage = (c: C, value: Record<string, string> = {}, errors: { field: string; detail: string }[] = []) => {
    const t = controlTexts.in(c.var.lang);
    return page(
      c,
      { title: t("add"), lead: t("addLead"), crumbs: crumbs(c), status: errors.length ? 422 : 200 },
      <NewCityPage lang={c.var.lang} csrf={c.var.csrf} value={value} errors={errors} />,
    );
  };
  app.get("/control/cities/new", needs("operator"), (c) => newCityPage(c));
  app.post("/control/cities", needs("operator"), async (c) => {
    const fields = (await c.req.parseBody({ all: true })) as Record<string, string | string[]>;
    const text = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    try {
      let boundary: unknown;
      try {
        boundary = text["boundary"] ? JSON.parse(text["boundary"]) : undefined;
      } catch {
        throw new Fault("invalid", "", { errors: [{ pointer: "#/boundary", detail: "The boundary is not GeoJSON." }] });
      }
      const order = parsed(NewCity, {
        name: text["name"],
        slug: text["slug"],
        country: text["country"]?.toUpperCase(),
        currency: text["currency"]?.toUpperCase(),
        languages: [fields["languages"] ?? []].flat(),
        timeZone: text["timeZone"],
        boundary,
        administrator: text["administrator"],
        isSynthetic: fields["isSynthetic"] !== undefined,
      });
      const { record } = await openCity(house, order);
      return c.redirect(`/control/cities/${record.slug}?opened=1`, 303);
    } catch (error) {
      return newCityPage(c, text, fieldMistakes(error));
    }
  });
  const cityPage = async (c: C, slug: string, error?: string) => {
    const record = await findCity(house.control, slug);
    if (!record) throw absent();
    return page(
      c,
      { title: record.order.name, crumbs: crumbs(c), status: error ? 422 : 200 },
      <CityPage {...common(c)} record={record} opened={c.req.query("opened") === "1"} error={error} />,
    );
  };
  app.get("/control/cities/:slug", needs("operator"), (c) => cityPage(c, c.req.param("slug")));
  app.post("/control/cities/:slug/close", needs("operator"), async (c) => {
    const slug = c.req.param("slug");
    // Sent twice, it is still only the first step.
    if ((await findCity(house.control, slug))?.state !== "closing") await closeCity(house, slug, undefined);
    return c.redirect(`/control/cities/${slug}`, 303);
  });
  app.post("/control/cities/:slug/remove", needs("operator"), async (c) => {
    const slug = c.req.param("slug");
    const typed = await form(c, z.object({ slug: z.string().max(100).optional() }));
    if (typed.slug !== slug) return cityPage(c, slug, controlTexts.in(c.var.lang)("removeWrong"));
    const record = await findCity(house.control, slug);
    if (record?.state !== "closing") throw new Fault("forbidden_transition", "This city is not leaving.");
    await closeCity(house, slug, record.exportDigest);
    return c.redirect("/control", 303);
  });
  app.post("/control/cities/:slug/retry", needs("operator"), async (c) => {
    const record = await retryCity(house, c.req.param("slug"));
    return c.redirect(`/control/cities/${record.slug}?opened=1`, 303);
  });
  app.get("/control/cities/:slug/export", needs("operator"), async (c) => {
    const { bytes } = await bundleOf(house, c.req.param("slug"));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": "application/zip",
      "Content-Disposition": `attachment; filename="${c.req.param("slug")}.hansa-city.zip"`,
    });
  });
  app.get("/control/outbox", needs("operator"), async (c) => {
    const t = controlTexts.in(c.var.lang);
    const messages = [];
    for await (const { slug, order } of everyCity(house.control)) {
      const here = await house.hereOf(slug);
      if (here) messages.push(...(await sentMessages(here.table)).map((message) => ({ ...message, city: order.name })));
    }
    messages.sort((a, b) => (a.sentAt < b.sentAt ? 1 : -1));
    return page(
      c,
      { title: t("outbox"), lead: t("outboxLead"), crumbs: crumbs(c), wide: true },
      <OutboxPage lang={c.var.lang} messages={messages.slice(0, 100)} />,
    );
  });
}
