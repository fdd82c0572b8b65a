import { Card, Cards, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs } from "../../shared/room.ts";
import { modulesOf } from "../catalogue/domain.ts";
import { catalogueTexts } from "../catalogue/texts.ts";
import type { Listing } from "../contract/index-file.ts";
import { visible } from "../contract/signs.ts";
import { inLang } from "../contract/words.ts";
import { Said } from "../part-views.tsx";
import { PeerLinks } from "../peers/links.tsx";
import { heedingTexts } from "./heeding-texts.ts";
import { isActive } from "./life.ts";
import { readMarket } from "./market.ts";
import type { Install } from "./schema.ts";
import { installStore } from "./store.ts";
import { installTexts } from "./texts.ts";
import { type Shown, TONE } from "./views.tsx";

const INSTALLS_A_PAGE = 50;
const OFFERS_A_PAGE = 24;

/** What a city has taken, and what it could take: each a page at a time, and both where one begins. */
export function listPages(app: CityApp): void {
  app.get("/staff/modules", needs("administrator", "data_officer"), async (c) => {
    const { here, lang, csrf } = c.var;
    const t = installTexts.in(lang);
    const cursor = c.req.query("cursor");
    const from = /^\d{1,6}$/.exec(c.req.query("from") ?? "")?.[0];
    const offers = modulesOf((await readMarket(here)).modules).map(({ latest }) => latest);
    const store = installStore(here);
    return page(
      c,
      { title: t("title"), lead: t("staffLead"), crumbs: [[t("console"), here.url("/staff")]], wide: true },
      <>
        {from === undefined && (
          <Taken
            shown={{ lang, here, csrf }}
            {...(await store.paged({ limit: INSTALLS_A_PAGE, cursor }))}
            titles={new Map(offers.map((offer) => [offer.name, inLang(offer.title, lang)]))}
          />
        )}
        {cursor === undefined && (
          <Offers
            shown={{ lang, here, csrf }}
            {...(await free(offers, Number(from ?? 0), (names) => store.taken(names)))}
          />
        )}
        <PeerLinks lang={lang} here={here} />
        <p>
          <a href={here.url("/staff/modules/advisories")}>{heedingTexts.in(lang)("title")}</a>
        </p>
      </>,
    );
  });
}

/** A page of what is not taken yet, from a place among all that is offered. */
export async function free(
  offers: readonly Listing[],
  from: number,
  takenOf: (names: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<{ offers: Listing[]; next?: number }> {
  const found: Listing[] = [];
  for (let at = from; at < offers.length; at += OFFERS_A_PAGE) {
    const some = offers.slice(at, at + OFFERS_A_PAGE);
    const taken = await takenOf(some.map(({ name }) => name));
    for (const [i, offer] of some.entries()) {
      if (taken.has(offer.name)) continue;
      if (found.length === OFFERS_A_PAGE) return { offers: found, next: at + i };
      found.push(offer);
    }
  }
  return { offers: found };
}

const pageOf = ({ here }: Shown, module: string) => here.url(`/staff/modules/${module}`);

interface TakenProps {
  shown: Shown;
  installs: readonly Install[];
  next?: string;
  /** The marketplace's words where they are known, else the module's name is shown. */
  titles: ReadonlyMap<string, string>;
}

function Taken({ shown, installs, next, titles }: TakenProps) {
  const t = installTexts.in(shown.lang);
  return (
    <>
      <h2>{t("inUse")}</h2>
      {installs.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("inUse")}
          head={[t("module"), t("publisher"), t("version"), t("state"), t("since")]}
          rows={installs.map((install) => [
            <a href={pageOf(shown, install.module)}>{titles.get(install.module) ?? install.module}</a>,
            visible(install.publisher),
            install.version,
            <Tag kind={TONE[install.state]}>{t(install.state)}</Tag>,
            install.activeSince && isActive(install) ? cityMoment(install.activeSince, shown) : "",
          ])}
        />
      )}
      {next && <Pager next={[`?cursor=${encodeURIComponent(next)}`, catalogueTexts.in(shown.lang)("next")]} />}
    </>
  );
}

function Offers({ shown, offers, next }: { shown: Shown; offers: readonly Listing[]; next?: number }) {
  const { lang } = shown;
  const t = installTexts.in(lang);
  return (
    <>
      <h2>{t("offers")}</h2>
      {offers.length === 0 ? (
        <p>{t("noOffers")}</p>
      ) : (
        <Cards>
          {offers.map((offer) => (
            <Card href={pageOf(shown, offer.name)} title={inLang(offer.title, lang)}>
              <p>
                <Said words={offer.summary} lang={lang} />
              </p>
              <p>
                {offer.name} · {offer.version} · {offer.licence}
              </p>
            </Card>
          ))}
        </Cards>
      )}
      {next !== undefined && <Pager next={[`?from=${next}`, catalogueTexts.in(lang)("next")]} />}
    </>
  );
}
