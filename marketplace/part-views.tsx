import type { Child } from "hono/jsx";
import { Facts, Table, Tag } from "../shared/components.tsx";
import { directionOf, pageTag } from "../shared/further.ts";
import { formatMoney } from "../shared/money.ts";
import type { Lang } from "../shared/texts.ts";
import { askSays, asksOf } from "./contract/asks.ts";
import { hostsOf } from "./contract/harvest.ts";
import { type HookPart, isHook } from "./contract/hooks.ts";
import { houseTexts } from "./contract/house-texts.ts";
import { print, sentenceOf } from "./contract/language/index.ts";
import type { Module } from "./contract/module.ts";
import type { Block, PagePart } from "./contract/page.ts";
import type { PageTexts } from "./contract/page-texts.ts";
import type { Part } from "./contract/parts.ts";
import type { ProcedurePart } from "./contract/procedure.ts";
import { shapeOfProcedure } from "./contract/procedure-engine.ts";
import { formulaSays, ruleSays, saysOf, titleOf, titleWords } from "./contract/says.ts";
import { inLang, langOfWords, type Words } from "./contract/words.ts";
import { partTexts } from "./part-texts.ts";

/** A publisher's words, marked with the language that they are in where it is not the page's. */
export function Said({ words, lang }: { words: Words; lang: Lang }) {
  const own = langOfWords(words, lang);
  return own === pageTag(lang) ? inLang(words, lang) : <bdi lang={own}>{inLang(words, lang)}</bdi>;
}

/** The same for paragraphs: an empty line parts them. */
export function Paragraphs({ words, lang }: { words: Words; lang: Lang }) {
  const own = langOfWords(words, lang);
  const dir = directionOf(own);
  const differs = own !== pageTag(lang);
  return inLang(words, lang)
    .split(/\n\s*\n/)
    .map((paragraph) => (
      <p lang={differs ? own : undefined} dir={differs && dir !== directionOf(pageTag(lang)) ? dir : undefined}>
        {paragraph}
      </p>
    ));
}

/** What a module may do, in plain sentences. */
export const MayDo = ({ module, lang }: { module: Module; lang: Lang }) => (
  <ul>
    {saysOf(module, lang).map((sentence) => (
      <li>{sentence}</li>
    ))}
  </ul>
);

/** All that is inside, part by part: nothing of a module is hidden. */
export function Parts({ parts, all = parts, lang }: { parts: readonly Part[]; all?: readonly Part[]; lang: Lang }) {
  const t = partTexts.in(lang);
  return parts.map((part) => (
    <section>
      <h3>
        <Said words={titleWords(part)} lang={lang} /> <Tag>{t(part.kind)}</Tag>{" "}
        {part.kind === "tariff" && <Tag>{part.tariff.currency}</Tag>}
      </h3>
      <OnePart part={part} all={all} lang={lang} />
    </section>
  ));
}

