import { ModulePages } from "../../marketplace/installs/events.ts";
import { Said } from "../../marketplace/part-views.tsx";
import { everyCity } from "../../shared/cities.ts";
import { Card, Cards, Facts, Table, Tag } from "../../shared/components.tsx";
import { absent, FAULTS, type FaultKind } from "../../shared/errors.ts";
import type { City } from "../../shared/here.ts";
import { page } from "../../shared/page.tsx";
import { problemTexts } from "../../shared/problem-texts.ts";
import { type CityApp, cityRoom, houseRoom, needs, type secured } from "../../shared/room.ts";
import { shellTexts } from "../../shared/shell-texts.ts";
import { consolePages } from "./console.tsx";
import { portalTexts } from "./texts.ts";

const SERVICES = [
  "procedures",
  "pay",
  "prepaid",
  "bills",
  "meters",
  "data",
  "map",
  "indicators",
  "forecasts",
  "modules",
] as const;
const ORIENTATIONS = ["o.1", "o.2", "o.3", "o.4", "o.5", "o.6"] as const;

/** A city's front door: its services, the staff console, and the reference of its interface. */
export const portal = cityRoom("portal", { routes: cityPages });

function cityPages(app: CityApp): void {
  app.get("/", needs("public"), async (c) => {
    const { here, lang } = c.var;
    const t = portalTexts.in(lang);
    const pages = await here.ask(ModulePages, {});
    return page(
      c,
      { title: here.city.name, lead: t("cityLead") },
      <>
        <h2>{t("services")}</h2>
        <Cards>
          {SERVICES.map((service) => (
            <Card href={here.url(`/${service}`)} title={t(service)} level={3}>
              <p>{t(`${service}Lead`)}</p>
            </Card>
          ))}
        </Cards>
        {pages.length > 0 && (
          <>
            <h2>{t("pages")}</h2>
            <ul>
              {pages.map(({ path, title }) => (
                <li>
                  <a href={here.url(path)}>
                    <Said words={title} lang={lang} />
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
      </>,
    );
  });

  consolePages(app);
  app.get("/reference", needs("public"), (c) => {
    const { here, lang } = c.var;
    const t = portalTexts.in(lang);
    const { paths = {} } = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: here.city.name, version: "1" },
    });
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(
        item as Record<string, { summary?: string; security?: ReturnType<typeof secured>["security"] }>,
      ).map(([method, { summary, security }]) => ({ method: method.toUpperCase(), path, summary, security })),
    );
    return page(
      c,
      { title: t("reference"), lead: t("referenceLead"), wide: true },
      <>
        <p>
          <a href={here.url("/openapi.json")}>openapi.json</a>
        </p>
        <Table
          caption={t("reference")}
          head={[t("operation"), t("what"), t("whom")]}
          rows={operations.map(({ method, path, summary, security }) => [
            <code dir="ltr">
              {method} {path}
            </code>,
            <span lang="en" dir="ltr">
              {summary}
            </span>,
            security?.length ? security[0]?.bearer.join(", ") || t("signedIn") : t("everyone"),
          ])}
        />
      </>,
    );
  });
}

/** The house's front door, and the pages that explain each kind of fault. */
export const portalHouse = houseRoom("portal", {
  routes: (app, house) => {
    app.get("/", needs("public"), async (c) => {
      const t = portalTexts.in(c.var.lang);
      const cities: Pick<City, "slug" | "name" | "isSynthetic">[] = [];
      for await (const { slug, order, state } of everyCity(house.control))
        if (state === "open" || state === "closing")
          cities.push({ slug, name: order.name, isSynthetic: order.isSynthetic });
      return page(
        c,
        { title: t("houseTitle"), lead: t("houseLead") },
        <>
          <h2>{t("cities")}</h2>
          {cities.length === 0 ? (
            <p>{t("citiesNone")}</p>
          ) : (
            <Cards>
              {cities.map((city) => (
                <Card href={`/cities/${city.slug}/`} title={city.name} level={3}>
                  {city.isSynthetic && (
                    <p>
                      <Tag kind="warning">{shellTexts.in(c.var.lang)("syntheticTag")}</Tag>
                    </p>
                  )}
                </Card>
              ))}
            </Cards>
          )}
          <h2>
            <a href="/marketplace">{t("market")}</a>
          </h2>
          <p>{t("marketLead")}</p>
          <h2>{t("join")}</h2>
          <p>{t("joinLead")}</p>
          <p>
            <a href="/control">{t("operator")}</a>
          </p>
        </>,
      );
    });

    app.get("/about", needs("public"), (c) => {
      const t = portalTexts.in(c.var.lang);
      return page(
        c,
        { title: t("about"), lead: t("aboutLead") },
        <>
          <h2>{t("orientations")}</h2>
          <ol>
            {ORIENTATIONS.map((key) => (
              <li>{t(key)}</li>
            ))}
          </ol>
          <h2>{t("privacy")}</h2>
          <p>{t("privacyText")}</p>
        </>,
      );
    });

    app.get("/problems/:kind", needs("public"), (c) => {
      const kind = c.req.param("kind") as FaultKind;
      if (!Object.hasOwn(FAULTS, kind)) throw absent();
      const t = problemTexts.in(c.var.lang);
      const p = portalTexts.in(c.var.lang);
      return page(
        c,
        { title: t(`${kind}.title`), lead: t(`${kind}.now`) },
        <>
          <Facts
            items={[
              [p("status"), String(FAULTS[kind].status)],
              ["code", <code>{kind}</code>],
            ]}
          />
          <p>{p("problemLead")}</p>
        </>,
      );
    });
  },
});
