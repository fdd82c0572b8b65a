import type { Context } from "hono";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ReadIn } from "./components.tsx";
import { directionOf, type Further, readAs, readingNow } from "./further.ts";
import type { City } from "./here.ts";
import { withFieldNames } from "./mistakes.ts";
import { markedPassages } from "./passages.ts";
import { shellTexts } from "./shell-texts.ts";
import { STYLES } from "./styles.ts";
import { dirOf, ENDONYMS, LANGS, type Lang, labelled, offeredIn } from "./texts.ts";
import type { Who } from "./who.ts";

export interface PageOptions {
  title: string;
  /** One sentence below the title. */
  lead?: string;
  /** The way here, from the outermost on: `[label, href]`; the city's own page is put in front by itself. */
  crumbs?: readonly (readonly [string, string])[];
  status?: number;
  /** For pages of wide tables. */
  wide?: boolean;
}

/** A gable of the old trading cities, and the sea before it. */
const Mark = () => (
  <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" fill="currentColor">
    <path d="M4 20V12h3V8h3V5h2V2h4v3h2v3h3v4h3v8zM12 20h4v-5a2 2 0 0 0-4 0z" fill-rule="evenodd" />
    <path d="M1 23q3-2 6.5 0t6.500 0 6.500 0 6.500 0v3H1z" />
  </svg>
);

/** A whole page around its content: everything that every page has, and nothing that needs script. */
export function page(c: Context, options: PageOptions, body: Child): Response | Promise<Response> {
  const status = (options.status ?? 200) as ContentfulStatusCode;
  const who = (c.get("who") ?? { kind: "anonymous" }) as Who;
  c.header("Vary", "Accept-Language, Cookie", { append: true });
  if (who.kind !== "anonymous") c.header("Cache-Control", "no-store");
  const reading = readingNow();
  if (!reading) {
    const html = whole(c, options, body, who);
    return status < 400 ? c.html(html, status) : namedMistakes(c, html, status);
  }
  const shown = { ...reading, isShown: true };
  return readAs(shown, async () => {
    const html = await whole(c, options, body, who, shown.further.tag).toString();
    return c.html(markedPassages(html, shown), status);
  });
}

async function namedMistakes(
  c: Context,
  html: HtmlEscapedString | Promise<HtmlEscapedString>,
  status: ContentfulStatusCode,
) {
  return c.html(withFieldNames(await (await html).toString(), (c.get("lang") ?? "en") as Lang), status);
}

/** Of a form that was sent: the page of this city, or of this house, that it stands on. */
export function cameFrom(c: Context): string | undefined {
  const from = c.req.header("referer");
  if (c.req.method !== "POST" || from === undefined || !URL.canParse(from)) return undefined;
  const [page, sentTo] = [new URL(from), new URL(c.req.url)];
  const city = c.get("city") as City | undefined;
  const isHere = page.host === (c.req.header("host") ?? sentTo.host) && page.pathname !== sentTo.pathname;
  return isHere && page.pathname.startsWith(city ? `/cities/${city.slug}/` : "/")
    ? page.pathname + page.search
    : undefined;
}

/** @param further  the language that the page is in, where it is none of the house's */
function whole(
  c: Context,
  options: PageOptions,
  body: Child,
  who: Who,
  further?: string,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const lang = (c.get("lang") ?? "en") as Lang;
  const city = c.get("city") as City | undefined;
  const csrf = (c.get("csrf") ?? "") as string;
  const t = shellTexts.in(lang);
  const home = city ? `/cities/${city.slug}` : "";
  const offered = [
    ...(city ? offeredIn(city) : LANGS).map((tag) => ({ tag, name: ENDONYMS[tag] })),
    ...((c.get("further") ?? []) as readonly Further[]),
  ];
  const inLang = (other: string) => {
    // A form that came back with its mistakes has no address of its own: the page that it stands on has.
    const url = new URL(cameFrom(c) ?? c.req.url, c.req.url);
    url.searchParams.set("lang", other);
    return url.pathname + url.search;
  };
  const isStaff = who.kind === "person" && who.roles.some((role) => role !== "resident");
  const crumbs = options.crumbs ?? [];
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={further ?? lang} dir={further ? directionOf(further) : dirOf(lang)}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${options.status === 422 ? labelled(lang, t("mistake"), options.title) : options.title} · ${city?.name ?? "Hansa"}`}</title>
          <link rel="icon" href="data:," />
          <style>{raw(STYLES)}</style>
        </head>
        <body>
          <a class="skip" href="#main">
            {t("skip")}
          </a>
          {city?.isSynthetic && (
            <section class="synthetic" aria-label={t("syntheticTag")}>
              <div class="wrap">
                <p>{t("synthetic", { city: city.name })}</p>
              </div>
            </section>
          )}
          <header class="head">
            <div class="wrap">
              <a class="mark" href={`${home}/`}>
                <Mark />
                {city?.name ?? "Hansa"}
              </a>
              <nav aria-label={t("menu")}>
                <ul>
                  {city ? (
                    <>
                      <li>
                        <a href={`${home}/data`}>{t("data")}</a>
                      </li>
                      <li>
                        <a href={`${home}/pay`}>{t("pay")}</a>
                      </li>
                      {isStaff && (
                        <li>
                          <a href={`${home}/staff`}>{t("staff")}</a>
                        </li>
                      )}
                      {who.kind === "person" ? (
                        <>
                          <li>
                            <a href={`${home}/me`}>{t("me")}</a>
                          </li>
                          <li>
                            <form action={`${home}/sign-out`} method="post">
                              <input type="hidden" name="csrf" value={csrf} />
                              <button class="link" type="submit">
                                {t("signOut")}
                              </button>
                            </form>
                          </li>
                        </>
                      ) : (
                        <li>
                          <a href={`${home}/sign-in`}>{t("signIn")}</a>
                        </li>
                      )}
                    </>
                  ) : (
                    <li>
                      <a href="/marketplace">{t("marketplace")}</a>
                    </li>
                  )}
                </ul>
              </nav>
              <nav class="langs" aria-label={t("language")}>
                <ul>
                  {offered.map(({ tag, name }) => (
                    <li>
                      {tag === (further ?? lang) ? (
                        <span aria-current="true" lang={tag}>
                          {name}
                        </span>
                      ) : (
                        <a href={inLang(tag)} lang={tag} hreflang={tag} rel="alternate">
                          {name}
                        </a>
                      )}
                    </li>
                  ))}
                </ul>
              </nav>
            </div>
          </header>
          <div class="wrap">
            {crumbs.length > 0 && (
              <nav class="crumbs" aria-label={t("you")}>
                <ol>
                  <li>
                    <a href={`${home}/`}>{city?.name ?? "Hansa"}</a>
                  </li>
                  {crumbs.map(([label, href]) => (
                    <li>
                      <a href={href}>{label}</a>
                    </li>
                  ))}
                </ol>
              </nav>
            )}
            <main id="main" tabindex={-1}>
              <h1>{options.title}</h1>
              {options.lead && <p class="lead">{options.lead}</p>}
              <ReadIn.Provider value={lang}>{body}</ReadIn.Provider>
            </main>
          </div>
          <footer class="foot">
            <div class="wrap">
              <p>{t("footer")}</p>
              <a href="/about">{t("about")}</a>
              <a href="/">{t("cities")}</a>
              {city && <a href={`${home}/transparency`}>{t("transparency")}</a>}
              {city && <a href={`${home}/reference`}>{t("api")}</a>}
            </div>
          </footer>
        </body>
      </html>
    </>
  );
}
