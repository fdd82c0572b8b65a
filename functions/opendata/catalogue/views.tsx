import { Card, Cards, Field, Form, Pager } from "../../../shared/components.tsx";
import { ENDONYMS, isLang } from "../../../shared/texts.ts";
import { FREQUENCIES, THEMES } from "../card/schema.ts";
import { cardTexts } from "../card/texts.ts";
import { keyTexts } from "../keys/texts.ts";
import { qualityTexts } from "../quality/texts.ts";
import type { Dataset } from "../schema.ts";
import { type Common, day } from "../showing.ts";
import { type Chosen, FACETS, type Facet, type Faceted } from "./facets.ts";
import { catalogueTexts } from "./texts.ts";

/** Of a facet; the rest is found by choosing another, or by its words. */
const VALUES_SHOWN = 12;

interface Props extends Common {
  q: string;
  chosen: Chosen;
  facets: Faceted["facets"];
  /** Of this page. */
  datasets: readonly Dataset[];
  total: number;
  offset: number;
  pageSize: number;
  isEmpty: boolean;
}

export function CataloguePage(props: Props) {
  const { q, chosen, datasets, total, offset, pageSize, isEmpty, ...common } = props;
  const { t, url, lang } = common;
  const words = catalogueTexts.in(lang);
  const at = addressOf(props);
  return (
    <>
      <ul class="actions" style="list-style:none;padding:0">
        {(
          [
            ["/map", words("map")],
            ["/data-reuses", words("reuses")],
            ["/data-requests", words("requests")],
            ["/data-keys", keyTexts.in(lang)("title")],
          ] as const
        ).map(([path, label]) => (
          <li>
            <a href={url(path)}>{label}</a>
          </li>
        ))}
      </ul>
      {isEmpty ? (
        <p>{t("none")}</p>
      ) : (
        <>
          <Form action={url("/data")} csrf="" method="get" submit={t("find")} class="inline">
            <Field type="search" label={t("search")} name="q" value={q} />
            {FACETS.map((facet) => chosen[facet] && <input type="hidden" name={facet} value={chosen[facet]} />)}
          </Form>
          <FacetLists {...props} />
          {(q || Object.keys(chosen).length > 0) && (
            <p>
              {words("found", { n: total })}{" "}
              {FACETS.map(
                (facet) =>
                  chosen[facet] && (
                    <>
                      <a class="tag" href={at({ [facet]: undefined })}>
                        <span aria-hidden="true">× </span>
                        {words("without", { facet: words(facet), value: valueText(props, facet, chosen[facet]) })}
                      </a>{" "}
                    </>
                  ),
              )}
              <a href={url("/data")}>{words("all")}</a>
            </p>
          )}
          {total === 0 && q && <p>{t("noMatch", { q })}</p>}
          <Cards>
            {datasets.map(({ slug, card, latest }) => (
              <Card href={url(`/data/${slug}`)} title={card.title}>
                {card.description && <p>{shortened(card.description)}</p>}
                <p class="quiet">
                  {t("rows", { n: latest.rows })} · {t("updated")} {day(common, latest.publishedAt)} · {card.licence}
                </p>
              </Card>
            ))}
          </Cards>
          <Pager
            prev={offset > 0 ? [at({}, Math.max(0, offset - pageSize)), words("prev")] : undefined}
            next={offset + pageSize < total ? [at({}, offset + pageSize), words("next")] : undefined}
          />
        </>
      )}
    </>
  );
}

const DESCRIPTION_SHOWN = 240;
const shortened = (text: string): string =>
  text.length > DESCRIPTION_SHOWN ? `${text.slice(0, DESCRIPTION_SHOWN).replace(/\s+\S*$/, "")} …` : text;

/** The address of a catalogue like this one, with something else chosen. */
const addressOf =
  ({ url, q, chosen }: Pick<Props, "url" | "q" | "chosen">) =>
  (change: { [facet in Facet]?: string | undefined }, offset = 0): string => {
    const all = { ...(q ? { q } : {}), ...chosen, ...change, ...(offset > 0 ? { offset: String(offset) } : {}) };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const query = new URLSearchParams(given).toString();
    return url("/data") + (query ? `?${query}` : "");
  };

function FacetLists(props: Props) {
  const { facets, chosen, lang } = props;
  const words = catalogueTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  const at = addressOf(props);
  // With one value there is nothing to choose.
  const offered = FACETS.filter((facet) => facets[facet].length > 1 || chosen[facet] !== undefined);
  if (offered.length === 0) return null;
  return (
    <nav aria-label={words("narrow")} class="actions" style="align-items:start">
      {offered.map((facet) => (
        <details open={chosen[facet] !== undefined} style="margin:0">
          <summary>{words(facet)}</summary>
          <ul style="margin:0">
            {facets[facet].slice(0, VALUES_SHOWN).map(([value, count]) => (
              <li>
                <a href={at({ [facet]: value })} aria-current={chosen[facet] === value ? "true" : undefined}>
                  <bdi>{valueText(props, facet, value)}</bdi>
                </a>{" "}
                <span class="quiet">({number.format(count)})</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </nav>
  );
}

/** A facet's value as people read it. One that nobody offered may stand in an address all the same. */
function valueText({ lang }: Pick<Common, "lang">, facet: Facet, value: string): string {
  if (facet === "theme" && Object.hasOwn(THEMES, value))
    return cardTexts.in(lang)(`theme.${value as keyof typeof THEMES}`);
  if (facet === "frequency" && Object.hasOwn(FREQUENCIES, value))
    return qualityTexts.in(lang)(`frequency.${value as keyof typeof FREQUENCIES}`);
  if (facet === "language" && isLang(value)) return ENDONYMS[value];
  if (facet === "people" && (value === "yes" || value === "no")) return catalogueTexts.in(lang)(`people.${value}`);
  return value;
}
