import type { Child } from "hono/jsx";
import { Field, Table } from "../../../shared/components.tsx";
import { ENDONYMS } from "../../../shared/texts.ts";
import { qualityTexts } from "../quality/texts.ts";
import type { Card, Dataset, Version } from "../schema.ts";
import type { Common } from "../showing.ts";
import { extentOf } from "./card.ts";
import { FREQUENCIES, type Frequency, THEMES, type Theme } from "./schema.ts";
import { cardTexts } from "./texts.ts";

const keysOf = <T extends string>(of: Record<T, unknown>) => Object.keys(of) as T[];

/** What need not be said of a dataset, folded away until it is wanted or wrong. */
export function MoreFields({
  field,
  isOpen,
  lang,
  city,
}: {
  field: (name: string) => { name: string; value: string | undefined; error: string | undefined };
  isOpen: boolean;
} & Common) {
  const t = cardTexts.in(lang);
  const often = qualityTexts.in(lang);
  const unsaid = ["", t("unsaid")] as const;
  const languages = field("languages");
  return (
    <details open={isOpen}>
      <summary>{t("more")}</summary>
      <Field label={t("contact")} hint={t("contactHint")} {...field("contact")} maxlength={120} />
      <Field type="email" label={t("email")} {...field("email")} maxlength={200} />
      <Field type="tel" label={t("telephone")} hint={t("telephoneHint")} {...field("telephone")} dir="ltr" />
      <Field
        type="select"
        label={t("frequency")}
        {...field("frequency")}
        options={[unsaid, ...keysOf<Frequency>(FREQUENCIES).map((code) => [code, often(`frequency.${code}`)] as const)]}
      />
      <Field
        type="select"
        label={t("languages")}
        {...languages}
        value={languages.value ?? lang}
        options={[unsaid, ...city.languages.map((one) => [one, ENDONYMS[one]] as const)]}
      />
      <Field
        type="select"
        label={t("theme")}
        {...field("theme")}
        options={[unsaid, ...keysOf<Theme>(THEMES).map((code) => [code, t(`theme.${code}`)] as const)]}
      />
      <Field label={t("keywords")} hint={t("keywordsHint")} {...field("keywords")} maxlength={1_200} />
      <Field label={t("from")} hint={t("dayHint")} {...field("from")} dir="ltr" maxlength={10} />
      <Field label={t("to")} {...field("to")} dir="ltr" maxlength={10} />
      <Field label={t("area")} hint={t("areaHint")} {...field("area")} dir="ltr" maxlength={80} />
    </details>
  );
}

/** What a card says beside its licence and source, as facts. */
export function moreFacts(dataset: Dataset, { lang }: Common): [string, Child][] {
  const t = cardTexts.in(lang);
  const { contact, email, telephone, frequency, languages, theme, keywords }: Card = dataset.card;
  const { from, to } = extentOf(dataset);
  const facts: [string, Child][] = [];
  if (contact || email || telephone)
    facts.push([
      t("contact"),
      <>
        {contact} {email && <a href={`mailto:${email}`}>{email}</a>}{" "}
        {telephone && (
          <a href={`tel:${telephone}`} dir="ltr">
            {telephone}
          </a>
        )}
      </>,
    ]);
  if (frequency) facts.push([t("frequency"), qualityTexts.in(lang)(`frequency.${frequency}`)]);
  if (from || to) facts.push([t("period"), <Period from={from} to={to} />]);
  if (languages) facts.push([t("languages"), languages.map((one) => ENDONYMS[one]).join(", ")]);
  if (theme) facts.push([t("theme"), t(`theme.${theme}`)]);
  if (keywords) facts.push([t("keywords"), keywords.join(", ")]);
  return facts;
}

/** From one day to another; each stays in one piece on the narrowest telephone. */
const Period = ({ from, to }: { from: string | undefined; to: string | undefined }) => (
  <bdi>
    <time>{from ?? "…"}</time>
    {from !== to && (
      <>
        {" – "}
        <time>{to ?? "…"}</time>
      </>
    )}
  </bdi>
);

/** The data dictionary. */
export function Dictionary({ version, ...common }: { version: Version } & Common) {
  const { t, lang } = common;
  return (
    <details>
      <summary>{cardTexts.in(lang)("dictionary")}</summary>
      <Table
        caption={t("columns")}
        head={[t("column"), t("type"), t("columnDescription"), t("origin"), t("personal")]}
        rows={version.columns.map(({ name, type, title, description, isLocal, origin, personal }) => [
          <bdi>{name}</bdi>,
          isLocal ? t("type.local") : t(`type.${type}`),
          <bdi>{[title, description].filter(Boolean).join(": ")}</bdi>,
          origin ? t(`origin.${origin}`) : "",
          personal ? t(`personal.${personal}`) : "",
        ])}
      />
    </details>
  );
}
