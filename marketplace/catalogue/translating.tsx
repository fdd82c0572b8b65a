import { Table } from "../../shared/components.tsx";
import { absent } from "../../shared/errors.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { houseTexts, textsByCatalogue } from "../contract/house-texts.ts";
import { catalogueTexts } from "./texts.ts";
import { translatingTexts } from "./translating-texts.ts";

/** What the house's own pages say, for those who put them into a further language: as page and as JSON. */
export function translatingRoutes(app: HouseApp): void {
  const open = needs("public");

  app.get("/marketplace/v1/texts", open, (c) => c.json({ texts: [...houseTexts().values()] }));

  app.get("/marketplace/texts", open, (c) => {
    const { lang } = c.var;
    const t = translatingTexts.in(lang);
    const groups = textsByCatalogue();
    const name = c.req.query("group") ?? [...groups.keys()][0]!;
    const texts = groups.get(name);
    if (!texts) throw absent();
    return page(
      c,
      {
        ...{ title: t("title"), lead: t("lead"), wide: true },
        crumbs: [[catalogueTexts.in(lang)("title"), "/marketplace"]],
      },
      <>
        <p>{t("how")}</p>
        <p>{t("closed")}</p>
        <p>
          <a href="/marketplace/v1/texts">{t("asJson")}</a> · <code dir="ltr">npx hansa texts</code>
        </p>
        <nav aria-label={t("groups")}>
          <ul>
            {[...groups].map(([group, { length }]) => (
              <li>
                <a href={`/marketplace/texts?group=${group}`} aria-current={group === name ? "true" : undefined}>
                  <bdi dir="ltr">{group}</bdi>
                </a>{" "}
                ({length})
              </li>
            ))}
          </ul>
        </nav>
        <Table
          caption={t("caption", { name, n: texts.length })}
          head={[t("key"), t("text"), t("values")]}
          rows={texts.map((text) => [
            <code dir="ltr">{text.key}</code>,
            <>
              <bdi lang="en">{text.en}</bdi>
              {lang !== "en" && (
                <>
                  <br />
                  <bdi>{text[lang]}</bdi>
                </>
              )}
            </>,
            Object.entries(text.values).map(([value, of]) => (
              <>
                <code dir="ltr">{`{$${value}}`}</code> {of === "number" && "(number)"}{" "}
              </>
            )),
          ])}
        />
      </>,
    );
  });
}
