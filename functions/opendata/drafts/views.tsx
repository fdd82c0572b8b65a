import { ErrorSummary, Facts, Field, Form, LinkButton, Notice, Table } from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import type { Lang } from "../../../shared/texts.ts";
import { sayAt, sayNote } from "../formats/note.ts";
import { Protected } from "../people/views.tsx";
import { type Cell, Origin, Personal } from "../schema.ts";
import { type Common, shown } from "../showing.ts";
import { optionOf, READINGS } from "./form.ts";
import type { Correction, DraftColumn, Kept, Mistake, Progress } from "./schema.ts";
import { readingOf } from "./store.ts";

interface Props extends Common {
  draft: Kept;
  progress: Progress | undefined;
  errors: { field: string; detail: string }[];
}

export function DraftPage({ draft, progress, errors, ...common }: Props) {
  const { t, lang, csrf, url } = common;
  const { found, card, state } = draft;
  const number = new Intl.NumberFormat(lang);
  const here = url(`/staff/data/${draft.id}`);
  const seen = <input type="hidden" name="seen" value={readingOf(draft)} />;
  const isProposed = found?.columns.some((column) => column.isProposed);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {progress && <Reading progress={progress} href={here} {...common} />}
      <Facts
        items={[
          [t("cardTitle"), card.title],
          ...(draft.isUpdate ? [[t("updates"), draft.slug] as const] : []),
          ...(found ? [[t("size"), number.format(found.rows)] as const] : []),
          ...(found ? [[t("format"), found.format] as const] : []),
          [t("licence"), card.licence],
          [t("source"), card.source],
        ]}
      />
      <Mistakes draft={draft} {...common} />
      {found && (found.notes.length > 0 || found.places > 0) && (
        <Notice kind="info">
          <p>{t("notes")}</p>
          <ul>
            {found.places > 0 && <li>{t("placesOf", { n: found.places })}</li>}
            {found.notes.map((note) => (
              <li>{sayNote(note, lang)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {found && <Sample columns={found.columns} sample={found.sample} {...common} />}
      {found?.protection && <Protected protection={found.protection} {...common} />}
      {state === "ready" && isProposed && (
        <>
          <Notice kind="warning">{t("confirmWhy")}</Notice>
          <Form action={`${here}/tags`} csrf={csrf} submit={t("confirmAll")}>
            {seen}
          </Form>
        </>
      )}
      {state === "ready" && !isProposed && (
        <Form action={`${here}/publish`} csrf={csrf} submit={t("publish")}>
          {seen}
        </Form>
      )}
      {state !== "reading" && (
        <>
          <h2>{t("correct")}</h2>
          <Form action={here} csrf={csrf} submit={t("lookAgain")}>
            {seen}
            <HintFields draft={draft} errors={errors} {...common} />
            {found && <ColumnFields draft={draft} errors={errors} {...common} />}
            {(draft.corrections.leavesOutWrong || (found?.mistaken ?? 0) > 0) && (
              <Field
                type="checkbox"
                label={t("leavesOutWrong")}
                hint={t("leavesOutWrongHint")}
                name="leavesOutWrong"
                value={draft.corrections.leavesOutWrong ? "yes" : ""}
                options={[["yes", t("leaveOut")]]}
              />
            )}
          </Form>
        </>
      )}
    </>
  );
}

function Reading({ progress, href, t, lang }: { progress: Progress; href: string } & Common) {
  const percent = new Intl.NumberFormat(lang, { style: "percent" }).format(progress.share);
  return (
    <Notice kind="info">
      <p>{t("readingNow", { n: progress.rows, percent })}</p>
      <progress max="1" value={String(progress.share)} aria-label={percent} />
      <p>
        <LinkButton href={href}>{t("howFar")}</LinkButton>
      </p>
    </Notice>
  );
}

const saying = ({ says }: Mistake, lang: Lang) => (typeof says === "string" ? says : sayNote(says, lang));

function Mistakes({ draft: { refusal = [], found, corrections }, t, lang }: { draft: Kept } & Common) {
  const mistakes = [...refusal, ...(found?.mistakes ?? [])];
  if (mistakes.length === 0) return null;
  return (
    <>
      <Notice kind={corrections.leavesOutWrong ? "warning" : "error"}>
        {t(corrections.leavesOutWrong ? "leftOutRows" : "mistaken", { n: refusal.length + (found?.mistaken ?? 0) })}
      </Notice>
      <Table
        caption={t("mistakesFirst", { n: mistakes.length })}
        head={[t("where"), t("what")]}
        rows={mistakes.map((mistake) => [sayAt(mistake.at, lang), <bdi>{saying(mistake, lang)}</bdi>])}
      />
    </>
  );
}

function Sample({ columns, sample, ...common }: { columns: DraftColumn[]; sample: Record<string, Cell>[] } & Common) {
  const { t } = common;
  return (
    <>
      <Table
        caption={t("columns")}
        head={[t("column"), t("type"), t("origin"), t("personal")]}
        rows={columns.map(({ name, type, isLocal, origin, personal, isProposed }) => {
          const tag = (text: string) => (isProposed ? t("proposed", { tag: text }) : text);
          return [
            <bdi>{name}</bdi>,
            isLocal ? t("type.local") : t(`type.${type}`),
            origin ? tag(t(`origin.${origin}`)) : "",
            personal ? tag(t(`personal.${personal}`)) : "",
          ];
        })}
      />
      <Table
        caption={t("sample")}
        wide
        head={columns.map(({ name, title }) => title ?? name)}
        rows={sample.map((record) => columns.map(({ name }) => <bdi>{shown(common, record[name])}</bdi>))}
      />
    </>
  );
}

function HintFields({ draft: { found, corrections }, errors, t }: { draft: Kept; errors: Props["errors"] } & Common) {
  const { hints = {} } = corrections;
  const used = found?.used ?? {};
  const field = (name: "encoding" | "epsg") => ({
    name,
    value: String(hints[name] ?? used[name] ?? ""),
    error: errors.find((error) => error.field === name)?.detail,
  });
  const asFound = ["", t("asGuessed")] as const;
  const isText = !found || found.format === "csv" || found.format === "gtfs";
  return (
    <>
      {isText && (
        <>
          <Field label={t("encoding")} hint={t("encodingHint")} {...field("encoding")} maxlength={40} dir="ltr" />
          <Field
            type="select"
            label={t("delimiter")}
            name="delimiter"
            value={hints.delimiter === "\t" ? "tab" : (hints.delimiter ?? "")}
            options={[asFound, [",", ","], [";", ";"], ["tab", t("tab")], ["|", "|"]]}
          />
          <Field
            type="select"
            label={t("decimal")}
            name="decimal"
            value={hints.decimal ?? ""}
            options={[asFound, [".", "1.5"], [",", "1,5"]]}
          />
          <Field
            type="select"
            label={t("header")}
            name="header"
            value={hints.header === undefined ? "" : hints.header ? "yes" : "no"}
            options={[asFound, ["yes", t("yes")], ["no", t("no")]]}
          />
        </>
      )}
      {found && found.layers.length > 1 && (
        <Field
          type="select"
          label={t("layer")}
          name="layer"
          value={hints.layer ?? used.layer ?? ""}
          options={found.layers.map((layer) => [layer, layer] as const)}
        />
      )}
      <Field label={t("epsg")} hint={t("epsgHint")} {...field("epsg")} inputmode="numeric" dir="ltr" maxlength={6} />
    </>
  );
}

function ColumnFields({ draft: { found, corrections }, errors, t }: { draft: Kept; errors: Props["errors"] } & Common) {
  const said = new Map((corrections.columns ?? []).map((one) => [one.from, one]));
  const rows: { from: string; column?: DraftColumn; said?: Correction | undefined }[] = [
    ...found!.columns.map((column) => ({ from: column.from, column, said: said.get(column.from) })),
    ...found!.leftOut.map((from) => ({ from, said: said.get(from) })),
  ];
  const input = (name: string, value: string, label: string, maxlength = 200) => (
    <input name={name} id={`f-${name}`} value={value} aria-label={label} maxlength={maxlength} />
  );
  return (
    <Table
      caption={t("columns")}
      head={[
        ...[t("inFile"), t("columnName"), t("columnTitle"), t("columnDescription")],
        ...[t("type"), t("origin"), t("personal"), t("leaveOut")],
      ]}
      rows={rows.map(({ from, column, said: own }, i) => {
        const labelled = (text: string) => `${text}: ${from}`;
        return [
          <>
            <bdi>{from}</bdi>
            <input type="hidden" name={`from.${i}`} value={from} />
          </>,
          input(`name.${i}`, own?.name ?? from, labelled(t("columnName"))),
          input(`title.${i}`, own?.title ?? "", labelled(t("columnTitle"))),
          input(
            `description.${i}`,
            own?.description ?? column?.description ?? "",
            labelled(t("columnDescription")),
            1_000,
          ),
          <select name={`type.${i}`} aria-label={labelled(t("type"))}>
            <option value="">
              {column && !own?.reading ? t("asFound", { type: t(`type.${column.type}`) }) : t("asGuessed")}
            </option>
            {Object.entries(READINGS).map(([option, { type, days, decimal }]) => (
              <option value={option} selected={option === optionOf(own?.reading)}>
                {t(`type.${type}`)}
                {days ? ` (${t(`days.${days}`)})` : decimal ? " (1,5)" : ""}
              </option>
            ))}
          </select>,
          <Tag
            name={`origin.${i}`}
            label={labelled(t("origin"))}
            asFound={t("asFound", { type: column?.origin ? t(`origin.${column.origin}`) : "" })}
            value={own?.origin}
            options={Origin.options.map((option) => [option, t(`origin.${option}`)])}
          />,
          <Tag
            name={`personal.${i}`}
            label={labelled(t("personal"))}
            error={errors.find(({ field }) => field === `personal.${i}`)?.detail}
            asFound={t("asFound", { type: column?.personal ? t(`personal.${column.personal}`) : "" })}
            value={own?.personal}
            options={Personal.options.map((option) => [option, t(`personal.${option}`)])}
          />,
          <input
            type="checkbox"
            name={`out.${i}`}
            value="yes"
            checked={own?.isLeftOut}
            aria-label={labelled(t("leaveOut"))}
          />,
        ];
      })}
    />
  );
}

interface TagProps {
  name: string;
  label: string;
  /** What it is where nothing is chosen. */
  asFound: string;
  value: string | undefined;
  options: [value: string, label: string][];
  error?: string | undefined;
}

function Tag({ name, label, asFound, value, options, error }: TagProps) {
  const id = `f-${name}`;
  return (
    <>
      <select
        name={name}
        id={id}
        aria-label={label}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
      >
        <option value="">{asFound}</option>
        {options.map(([option, words]) => (
          <option value={option} selected={option === value}>
            {words}
          </option>
        ))}
      </select>
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </>
  );
}
