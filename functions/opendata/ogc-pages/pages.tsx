import type { Context } from "hono";
import { Card, Cards, Facts, Pager, Table } from "../../../shared/components.tsx";
import { page } from "../../../shared/page.tsx";
import type { CityEnv } from "../../../shared/room.ts";
import type { Feature } from "../feature.ts";
import { askedOf, type Link, ogcOf } from "../ogc-common.ts";
import type { DatasetRecord } from "../records/record.ts";
import { type Common, commonOf, day, shown } from "../showing.ts";
import { ogcTexts } from "./texts.ts";

// The same answers as programs get, for people: what there is to say stands on the page, and the links with it.

type Crumbs = [string, string][];
const landingCrumb = (c: Context<CityEnv>): Crumbs => [[ogcTexts.in(c.var.lang)("title"), ogcOf(c)]];
const collectionsCrumb = (c: Context<CityEnv>): Crumbs => [
  ...landingCrumb(c),
  [ogcTexts.in(c.var.lang)("collections"), `${ogcOf(c)}/collections`],
];
const collectionCrumb = (c: Context<CityEnv>, slug: string, title: string): Crumbs => [
  ...collectionsCrumb(c),
  [title, `${ogcOf(c)}/collections/${slug}`],
];

/** Where the links of an answer lead, each by its relation in the reader's language; and the answer as programs get it. */
function Links({ c, links }: { c: Context<CityEnv>; links: readonly Link[] }) {
  const t = ogcTexts.in(c.var.lang);
  const json = new URL(askedOf(c));
  json.searchParams.set("f", "json");
  json.searchParams.delete("lang");
  const label = ({ rel, title }: Link): string => {
    const name = rel.slice(rel.lastIndexOf("/") + 1);
    return Object.hasOwn(ogcTexts.catalogues.en, name) ? t(name as Parameters<typeof t>[0]) : title;
  };
  return (
    <ul>
      {links
        .filter(({ rel }) => !["self", "next", "prev"].includes(rel))
        .map((link) => (
          <li>
            <a href={link.href}>{label(link)}</a>
          </li>
        ))}
      <li>
        <a href={json.href}>{t("asJson")}</a>
      </li>
    </ul>
  );
}

export function landingPage(c: Context<CityEnv>, links: readonly Link[]) {
  const t = ogcTexts.in(c.var.lang);
  return page(c, { title: t("title"), lead: t("lead") }, <Links c={c} links={links} />);
}

export function conformancePage(c: Context<CityEnv>, classes: readonly string[]) {
  const list = (
    <ul>
      {classes.map((one) => (
        <li>
          <code dir="ltr">{one}</code>
        </li>
      ))}
    </ul>
  );
  const body = (
    <>
      {list}
      <Links c={c} links={[]} />
    </>
  );
  return page(c, { title: ogcTexts.in(c.var.lang)("conformance"), crumbs: landingCrumb(c) }, body);
}

/** What every collection has, whether of features or of records. */
export interface Described {
  id: string;
  title: string;
  description: string;
  crs: readonly string[];
  extent: { spatial: { bbox: readonly (readonly number[] | undefined)[]; crs: string } };
  links: readonly Link[];
}

export function collectionsPage(c: Context<CityEnv>, collections: readonly Described[]) {
  const body = (
    <>
      <Cards>
        {collections.map(({ id, title, description }) => (
          <Card href={`${ogcOf(c)}/collections/${id}`} title={title}>
            {description && <p>{description}</p>}
          </Card>
        ))}
      </Cards>
      <Links c={c} links={[]} />
    </>
  );
  return page(c, { title: ogcTexts.in(c.var.lang)("collections"), crumbs: landingCrumb(c) }, body);
}

export function collectionPage(c: Context<CityEnv>, { title, description, crs, extent, links }: Described) {
  const t = ogcTexts.in(c.var.lang);
  const body = (
    <>
      <Facts
        items={[
          [t("box"), <span dir="ltr">{extent.spatial.bbox[0]?.join(", ")}</span>],
          [t("systems"), crs.map((one) => <code dir="ltr">{one} </code>)],
        ]}
      />
      <Links c={c} links={links} />
    </>
  );
  return page(c, { title, ...(description ? { lead: description } : {}), crumbs: collectionsCrumb(c) }, body);
}

