import {
  ErrorSummary,
  Facts,
  Field,
  Form,
  fieldOf,
  LinkButton,
  Notice,
  Pager,
  Table,
  Tag,
} from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import { sayAt } from "../formats/note.ts";
import type { Dataset } from "../schema.ts";
import { type Common, shown } from "../showing.ts";
import { sayWhy } from "./mistakes.ts";
import { Kind, type NewSource, type Preview, type Run, Schedule, type ShownSource } from "./schema.ts";
import { harvestTexts } from "./texts.ts";

export type Errors = { field: string; detail: string }[];

const moment = ({ lang, city }: Pick<Common, "lang" | "city">, iso: string) =>
  new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short", timeZone: city.timeZone }).format(
    new Date(iso),
  );

/** What came of a run, in words. */
function cameOf({ outcome, version, listed = 0, passedOver = 0 }: Run, failures: number, lang: Common["lang"]): string {
  const number = new Intl.NumberFormat(lang);
  const values = {
    version: number.format(version ?? 0),
    listed: number.format(listed),
    over: number.format(passedOver),
  };
  return harvestTexts.in(lang)(`outcome.${outcome}`, { ...values, failures: number.format(failures) });
}

/** Why it failed, or was left; runs of before know it in English alone. */
function Why({ run, lang }: { run: Run; lang: Common["lang"] }) {
  if (run.left) return harvestTexts.in(lang)(`left.${run.left}`);
  if (run.mistake) return <bdi>{sayWhy(run.mistake, lang)}</bdi>;
  return run.why === undefined ? "" : <bdi lang="en">{run.why}</bdi>;
}

function nextOf(source: ShownSource, common: Common): string {
  const t = harvestTexts.in(common.lang);
  if (source.isRunning) return t("running");
  if (source.isUnlisted) return t("unlisted");
  if (source.isPaused) return t("paused");
  return source.nextAt === undefined ? t("nothingNext") : moment(common, source.nextAt);
}

export const titleOf = ({ card, said, address }: Pick<ShownSource, "card" | "said" | "address">): string =>
  card.title ?? said?.title ?? address;

interface SourcesProps extends Common {
  sources: readonly ShownSource[];
  next: string | undefined;
  datasets: readonly Dataset[];
  value: Record<string, string>;
  errors: Errors;
}

