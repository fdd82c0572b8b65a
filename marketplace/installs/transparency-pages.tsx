import { Facts, Notice, Pager, Table } from "../../shared/components.tsx";
import { cityDay, shortDay } from "../../shared/dates.ts";
import type { City, Here } from "../../shared/here.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { scopeSays, touchesPeople } from "../contract/asks.ts";
import { visible } from "../contract/signs.ts";
import { inLang } from "../contract/words.ts";
import { Said } from "../part-views.tsx";
import type { Given } from "./given.ts";
import { type ModuleSeen, type Transparency, transparency } from "./transparency.ts";
import { transparencyTexts } from "./transparency-texts.ts";

interface Shown {
  t: ReturnType<typeof transparencyTexts.in>;
  lang: Lang;
  city: City;
  url: Here["url"];
}

/** A page tells of so many days; JSON of all that are kept. */
const DAYS_SHOWN = 14;

export function transparencyPages(app: CityApp): void {
  app.get("/transparency", needs("public"), async (c) => {
    const { here, lang, city } = c.var;
    const s: Shown = { t: transparencyTexts.in(lang), lang, city, url: here.url };
    const seen = await transparency(here, lang, DAYS_SHOWN, c.req.query("cursor"));
    return page(c, { title: s.t("title"), lead: s.t("lead") }, <TransparencyPage {...{ s, seen }} />);
  });
}

/** A day as such is no instant: it is the same one in each zone. */
const dayText = ({ lang, city }: Shown, iso: string): string =>
  iso.includes("T") ? cityDay(iso, { lang, here: { city } }) : shortDay(iso, lang);

function TransparencyPage({ s, seen }: { s: Shown; seen: Transparency }) {
  const { t, url } = s;
  return (
    <>
      {seen.modules.length === 0 && <p>{t("none")}</p>}
      {seen.modules.map((one) => (
        <ModuleSection s={s} one={one} days={seen.days} />
      ))}
      {seen.next && <Pager next={[url(`/transparency?cursor=${encodeURIComponent(seen.next)}`), t("next")]} />}
      <h2>{t("openData")}</h2>
      <OpenData s={s} openData={seen.openData} />
      <p>
        <a href={url("/v1/transparency")}>{t("asJson")}</a> · <a href={url("/modules")}>{t("modules")}</a>
      </p>
    </>
  );
}

function ModuleSection({ s, one, days }: { s: Shown; one: ModuleSeen; days: number }) {
  const { t, lang } = s;
  const { titles, publisher, version, state, suspendedFor, label, hosts, grants, approvals, given, history } = one;
  const number = new Intl.NumberFormat(lang);
  return (
    <section>
      <h2>
        <Said words={titles} lang={lang} />
      </h2>
      <Facts
        items={[
          [t("publisher"), <bdi>{visible(publisher)}</bdi>],
          [t("version"), <bdi>{version}</bdi>],
          [t("state"), suspendedFor ? t(`why.${suspendedFor}`) : t(`state.${state}`)],
          [t("since"), dayText(s, one.activeSince ?? one.takenAt)],
          ...(one.until === undefined ? [] : [[t("until"), dayText(s, one.until)] as const]),
          ...(label
            ? [[t("code"), t(`label.${label}`, { hosts: new Intl.ListFormat(lang).format(hosts) })] as const]
            : []),
          [t("approved"), approvals.length > 0 ? <Approvals s={s} approvals={approvals} /> : t(unapproved(grants))],
        ]}
      />
      {!label && <Notice kind="error">{t("broken")}</Notice>}
      <h3>{t("may")}</h3>
      {grants.length === 0 ? (
        <p>{t("mayNothing")}</p>
      ) : (
        <ul>
          {grants.map(({ says }) => (
            <li>{says}</li>
          ))}
        </ul>
      )}
      {given.length === 0 ? (
        <p>{t("givenNone", { days })}</p>
      ) : (
        <Table
          caption={t("given", { days })}
          head={[t("day"), t("what"), t("purpose"), t("times"), t("rows")]}
          numeric={[3, 4]}
          rows={given.flatMap(({ day, given: of }) =>
            of.map((each) => [
              dayText(s, day),
              scopeText(s, each),
              inLang(each.purpose, lang),
              number.format(each.times),
              number.format(each.rows),
            ]),
          )}
        />
      )}
      <details>
        <summary>{t("history")}</summary>
        <ul>
          {history.map(({ at, what, why, by, version: then }) => (
            <li>
              {dayText(s, at)}: {why ? t(`why.${why}`) : t(`what.${what}`)} (<bdi>{then}</bdi>, {t(`by.${by}`)})
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

const unapproved = (grants: ModuleSeen["grants"]) =>
  grants.some((one) => touchesPeople(one.class)) ? "notYet" : "notNeeded";

const scopeText = ({ t, lang }: Shown, { scope: name, class: of, grain, days }: Given) => {
  const scope = scopeSays(name, lang);
  return days === undefined
    ? t("scopeOf", { scope, class: t(`class.${of}`) })
    : t("scopeSpan", {
        scope,
        class: t(`class.${of}`),
        grain: t(grain === "hour" || grain === "day" ? `grain.${grain}` : "grain.none"),
        n: days,
      });
};

function Approvals({ s, approvals }: { s: Shown; approvals: ModuleSeen["approvals"] }) {
  const { t } = s;
  const role = ([first]: readonly string[]) =>
    t(first === "administrator" || first === "data_officer" ? `role.${first}` : "role.unknown");
  return (
    <ul>
      {approvals.map(({ at, roles }) => (
        <li>{t("approval", { role: role(roles), date: dayText(s, at) })}</li>
      ))}
    </ul>
  );
}

function OpenData({ s, openData: { k, datasets } }: { s: Shown; openData: Transparency["openData"] }) {
  const { t, lang, url } = s;
  const number = new Intl.NumberFormat(lang);
  return (
    <>
      <p>{t("k", { k })}</p>
      {datasets.length === 0 ? (
        <p>{t("openNone")}</p>
      ) : (
        <Table
          caption={t("openData")}
          head={[t("dataset"), t("withheldRows"), t("withheldCells"), t("coarser")]}
          numeric={[1, 2]}
          rows={datasets.map(({ slug, title, rowsWithheld, cellsWithheld, columns }) => [
            <a href={url(`/data/${slug}`)}>{title}</a>,
            number.format(rowsWithheld),
            number.format(cellsWithheld),
            new Intl.ListFormat(lang).format(columns),
          ])}
        />
      )}
    </>
  );
}