function OnePart({ part, all, lang }: { part: Part; all: readonly Part[]; lang: Lang }) {
  const t = partTexts.in(lang);
  const title = titleOf(part, lang);
  if (part.kind === "tariff") {
    const { tariff } = part;
    const unit = tariff.kind === "electricity" ? "kWh" : "m³";
    const whole = new Intl.NumberFormat(lang);
    const perUnit = (price: string) =>
      t(unit === "kWh" ? "perKwh" : "perM3", { price: `${exact(price, lang)} ${tariff.currency}` });
    const social = tariff.classes?.social;
    const percent = (basisPoints: number) =>
      new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 2 }).format(basisPoints / 10_000);
    const bandTable = (caption: string, bands: typeof tariff.bands) => (
      <Table
        caption={caption}
        head={[t("from"), t("to"), t("price")]}
        numeric={[0, 1, 2]}
        rows={bands.map(({ upTo, price }, i) => [
          `${whole.format(bands[i - 1]?.upTo ?? 0)} ${unit}`,
          upTo === undefined ? t("more") : `${whole.format(upTo)} ${unit}`,
          perUnit(price),
        ])}
      />
    );
    return (
      <>
        {bandTable(t("bands", { title }), tariff.bands)}
        {social && bandTable(t("socialBands", { title }), social.bands)}
        <Facts
          items={[
            [t("type"), t(tariff.kind)],
            [t("fixed"), formatMoney(tariff.fixedMinor, tariff.currency, lang)],
            [t("vat"), percent(tariff.vatBasisPoints)],
            ...(social?.upTo === undefined
              ? []
              : ([[t("socialUpTo"), `${whole.format(social.upTo)} ${unit}`]] satisfies [Child, Child][])),
            ...(social?.fixedMinor === undefined
              ? []
              : ([[t("socialFixed"), formatMoney(social.fixedMinor, tariff.currency, lang)]] satisfies [
                  Child,
                  Child,
                ][])),
            ...(social?.vatBasisPoints === undefined
              ? []
              : ([[t("socialVat"), percent(social.vatBasisPoints)]] satisfies [Child, Child][])),
            [
              t("rounding"),
              t("roundedTo", {
                mode: t(tariff.rounding.mode),
                amount: formatMoney(tariff.rounding.toMinor, tariff.currency, lang),
              }),
            ],
          ]}
        />
      </>
    );
  }
  if (part.kind === "dataset")
    return (
      <>
        <Paragraphs words={part.card.description} lang={lang} />
        <Table
          caption={t("fields", { title })}
          head={[t("field"), t("type"), t("unit")]}
          rows={part.schema.fields.map((field) => [
            field.title ? <Said words={field.title} lang={lang} /> : <code>{field.name}</code>,
            t(`type.${field.type}`),
            field.unit ?? "",
          ])}
        />
        <Facts
          items={[
            [t("licence"), part.card.licence],
            [t("frequency"), t(`frequency.${part.card.frequency}`)],
            ...(part.harvest
              ? ([
                  [t("fetched"), <bdi dir="ltr">{part.harvest.address}</bdi>],
                  [t("asks"), hostsOf(part.harvest).join(", ")],
                  [t("source"), part.harvest.source],
                ] satisfies [Child, Child][])
              : []),
          ]}
        />
      </>
    );
  if (part.kind === "texts" && part.use === "pages") return <PageTextsTable part={part} lang={lang} />;
  if (part.kind === "texts") return <Paragraphs words={part.body} lang={lang} />;
  if (isHook(part)) return <Hook part={part} lang={lang} />;
  if (part.kind === "page") return <Page part={part} all={all} lang={lang} />;
  if (part.kind === "procedure") return <Procedure part={part} lang={lang} />;
  return (
    <>
      {part.description && <Paragraphs words={part.description} lang={lang} />}
      <Facts
        items={[
          [t("formula"), formulaSays(part.formula, all, lang)],
          [t("unit"), part.unit],
          ...(part.target
            ? [
                [
                  t("target"),
                  t(part.target.better, {
                    value: new Intl.NumberFormat(lang).format(part.target.value),
                    unit: part.unit,
                  }),
                ] as const,
              ]
            : []),
        ]}
      />
    </>
  );
}

/** A page block by block, with the words that it shows; its figures come from the city. */
function Page({ part, all, lang }: { part: PagePart; all: readonly Part[]; lang: Lang }) {
  const t = partTexts.in(lang);
  return (
    <>
      {part.lead && <Paragraphs words={part.lead} lang={lang} />}
      <Table
        caption={t("blocks", { title: titleOf(part, lang) })}
        head={[t("shows"), t("inIt")]}
        rows={part.blocks.map((block) => [t(`block.${block.block}`), inBlock(block, all, lang)])}
      />
    </>
  );
}

function inBlock(block: Block, all: readonly Part[], lang: Lang): Child {
  if (block.block === "text")
    return (
      <>
        {block.title && (
          <strong>
            <Said words={block.title} lang={lang} />
          </strong>
        )}
        <Paragraphs words={block.body} lang={lang} />
      </>
    );
  if (block.block === "link") return <Said words={block.label} lang={lang} />;
  const shown = all.find(({ id }) => id === (block.block === "indicator" ? block.indicator : block.dataset));
  const title = ("title" in block && block.title) || (shown && titleWords(shown));
  return title && <Said words={title} lang={lang} />;
}

