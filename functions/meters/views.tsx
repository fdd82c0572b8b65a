import type { Child } from "hono/jsx";
import { BarChart } from "../../shared/chart.tsx";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Pager,
  Table,
  Tag,
} from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import type { FieldError } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import { monthPlus } from "../../shared/time.ts";
import { SHOWN_UNIT } from "../../shared/units.ts";
import { checkTexts } from "./checks/texts.ts";
import { saidIn } from "./formats/mistakes.ts";
import { homeTexts } from "./home/texts.ts";
import type { Delivery, Meter, Preview, Usage } from "./schema.ts";
import type { meterTexts } from "./texts.ts";

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof meterTexts.in>;
}

const THOUSAND = 1000;
const shown = (quantity: number, lang: Lang) =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: 3 }).format(quantity / THOUSAND);
const inUtc = (lang: Lang, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(lang, { ...options, timeZone: "UTC" });
const dayName = (day: string, lang: Lang) =>
  inUtc(lang, { day: "numeric", month: "short", weekday: "short" })
    .format(new Date(`${day}T00:00Z`))
    .replaceAll(" ", "\u00a0");
export const monthName = (month: string, lang: Lang) =>
  inUtc(lang, { month: "long", year: "numeric" }).format(new Date(`${month}-01T00:00Z`));

export const MyMetersPage = ({ s, meters }: { s: Shown; meters: readonly Meter[] }) =>
  meters.length === 0 ? <p>{s.t("noMeters")}</p> : <MeterTable s={s} meters={meters} />;

/** Number and name of an account, by its id. */
export type AccountNames = ReadonlyMap<string, string>;

/** @param accounts  of staff's lists, which show whose each is */
const MeterTable = ({ s, meters, accounts }: { s: Shown; meters: readonly Meter[]; accounts?: AccountNames }) => (
  <Table
    caption={accounts ? s.t("meters") : s.t("myMeters")}
    head={[s.t("serial"), s.t("kind"), ...(accounts ? [s.t("point"), s.t("account")] : [])]}
    rows={meters.map((meter) => [
      <a href={s.here.url(`/meters/${meter.id}`)}>{meter.serial}</a>,
      s.t(meter.kind),
      ...(accounts ? [meter.point ?? "", accounts.get(meter.accountId ?? "") ?? s.t("noAccount")] : []),
    ])}
  />
);

interface MeterPageProps {
  s: Shown;
  meter: Meter;
  month: string;
  days: readonly Usage[];
  months: readonly Usage[];
  hasReadings: boolean;
  /** Of who may tie it to an account: whose it is, what was typed, and what is wrong with that. */
  tying?: { account: string | undefined; typed?: string; error?: string } | undefined;
}

export function MeterPage({ s, meter, month, days, months, hasReadings, tying }: MeterPageProps) {
  const { t, lang, here } = s;
  const year = month.slice(0, 4);
  const at = (other: string) => here.url(`/meters/${meter.id}?month=${other}`);
  const facts: [Child, Child][] = [
    [t("serial"), meter.serial],
    [t("kind"), t(meter.kind)],
    ...(meter.point === undefined ? [] : [[t("point"), meter.point] as [Child, Child]]),
    ...(tying ? [[t("account"), tying.account ?? t("noAccount")] as [Child, Child]] : []),
  ];
  return (
    <>
      {tying?.error && <ErrorSummary title={t("mistakes")} errors={[{ field: "account", detail: tying.error }]} />}
      <Facts items={facts} />
      <Actions>
        <LinkButton href={here.url(`/meters/${meter.id}/home`)}>{homeTexts.in(lang)("link")}</LinkButton>
        <LinkButton href={here.url(`/meters/${meter.id}/hand-readings`)} second>
          {t("typeReading")}
        </LinkButton>
      </Actions>
      {tying && (
        <Form action={here.url(`/staff/meters/${meter.id}/account`)} csrf={s.csrf} submit={t("tieDo")}>
          <Field
            label={t("tie")}
            name="account"
            hint={t("accountHint")}
            value={tying.typed ?? tying.account?.split(" · ")[0]}
            error={tying.error}
            maxlength={40}
            autocomplete="off"
          />
        </Form>
      )}
      {tying && (
        <p>
          <a href={here.url(`/staff/meters/${meter.id}/corrections`)}>
            {checkTexts.in(lang)("corrections", { serial: meter.serial })}
          </a>
        </p>
      )}
      {!hasReadings && <Notice kind="info">{t("noReadings")}</Notice>}
      <Form action={here.url(`/meters/${meter.id}`)} csrf="" method="get" submit={t("show")}>
        <Field label={t("goToMonth")} name="month" type="month" value={month} />
      </Form>
      <h2>{t("daysOf", { month: monthName(month, lang) })}</h2>
      <Figures
        s={s}
        meter={meter}
        name="days"
        caption={t("daysOf", { month: monthName(month, lang) })}
        unitName={t("day")}
        usage={days}
        label={(one) => String(Number(one.at.slice(8)))}
        full={(one) => dayName(one.at, lang)}
      />
      <Pager prev={[at(monthPlus(month, -1)), t("previousMonth")]} next={[at(monthPlus(month, 1)), t("nextMonth")]} />
      <h2>{t("monthsOf", { year })}</h2>
      <Figures
        s={s}
        meter={meter}
        name="months"
        caption={t("monthsOf", { year })}
        unitName={t("month")}
        usage={months}
        label={(one) => inUtc(lang, { month: "short" }).format(new Date(`${one.at}-01T00:00Z`))}
        full={(one) => <a href={at(one.at)}>{monthName(one.at, lang)}</a>}
        plain={(one) => monthName(one.at, lang)}
      />
      <Pager prev={[at(monthPlus(month, -12)), t("previousYear")]} next={[at(monthPlus(month, 12)), t("nextYear")]} />
    </>
  );
}

interface FiguresProps {
  s: Shown;
  meter: Meter;
  name: string;
  caption: string;
  unitName: string;
  usage: readonly Usage[];
  label: (one: Usage) => string;
  full: (one: Usage) => Child;
  plain?: (one: Usage) => string;
}

/** A chart, and below it the table of the same figures. */
function Figures({ s, meter, name, caption, unitName, usage, label, full, plain }: FiguresProps) {
  const { t, lang } = s;
  const unit = SHOWN_UNIT[meter.kind][lang];
  const withReadings = usage.filter((one) => one.coverage > 0);
  if (withReadings.length === 0) return <p>{t("chartNone")}</p>;
  const said = plain ?? ((one: Usage) => String(full(one)));
  const most = withReadings.reduce((best, one) => (one.quantity > best.quantity ? one : best));
  // Gaps are told; the time before the first and after the last reading goes without saying.
  const first = usage.findIndex((one) => one.coverage > 0);
  const last = usage.findLastIndex((one) => one.coverage > 0);
  const rows = usage.slice(first, last + 1);
  const hasFedIn = usage.some((one) => one.fedIn !== undefined);
  const sum = (of: (one: Usage) => number) => usage.reduce((total, one) => total + of(one), 0);
  const share = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });
  const state = (one: Usage) => {
    if (one.coverage === 0) return <span class="quiet">{t("missing")}</span>;
    const partly = one.coverage < 0.9995 ? t("partly", { share: share.format(one.coverage) }) : undefined;
    if (one.isEstimated)
      return (
        <>
          <Tag kind="warning">{t("estimated")}</Tag> {partly}
        </>
      );
    return partly ?? t("actual");
  };
  return (
    <>
      <BarChart
        name={name}
        title={`${t("meter", { serial: meter.serial })}: ${caption}`}
        desc={t("chartDesc", {
          count: usage.length,
          first: said(usage[0]!),
          last: said(usage.at(-1)!),
          most: shown(most.quantity, lang),
          unit,
          when: said(most),
        })}
        unit={unit}
        lang={lang}
        points={usage.map((one) => ({
          label: label(one),
          value: one.quantity / THOUSAND,
          isEstimated: one.isEstimated,
        }))}
        estimatedLabel={t("estimatedBars")}
      />
      <Table
        caption={caption}
        head={[unitName, t("used", { unit }), ...(hasFedIn ? [t("fedIn", { unit })] : []), t("state")]}
        numeric={hasFedIn ? [1, 2] : [1]}
        rows={[
          ...rows.map((one) => [
            full(one),
            one.coverage === 0 ? "–" : shown(one.quantity, lang),
            ...(hasFedIn ? [shown(one.fedIn ?? 0, lang)] : []),
            state(one),
          ]),
          [
            <strong>{t("total")}</strong>,
            <strong>
              {shown(
                sum((one) => one.quantity),
                lang,
              )}
            </strong>,
            ...(hasFedIn
              ? [
                  <strong>
                    {shown(
                      sum((one) => one.fedIn ?? 0),
                      lang,
                    )}
                  </strong>,
                ]
              : []),
            "",
          ],
        ]}
      />
    </>
  );
}

