import type { Child } from "hono/jsx";
import { inLang, type Words } from "../../../marketplace/contract/words.ts";
import { Paragraphs, Said } from "../../../marketplace/part-views.tsx";
import { Cards, Table } from "../../../shared/components.tsx";
import { Cells, RowsChart } from "../dataset/views.tsx";
import { indicatorTexts } from "../indicators/texts.ts";
import { ModuleCard } from "../indicators/views.tsx";
import { PlacesMap } from "../map.tsx";
import type { Common } from "../showing.ts";
import type { ShownBlock } from "./showing.ts";
import { modulePageTexts } from "./texts.ts";

interface Props {
  common: Common;
  blocks: readonly ShownBlock[];
}

export function Blocks({ common, publisher, blocks }: Props & { publisher: string }) {
  const t = modulePageTexts.in(common.lang);
  return (
    <>
      {blocks.map((block) => (
        <section>
          <OneBlock common={common} block={block} />
        </section>
      ))}
      <p class="quiet">
        {t("made", { publisher })} <a href={common.url("/modules")}>{t("about")}</a>
      </p>
    </>
  );
}

type Filled = Exclude<ShownBlock, { block: "text" | "indicator" | "link" }>;

function OneBlock({ common, block }: { common: Common; block: ShownBlock }): Child {
  const { lang, url } = common;
  const t = modulePageTexts.in(lang);
  if (block.block === "text")
    return (
      <>
        <Heading words={block.of.title} common={common} />
        <Paragraphs words={block.of.body} lang={lang} />
      </>
    );
  if (block.block === "link")
    return (
      <p>
        <a href={block.href}>
          <Said words={block.of.label} lang={lang} />
        </a>
      </p>
    );
  if (block.block === "indicator")
    return (
      <Cards>
        <ModuleCard level={2} one={block.figure} s={{ ...common, t: indicatorTexts.in(lang) }} />
      </Cards>
    );
  const title = inLang(block.of.title ?? block.part.title, lang);
  return (
    <>
      <Heading words={block.of.title ?? block.part.title} common={common} />
      {block.dataset ? <Data block={block} title={title} common={common} /> : <p>{t("empty", { title })}</p>}
      {block.dataset && (
        <p>
          <a href={url(`/data/${block.dataset.slug}`)}>{t("all", { title: block.dataset.card.title })}</a>
        </p>
      )}
    </>
  );
}

function Data({ block, title, common }: { block: Filled; title: string; common: Common }): Child {
  const { lang } = common;
  const t = modulePageTexts.in(lang);
  if (block.block === "chart") {
    const { dataset, columns, state, bars } = block;
    if (!bars || bars.points.length === 0) return <p>{t("noRows")}</p>;
    return <RowsChart {...{ ...common, dataset: dataset!, columns, state, here: "", bars }} />;
  }
  if (block.block === "map")
    return block.places.length === 0 ? (
      <p>{t("noPlaces", { title })}</p>
    ) : (
      <>
        <PlacesMap title={title} places={block.places} />
        {!block.isAll && <p>{t("somePlaces")}</p>}
      </>
    );
  const { columns, records, total } = block;
  if (records.length === 0 || columns.length === 0) return <p>{t("noRows")}</p>;
  return (
    <Table
      caption={t("rowsOf", { title, shown: records.length, total })}
      head={columns.map((column) => column.title ?? column.name)}
      rows={records.map((record) =>
        columns.map((column) => <BlockCell column={column} cell={record[column.name]} common={common} />),
      )}
      numeric={columns.flatMap(({ type }, i) => (type === "integer" || type === "number" ? [i] : []))}
    />
  );
}

const CELL_SHOWN = 60;
/** The whole of a long cell stands in the dataset, to which the page leads. */
const brief = <T,>(cell: T): T | string =>
  typeof cell === "string" && cell.length > CELL_SHOWN ? `${cell.slice(0, CELL_SHOWN)}…` : cell;

/** When, as people say it: the dataset keeps the data's own spelling. */
function whenSaid(cell: unknown, type: string, { lang, city }: Common): string | undefined {
  const isMoment = type === "datetime" && /T.*(Z|[+-]\d\d:?\d\d)$/.test(String(cell));
  if (typeof cell !== "string" || !(isMoment || type === "date") || Number.isNaN(Date.parse(cell))) return undefined;
  const clock = isMoment ? ({ timeStyle: "short", timeZone: city.timeZone } as const) : { timeZone: "UTC" };
  return new Intl.DateTimeFormat(lang, { dateStyle: "medium", ...clock }).format(new Date(cell));
}

function BlockCell({ column, cell, common }: Parameters<typeof Cells>[0]) {
  const when = whenSaid(cell, column.type, common);
  if (when === undefined) return <Cells column={column} cell={brief(cell)} common={common} />;
  return <time datetime={String(cell)}>{when}</time>;
}

const Heading = ({ words, common }: { words: Words | undefined; common: Common }) =>
  words && (
    <h2>
      <Said words={words} lang={common.lang} />
    </h2>
  );