/** A page of a collection's items. */
export interface Items {
  collection: { slug: string; title: string };
  offset: number;
  matched: number;
  links: readonly Link[];
}

/** So many items a page for people has at most. */
export const PAGE_MAX = 100;

const captionOf = ({ t, lang }: Common, { collection, offset, matched }: Items, returned: number): string => {
  const number = new Intl.NumberFormat(lang);
  return t("tablePage", {
    title: collection.title,
    from: number.format(Math.min(offset + 1, matched)),
    to: number.format(Math.min(offset + returned, matched)),
    total: number.format(matched),
  });
};

function Pages({ t }: Common, links: readonly Link[]) {
  const to = (rel: "next" | "prev") => links.find((link) => link.rel === rel)?.href;
  const [next, prev] = [to("next"), to("prev")];
  return (
    <Pager
      {...(next ? { next: [next, t("next")] as const } : {})}
      {...(prev ? { prev: [prev, t("prev")] as const } : {})}
    />
  );
}

/** Of a geometry so much is shown; all of it is in the answer for programs. */
const SIGNS_SHOWN = { table: 60, alone: 2_000 };
const Place = ({ of, signs }: { of: Feature["geometry"]; signs: number }) => {
  const text = of ? `${of.type} ${JSON.stringify(of.coordinates)}` : "";
  return <code dir="ltr">{text.length > signs ? `${text.slice(0, signs)}…` : text}</code>;
};

export function itemsPage(c: Context<CityEnv>, features: readonly Feature[], columns: readonly string[], items: Items) {
  const common = commonOf(c);
  const t = ogcTexts.in(c.var.lang);
  const { slug, title } = items.collection;
  const body = (
    <>
      <Table
        caption={captionOf(common, items, features.length)}
        wide
        head={[t("number"), ...columns, t("geometry")]}
        rows={features.map(({ id, properties, geometry }) => [
          <a href={`${ogcOf(c)}/collections/${slug}/items/${id}`}>{id}</a>,
          ...columns.map((column) => <bdi>{shown(common, properties[column])}</bdi>),
          <Place of={geometry} signs={SIGNS_SHOWN.table} />,
        ])}
      />
      {Pages(common, items.links)}
      <Links c={c} links={items.links} />
    </>
  );
  return page(c, { title: `${title}: ${t("items")}`, crumbs: collectionCrumb(c, slug, title), wide: true }, body);
}

export function featurePage(
  c: Context<CityEnv>,
  feature: Feature,
  { slug, title }: Items["collection"],
  links: readonly Link[],
) {
  const common = commonOf(c);
  const t = ogcTexts.in(c.var.lang);
  const { id, properties, geometry } = feature;
  const body = (
    <>
      <Facts
        items={[
          ...Object.entries(properties).map(([name, cell]) => [name, <bdi>{shown(common, cell)}</bdi>] as const),
          [t("geometry"), <Place of={geometry} signs={SIGNS_SHOWN.alone} />],
        ]}
      />
      <Links c={c} links={links} />
    </>
  );
  return page(c, { title: t("feature", { title, id }), crumbs: collectionCrumb(c, slug, title) }, body);
}

export function recordsPage(c: Context<CityEnv>, records: readonly DatasetRecord[], items: Items) {
  const common = commonOf(c);
  const { slug, title } = items.collection;
  const body = (
    <>
      <p>{captionOf(common, items, records.length)}</p>
      <Cards>
        {records.map(({ id, properties }) => (
          <Card href={common.url(`/data/${id}`)} title={properties.title}>
            {properties.description && <p>{properties.description}</p>}
            <p class="quiet">
              {common.t("updated")} {day(common, properties.updated)} · {properties.license}
            </p>
          </Card>
        ))}
      </Cards>
      {Pages(common, items.links)}
      <Links c={c} links={items.links} />
    </>
  );
  return page(c, { title, crumbs: collectionCrumb(c, slug, title) }, body);
}