export interface StaffFormState {
  /** What was typed, and what is wrong with it. */
  values?: Record<string, string>;
  errors?: readonly FieldError[];
}

interface StaffProps {
  s: Shown;
  meters: readonly Meter[];
  accounts: AccountNames;
  next?: string | undefined;
  deliveries: readonly Delivery[];
  /** Names of the city's mappings of plain files. */
  mappings: readonly string[];
  mayChange: boolean;
  registering?: StaffFormState;
  uploading?: StaffFormState;
}

const fieldOf = (error: FieldError) => error.pointer.replace(/^#?\/?/, "");

/** What is wrong with a meter that is to be registered, by its field; what has none is a number that is taken. */
function mistakeOf(error: FieldError, t: Shown["t"]): { field: string; detail: string } {
  const field = fieldOf(error);
  if (field === "serial" || field === "point") return { field, detail: t("numberWrong") };
  if (field === "registerUnit") return { field, detail: t("unitWrong") };
  if (field === "account") return { field, detail: t("accountWrong") };
  return field === "" ? { field: "serial", detail: t("numberTaken") } : { field, detail: error.detail };
}

export function StaffMetersPage({
  s,
  meters,
  accounts,
  next,
  deliveries,
  mappings,
  mayChange,
  registering = {},
  uploading = {},
}: StaffProps) {
  const { t, here } = s;
  const value = (name: string) => registering.values?.[name];
  const mistakes = registering.errors?.map((one) => mistakeOf(one, t));
  const error = (name: string) => mistakes?.find(({ field }) => field === name)?.detail;
  return (
    <>
      {mistakes && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {uploading.errors && <FileErrors s={s} errors={uploading.errors} />}
      <Actions>
        <LinkButton second href={here.url("/staff/meters/findings")}>
          {checkTexts.in(s.lang)("findings")}
        </LinkButton>
        <LinkButton second href={here.url("/staff/meters/files")}>
          {t("files")}
        </LinkButton>
        {mayChange && (
          <LinkButton href={here.url("/staff/meters/rounds")} second>
            {t("rounds")}
          </LinkButton>
        )}
        {mayChange && (
          <LinkButton href={here.url("/staff/meters/sources")} second>
            {t("sources")}
          </LinkButton>
        )}
        {mayChange && (
          <LinkButton href={here.url("/staff/meters/mappings")} second>
            {t("mappings")}
          </LinkButton>
        )}
      </Actions>
      {mayChange && <UploadForm s={s} values={uploading.values ?? {}} mappings={mappings} />}
      <h2>{t("meters")}</h2>
      {meters.length === 0 ? <p>{t("none")}</p> : <MeterTable s={s} meters={meters} accounts={accounts} />}
      {next && <Pager next={[here.url(`/staff/meters?cursor=${encodeURIComponent(next)}`), t("next")]} />}
      {mayChange && (
        <>
          <h2>{t("register")}</h2>
          <Form action={here.url("/staff/meters")} csrf={s.csrf} submit={t("registerDo")}>
            <Field
              label={t("serial")}
              name="serial"
              hint={t("serialHint")}
              value={value("serial")}
              error={error("serial")}
              required
              maxlength={40}
              autocomplete="off"
            />
            <Field
              label={t("kind")}
              name="kind"
              type="radio"
              value={value("kind") ?? "electricity"}
              error={error("kind")}
              options={kinds(t)}
            />
            <Field
              label={t("registerUnit")}
              name="registerUnit"
              type="select"
              value={value("registerUnit") ?? ""}
              error={error("registerUnit")}
              options={[
                ["", "kWh / m³"],
                ["Wh", "Wh"],
                ["kWh", "kWh"],
                ["MWh", "MWh"],
                ["L", "L"],
                ["m3", "m³"],
                ["pulse", t("pulses")],
              ]}
            />
            <Field
              label={t("point")}
              name="point"
              hint={t("pointHint")}
              value={value("point")}
              error={error("point")}
              maxlength={40}
              autocomplete="off"
            />
            <Field
              label={t("account")}
              name="account"
              hint={t("accountHint")}
              value={value("account")}
              error={error("account")}
              maxlength={200}
              autocomplete="off"
            />
          </Form>
        </>
      )}
      <h2>{t("latest")}</h2>
      {deliveries.length === 0 ? (
        <p>{t("noDeliveries")}</p>
      ) : (
        <Table
          caption={t("latest")}
          head={[t("receivedAt"), t("format"), t("meters"), t("readings"), t("from"), t("to")]}
          numeric={[2, 3]}
          rows={deliveries.map((one) => [
            <a href={here.url(`/staff/meters/deliveries/${one.id}`)}>{cityMoment(one.receivedAt, s)}</a>,
            one.format.toUpperCase(),
            one.meterCount,
            new Intl.NumberFormat(s.lang).format(one.readings),
            cityMoment(one.from, s),
            cityMoment(one.to, s),
          ])}
        />
      )}
    </>
  );
}

const kinds = (t: Shown["t"]) =>
  [
    ["electricity", t("electricity")],
    ["water", t("water")],
    ["gas", t("gas")],
  ] as const;

const FileErrors = ({ s, errors }: { s: Shown; errors: readonly FieldError[] }) => (
  <ErrorSummary
    title={s.t("problems")}
    errors={errors.map((one) => {
      const { pointer } = one;
      const detail = saidIn(s.lang, one);
      const line = /^#\/line\/(\d+)$/.exec(pointer)?.[1];
      if (line !== undefined) return { field: "file", detail: s.t("line", { line, detail }) };
      // The path of an element of a document; a field's name has no stroke in it.
      const path = /^#(\/[^/]+\/.+)$/.exec(pointer)?.[1];
      return path === undefined
        ? { field: fieldOf(one), detail }
        : { field: "file", detail: s.t("element", { path, detail }) };
    })}
  />
);

const UploadForm = ({
  s,
  values,
  mappings,
}: {
  s: Shown;
  values: Record<string, string>;
  mappings: readonly string[];
}) => {
  const { t, here } = s;
  return (
    <>
      <h2>{t("upload")}</h2>
      <p>{t("uploadLead")}</p>
      <Form action={here.url("/staff/meters/uploads")} csrf={s.csrf} enctype="multipart/form-data" submit={t("check")}>
        <Field
          label={t("file")}
          name="file"
          type="file"
          hint={t("fileHint")}
          accept=".csv,.txt,.xml,.json,.zip,.gz"
          required
        />
        <Field
          label={t("unknownMeters")}
          name="register"
          type="radio"
          value={values["register"] ?? "false"}
          options={[
            ["false", t("refuseThem")],
            ["true", t("registerThem")],
          ]}
        />
        <Field
          label={t("newKind")}
          name="newKind"
          type="select"
          value={values["newKind"] ?? ""}
          options={[["", t("fromFile")], ...kinds(t)]}
        />
        <Field
          label={t("oneMeter")}
          name="meter"
          hint={t("oneMeterHint")}
          value={values["meter"]}
          maxlength={40}
          autocomplete="off"
        />
        <Field
          label={t("unit")}
          name="unit"
          type="select"
          hint={t("unitHint")}
          value={values["unit"] ?? ""}
          options={[
            ["", t("fromFile")],
            ["Wh", "Wh"],
            ["kWh", "kWh"],
            ["MWh", "MWh"],
            ["L", "L"],
            ["m3", "m³"],
          ]}
        />
        <Field
          label={t("values")}
          name="values"
          type="select"
          value={values["values"] ?? ""}
          options={[
            ["", t("fromFile")],
            ["intervals", t("intervals")],
            ["registers", t("registers")],
          ]}
        />
        {mappings.length > 0 && (
          <Field
            label={t("mapping")}
            name="mapping"
            type="select"
            hint={t("mappingHint")}
            value={values["mapping"] ?? ""}
            options={[["", t("byHeadings")], ...mappings.map((name) => [name, name] as const)]}
          />
        )}
      </Form>
    </>
  );
};

export function PreviewPage({
  s,
  preview,
  action,
  hidden,
}: {
  s: Shown;
  preview: Preview;
  action: string;
  hidden: Record<string, string>;
}) {
  const { t, here, lang } = s;
  return (
    <>
      {preview.isKnown && <Notice kind="info">{t("isKnown")}</Notice>}
      <DeliveryFacts s={s} delivery={preview} />
      {preview.days.length > 0 && (
        <Table
          caption={t("firstDays")}
          head={[t("day"), t("serial"), t("quantity")]}
          numeric={[2]}
          rows={preview.days.map((one) => [
            dayName(one.day, lang),
            one.meter,
            `${shown(one.quantity, lang)} ${SHOWN_UNIT[one.unit === "Wh" ? "electricity" : "water"][lang]}`,
          ])}
        />
      )}
      {!preview.isKnown && (
        <Form action={action} csrf={s.csrf} submit={t("keep")}>
          {Object.entries(hidden).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        </Form>
      )}
      <Actions>
        <LinkButton second href={here.url("/staff/meters")}>
          {t("otherFile")}
        </LinkButton>
      </Actions>
    </>
  );
}

export const DeliveryPage = ({ s, delivery, isNew }: { s: Shown; delivery: Delivery; isNew: boolean }) => (
  <>
    {isNew && <Notice kind="success">{s.t("kept")}</Notice>}
    <DeliveryFacts s={s} delivery={delivery} />
  </>
);

function DeliveryFacts({
  s,
  delivery,
}: {
  s: Shown;
  delivery: Omit<Delivery, "receivedAt"> & { receivedAt?: string };
}) {
  const { t, lang, here } = s;
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
  const more = delivery.meterCount - delivery.meters.length;
  return (
    <>
      <Facts
        items={[
          [t("format"), delivery.format.toUpperCase()],
          ...(delivery.receivedAt ? [[t("receivedAt"), cityMoment(delivery.receivedAt, s)] as const] : []),
          [
            t("asOf"),
            <>
              {cityMoment(delivery.asOf, s)} <span class="quiet">{t("asOfHint")}</span>
            </>,
          ],
          [t("readings"), number.format(delivery.readings)],
          [t("from"), cityMoment(delivery.from, s)],
          [t("to"), cityMoment(delivery.to, s)],
          [
            t("packed"),
            t("bytes", {
              bytes: number.format(delivery.packedBytes),
              each: number.format(delivery.packedBytes / delivery.readings),
            }),
          ],
        ]}
      />
      <Table
        caption={t("meters")}
        head={[t("serial"), t("status"), t("channels"), t("readings"), t("from"), t("to")]}
        numeric={[3]}
        rows={delivery.meters.map((one) => [
          one.meterId === undefined ? one.serial : <a href={here.url(`/meters/${one.meterId}`)}>{one.serial}</a>,
          one.isNew ? <Tag>{t("newMeter")}</Tag> : t("knownMeter"),
          one.channels.join(", "),
          number.format(one.readings),
          cityMoment(one.from, s),
          cityMoment(one.to, s),
        ])}
      />
      {more > 0 && <p>{t("moreMeters", { n: more })}</p>}
    </>
  );
}
