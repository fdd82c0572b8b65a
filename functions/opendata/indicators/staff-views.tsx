import { inLang } from "../../../marketplace/contract/words.ts";
import { Actions, ErrorSummary, Field, Form, LinkButton, Notice, Table, Tag } from "../../../shared/components.tsx";
import { ENDONYMS } from "../../../shared/texts.ts";
import { day } from "../showing.ts";
import { columnNames, type TableOf, tableName } from "./names.ts";
import type { Change, Kept } from "./schema.ts";
import { shownIndicator } from "./shown.ts";
import { ASSUMPTIONS_ASKED } from "./typed.ts";
import { figureText, type Shown, StandingTag } from "./views.tsx";

export interface Mistake {
  field: string;
  detail: string;
}

export function StaffList({ s, all }: { s: Shown; all: readonly Kept[] }) {
  const { t, lang, url, csrf } = s;
  return (
    <>
      {all.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("title")}
          head={[t("title"), t("value"), t("standing")]}
          numeric={[1]}
          rows={all.map((kept) => {
            const { id, titles, value, unit, standing } = shownIndicator(kept);
            return [
              <a href={url(`/staff/indicators/${id}`)}>{inLang(titles, lang)}</a>,
              value === undefined ? "—" : <bdi>{`${figureText(lang, value)} ${unit}`}</bdi>,
              kept.isRetired ? <Tag>{t("retired")}</Tag> : <StandingTag {...{ t, standing }} />,
            ];
          })}
        />
      )}
      <Actions>
        <LinkButton href={url("/staff/indicators/new")}>{t("make")}</LinkButton>
      </Actions>
      {all.some(({ latest }) => latest) && (
        <Form action={url("/staff/indicators/dataset")} csrf={csrf} submit={t("publish")}>
          <p>{t("datasetAbout")}</p>
        </Form>
      )}
    </>
  );
}

interface EditProps {
  s: Shown;
  /** Without one it is a new one. */
  kept?: Kept | undefined;
  value: Record<string, string>;
  mistakes: readonly Mistake[];
  tables: readonly TableOf[];
  changes: readonly Change[];
  /** How staff is named who did something. */
  nameOf: (id: string) => string;
  isSaved: boolean;
}

export function EditPage({ s, kept, value, mistakes, tables, changes, nameOf, isSaved }: EditProps) {
  const { t, url, csrf, city } = s;
  const field = (name: string) => ({
    name,
    value: value[name],
    error: mistakes.find((one) => one.field === name)?.detail,
  });
  const inEach = (name: string, label: "titleIn" | "aboutIn", type: "text" | "textarea" = "text") =>
    city.languages.map((lang) => (
      <Field {...field(`${name}_${lang}`)} type={type} label={t(label, { language: ENDONYMS[lang] })} />
    ));
  const numeric = { inputmode: "decimal", dir: "ltr" } as const;
  return (
    <>
      {isSaved && <Notice kind="success">{t("saved")}</Notice>}
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {kept && !kept.isRetired && (
        <Actions>
          <LinkButton second href={url(`/indicators/${kept.slug}`)}>
            {t("public")}
          </LinkButton>
        </Actions>
      )}
      <Form action={url(`/staff/indicators/${kept?.slug ?? "new"}`)} csrf={csrf} submit={t("save")}>
        <input type="hidden" name="revision" value={value["revision"] ?? "0"} />
        {!kept && <Field {...field("slug")} label={t("address")} hint={t("addressHint")} dir="ltr" maxlength={50} />}
        {inEach("title", "titleIn")}
        {inEach("about", "aboutIn", "textarea")}
        <Field {...field("unit")} label={t("unit")} hint={t("unitHint")} />
        <Field {...field("formula")} type="textarea" label={t("formula")} hint={t("formulaHint")} dir="ltr" />
        <Field
          {...field("better")}
          type="radio"
          label={t("better")}
          options={(["higher", "lower"] as const).map((one) => [one, t(`better.${one}`)] as const)}
        />
        <Field {...field("target")} label={t("targetValue")} {...numeric} />
        <Field {...field("targetOn")} type="date" label={t("targetOn")} />
        <Field {...field("low")} label={t("low")} {...numeric} />
        <Field {...field("high")} label={t("high")} {...numeric} />
        <Field {...field("owner")} label={t("owner")} hint={t("ownerHint")} />
        <Field
          {...field("by")}
          type="select"
          label={t("breakBy")}
          options={(["none", "column", "places"] as const).map((one) => [one, t(`by.${one}`)] as const)}
        />
        <Field {...field("areas")} label={t("areas")} dir="ltr" />
        <Field {...field("district")} label={t("districtColumn")} />
        {Array.from({ length: ASSUMPTIONS_ASKED }, (_, i) => (
          <fieldset>
            <legend>{t("assumptionN", { n: i + 1 })}</legend>
            <Field {...field(`a${i}_name`)} label={t("name")} hint={t("assumptionHint")} dir="ltr" />
            {inEach(`a${i}_title`, "titleIn")}
            <Field {...field(`a${i}_unit`)} label={t("unit")} />
            <Field {...field(`a${i}_value`)} label={t("assumedNow")} {...numeric} />
            <Field {...field(`a${i}_low`)} label={t("least")} {...numeric} />
            <Field {...field(`a${i}_high`)} label={t("greatest")} {...numeric} />
            <Field {...field(`a${i}_cost`)} label={t("unitCost", { currency: city.currency })} {...numeric} />
          </fieldset>
        ))}
        <Field {...field("why")} label={t("why")} hint={t("whyHint")} maxlength={300} />
      </Form>
      {kept && !kept.isRetired && (
        <details>
          <summary>{t("retire")}</summary>
          <Form action={url(`/staff/indicators/${kept.slug}/retirement`)} csrf={csrf} submit={t("retire")}>
            <p>{t("retireWarning")}</p>
            <Field {...field("why")} id="retire-why" value="" label={t("why")} maxlength={300} />
          </Form>
        </details>
      )}
      <Names s={s} tables={tables} />
      {changes.length > 0 && (
        <Table
          caption={t("changes")}
          head={[t("date"), t("by"), t("why")]}
          rows={changes.map(({ at, by, why, definition }) => [
            day(s, at),
            <bdi>{nameOf(by)}</bdi>,
            definition ? why : `${t("retired")}: ${why}`,
          ])}
        />
      )}
    </>
  );
}

function Names({ s, tables }: { s: Shown; tables: readonly TableOf[] }) {
  const { t } = s;
  return (
    <details>
      <summary>{t("names")}</summary>
      <Table
        wide
        caption={t("names")}
        head={[t("dataset"), t("name"), t("columns")]}
        rows={tables.map(({ slug, title, columns }) => [
          title,
          <code dir="ltr">{tableName(slug)}</code>,
          <code dir="ltr">{columnNames(columns).join(" ")}</code>,
        ])}
      />
    </details>
  );
}