export function SourcesPage({ sources, next, datasets, value, errors, ...common }: SourcesProps) {
  const { lang, url, csrf } = common;
  const t = harvestTexts.in(lang);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {sources.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("sources")}
          head={[t("source"), t("every"), t("last"), t("next")]}
          rows={sources.map((source) => [
            <a href={url(`/staff/harvests/${source.id}`)}>
              <bdi>{titleOf(source)}</bdi>
            </a>,
            t(`every.${source.schedule.every}`),
            source.last ? `${moment(common, source.last.endedAt)}: ${cameOf(source.last, source.failures, lang)}` : "",
            nextOf(source, common),
          ])}
        />
      )}
      {next !== undefined && <Pager next={[url(`/staff/harvests?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      <h2>{t("add")}</h2>
      <Form action={url("/staff/harvests/preview")} csrf={csrf} submit={t("look")}>
        <SourceFields datasets={datasets} value={value} errors={errors} {...common} />
      </Form>
    </>
  );
}

function SourceFields({
  datasets,
  value,
  errors,
  lang,
}: Common & { datasets: readonly Dataset[]; value: Record<string, string>; errors: Errors }) {
  const t = harvestTexts.in(lang);
  const field = fieldOf(value, errors);
  return (
    <>
      <Field
        type="select"
        label={t("kind")}
        {...field("kind")}
        options={Kind.options.map((kind) => [kind, t(`kind.${kind}`)] as const)}
      />
      <Field
        type="url"
        label={t("address")}
        hint={t("addressHint")}
        {...field("address")}
        required
        dir="ltr"
        maxlength={2_000}
      />
      <p>{t("own")}</p>
      <Field label={t("datasetTitle")} {...field("title")} maxlength={120} />
      <Field label={t("licence")} hint={t("licenceHint")} {...field("licence")} maxlength={80} />
      <Field label={t("source")} {...field("source")} maxlength={200} />
      {datasets.length > 0 && (
        <Field
          type="select"
          label={t("updates")}
          {...field("updates")}
          options={[["", t("aNewOne")], ...datasets.map(({ slug, card }) => [slug, card.title] as const)]}
        />
      )}
      <Field
        type="select"
        label={t("every")}
        {...field("every")}
        value={value["every"] ?? "day"}
        options={Schedule.shape.every.options.map((every) => [every, t(`every.${every}`)] as const)}
      />
      <Field
        label={t("at")}
        hint={t("atHint")}
        {...field("at")}
        value={value["at"] ?? "04:00"}
        dir="ltr"
        maxlength={5}
      />
      <Field
        type="checkbox"
        label={t("publishesItself")}
        hint={t("publishesItselfHint")}
        {...field("publishesItself")}
        value={value["publishesItself"] ?? (value["kind"] === undefined ? "yes" : "")}
        options={[["yes", t("yesPublish")]]}
      />
    </>
  );
}

interface PreviewProps extends Common {
  given: NewSource;
  /** The fields as they were sent, to be sent again. */
  value: Record<string, string>;
  preview: Preview;
}

export function PreviewPage({ given, value, preview, ...common }: PreviewProps) {
  const { lang, csrf, url } = common;
  const t = harvestTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  const { card, columns, sample = [], notes = [], mistakes = [], mistaken = 0, listed } = preview;
  const facts = (
    [
      [t("kind"), t(`kind.${given.kind}`)],
      [t("address"), <bdi dir="ltr">{given.address}</bdi>],
      [t("datasetTitle"), card.title],
      [t("licence"), card.licence],
      [t("source"), card.source],
      [t("format"), preview.format],
      [t("rows"), preview.rows === undefined ? undefined : number.format(preview.rows)],
      [t("bytes"), preview.bytes === undefined ? undefined : number.format(preview.bytes)],
    ] as const
  ).filter(([, said]) => said !== undefined) as [string, string][];
  return (
    <>
      <Facts items={facts} />
      {preview.isLong && <Notice kind="info">{t("long")}</Notice>}
      {notes.length > 0 && (
        <Notice kind="info">
          <ul>
            {notes.map((note) => (
              <li>{note}</li>
            ))}
          </ul>
        </Notice>
      )}
      {listed && (
        <Table
          caption={t("listed", {
            n: number.format(preview.listedInAll ?? 0),
            over: number.format(preview.passedOver ?? 0),
          })}
          head={[t("datasetTitle"), t("format"), t("address")]}
          rows={listed.map(({ title, format, address }) => [
            <bdi>{title}</bdi>,
            format,
            <bdi dir="ltr">{address}</bdi>,
          ])}
        />
      )}
      {mistaken > 0 && (
        <Table
          caption={t("mistakes", { n: number.format(mistaken) })}
          head={[t("where"), t("what")]}
          rows={mistakes.map(({ pointer, detail }) => [sayAt(pointer, lang), <bdi>{detail}</bdi>])}
        />
      )}
      {columns && (
        <Table
          caption={t("sample")}
          wide
          head={columns.map(({ name, type }) => `${name} (${common.t(`type.${type}`)})`)}
          rows={sample.map((row) => columns.map(({ name }) => <bdi>{shown(common, row[name])}</bdi>))}
        />
      )}
      <Form action={url("/staff/harvests")} csrf={csrf} submit={t("keep")}>
        {Object.entries(value).map(([name, one]) => (
          <input type="hidden" name={name} value={one} />
        ))}
      </Form>
    </>
  );
}

interface SourceProps extends Common {
  source: ShownSource;
  parent: ShownSource | undefined;
  runs: readonly Run[];
  isAsked: boolean;
}

export function SourcePage({ source, parent, runs, isAsked, ...common }: SourceProps) {
  const { lang, csrf, url } = common;
  const t = harvestTexts.in(lang);
  const at = url(`/staff/harvests/${source.id}`);
  const { last, schedule } = source;
  const rests = source.isPaused || source.isUnlisted;
  const facts = (
    [
      [t("kind"), t(`kind.${source.kind}`)],
      [
        t("address"),
        <a href={source.address} dir="ltr" rel="noreferrer">
          {source.address}
        </a>,
      ],
      [
        t("every"),
        schedule.every === "day" || schedule.every === "week"
          ? `${t(`every.${schedule.every}`)}, ${schedule.at}`
          : t(`every.${schedule.every}`),
      ],
      [t("publishesItself"), source.publishesItself ? t("yesPublish") : t("no")],
      [t("ofCatalogue"), parent && <a href={url(`/staff/harvests/${parent.id}`)}>{titleOf(parent)}</a>],
      [t("ofModule"), source.fills],
      [t("hosts"), source.hosts?.join(", ")],
      [t("dataset"), source.dataset && <a href={url(`/data/${source.dataset}`)}>{source.dataset}</a>],
      [t("last"), last && `${moment(common, last.endedAt)}: ${cameOf(last, source.failures, lang)}`],
      [t("why"), last && (last.left || last.why) && <Why run={last} lang={lang} />],
      [t("next"), nextOf(source, common)],
    ] as const
  ).filter(([, said]) => said !== undefined && said !== "") as [string, string][];
  return (
    <>
      {isAsked && <Notice kind="success">{t("asksNow")}</Notice>}
      {source.failures > 0 && <Tag kind="error">{cameOf(last!, source.failures, lang)}</Tag>}
      <Facts items={facts} />
      {source.draft && (
        <p>
          <LinkButton href={url(`/staff/data/${source.draft}`)}>{t("draft")}</LinkButton>
        </p>
      )}
      {!rests && <Form action={`${at}/ask`} csrf={csrf} submit={t("ask")} />}
      {!source.isUnlisted && (
        <Form
          action={`${at}/${source.isPaused ? "resume" : "pause"}`}
          csrf={csrf}
          submit={t(source.isPaused ? "resume" : "pause")}
        />
      )}
      {runs.length > 0 && (
        <Table
          caption={t("runs")}
          head={[t("when"), t("came"), t("why"), t("rows")]}
          numeric={[3]}
          rows={runs.map((run) => [
            moment(common, run.startedAt),
            cameOf(run, 1, lang),
            <Why run={run} lang={lang} />,
            run.rows === undefined ? "" : new Intl.NumberFormat(lang).format(run.rows),
          ])}
        />
      )}
      <h2>{t("remove")}</h2>
      <p>{t("removeWhy")}</p>
      <Form action={`${at}/remove`} csrf={csrf} submit={t("remove")} />
    </>
  );
}