/** The house's texts beside what a pack says for them. */
const PageTextsTable = ({ part, lang }: { part: PageTexts; lang: Lang }) => (
  <details>
    <summary>{part.name}</summary>
    <Table
      caption={titleOf(part, lang)}
      head={[partTexts.in(lang)("ofHouse"), part.name]}
      rows={Object.entries(part.texts).map(([key, text]) => [
        houseTexts().get(key)?.[lang] ?? key,
        <bdi lang={part.language}>{text}</bdi>,
      ])}
    />
  </details>
);

/** A procedure by all that it asks, and every way that a case may go. */
function Procedure({ part, lang }: { part: ProcedurePart; lang: Lang }) {
  const t = partTexts.in(lang);
  const title = titleOf(part, lang);
  return (
    <>
      <Paragraphs words={part.summary} lang={lang} />
      <Table
        caption={t("questions", { title })}
        head={[t("question"), t("ifSo")]}
        rows={part.questions.map((question, i) => [
          <Said words={question.title} lang={lang} />,
          question.when === undefined
            ? ""
            : sentenceOf(question.when, shapeOfProcedure(part, part.questions.slice(0, i)), lang),
        ])}
      />
      <Table
        caption={t("states", { title })}
        head={[t("stateName"), t("turn"), t("ways")]}
        rows={part.states.map((state) => [
          <Said words={state.title} lang={lang} />,
          t(`waits.${state.waits}`),
          new Intl.ListFormat(lang).format(
            part.transitions.filter(({ from }) => from.includes(state.id)).map((move) => inLang(move.title, lang)),
          ),
        ])}
      />
      {part.prices.length > 0 && (
        <Table
          caption={t("prices")}
          head={[t("setting"), t("usual")]}
          rows={part.prices.map((price) => [
            <Said words={price.title} lang={lang} />,
            new Intl.ListFormat(lang).format(
              Object.entries(price.amounts).map(([currency, amount]) => formatMoney(amount, currency, lang)),
            ),
          ])}
        />
      )}
    </>
  );
}

/** A rule by its condition, a function by its program: nothing of either is hidden. */
function Hook({ part, lang }: { part: HookPart; lang: Lang }) {
  const t = partTexts.in(lang);
  return (
    <>
      <ul>
        {asksOf([part]).map((ask) => (
          <li>{askSays(ask, part, lang)}</li>
        ))}
      </ul>
      <Facts
        items={[
          [t("hears"), <code>{part.on.event}</code>],
          ...(part.kind === "rule"
            ? ([
                [t("condition"), ruleSays(part, lang)],
                [t("shortForm"), <code dir="ltr">{print(part.when)}</code>],
              ] as const)
            : []),
          ...(part.kind === "remote" ? ([[t("leavesTo"), <bdi dir="ltr">{part.address}</bdi>]] as const) : []),
          [t("budget"), t("budgetSays", { runs: part.budget.runsADay, effects: part.budget.effectsADay })],
        ]}
      />
      {part.config.length > 0 && (
        <Table
          caption={t("settings")}
          head={[t("setting"), t("usual")]}
          rows={part.config.map(({ title, value }) => [<Said words={title} lang={lang} />, settingSaid(value, lang)])}
        />
      )}
      {part.kind === "function" && (
        <details>
          <summary>{t("code")}</summary>
          <pre dir="ltr">
            <code>{part.code}</code>
          </pre>
        </details>
      )}
    </>
  );
}

const settingSaid = (value: string | number | boolean, lang: Lang): string =>
  typeof value === "number"
    ? new Intl.NumberFormat(lang, { maximumFractionDigits: 12 }).format(value)
    : typeof value === "boolean"
      ? partTexts.in(lang)(value ? "yes" : "no")
      : value;

/** A price with all its places, in the reader's figures; it stays text, so no place is lost. */
function exact(price: string, lang: Lang): string {
  const places = price.split(".")[1]?.length ?? 0;
  return new Intl.NumberFormat(lang, { minimumFractionDigits: places, maximumFractionDigits: places }).format(
    price as unknown as number,
  );
}
