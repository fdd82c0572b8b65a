import { Facts, Field, Form, Notice, Pager, Table } from "../../shared/components.tsx";
import { type Area, CLASSES, type Imported, Kind, LEVELS, type Point } from "./schema.ts";
import { bound, errorIn, Mistakes, type Shown } from "./shown.tsx";

const field = (s: Shown, name: string) => ({ name, value: s.given[name], error: errorIn(s, name) });
const kinds = (s: Shown) => Kind.options.map((one) => [one, s.t(one)] as const);

/** New areas, and files of areas and points. */
export const GraphForms = ({ s, imported }: { s: Shown; imported?: Imported | undefined }) => {
  const { t, here } = s;
  return (
    <>
      {imported && (
        <Notice kind="success">
          <p>
            {t(imported.isPreview ? "importedPreview" : "imported", {
              changed: imported.changed,
              lines: imported.lines,
            })}
          </p>
        </Notice>
      )}
      <h2>{t("importTitle")}</h2>
      <Form action={here.url("/staff/network/imports")} csrf={s.csrf} enctype="multipart/form-data" submit={t("keep")}>
        <Field
          label={t("importOf")}
          type="select"
          options={[
            ["points", t("points")],
            ["areas", t("areas")],
          ]}
          {...field(s, "of")}
        />
        <Field label={t("file")} type="file" hint={t("importHint")} accept=".csv,text/csv" {...field(s, "file")} />
        <p class="hint">{t("importColumns", { points: t("columnsOfPoints"), areas: t("columnsOfAreas") })}</p>
        <Field label={t("tryIt")} type="checkbox" options={[["true", t("preview")]]} {...field(s, "preview")} />
      </Form>
      <details open={s.mistakes.some((one) => one.field === "code")}>
        <summary>{t("newArea")}</summary>
        <Form action={here.url("/staff/network/areas")} csrf={s.csrf} submit={t("enter")}>
          <Field label={t("code")} hint={t("codeHint")} required {...field(s, "code")} />
          <Field
            label={t("level")}
            type="select"
            options={LEVELS.map((one) => [one, t(one)] as const)}
            {...field(s, "level")}
          />
          <Field label={t("kind")} type="select" options={kinds(s)} {...field(s, "kind")} />
          <Field label={t("name")} {...field(s, "name")} />
        </Form>
      </details>
    </>
  );
};

export const AreaGraph = ({ s, area }: { s: Shown; area: Area }) => {
  const { t, here } = s;
  const at = here.url(`/staff/network/areas/${area.code}`);
  return (
    <>
      {area.within.length > 0 && (
        <Table
          caption={t("within")}
          head={[t("area"), t("from"), t("to")]}
          rows={area.within.map((one) => [
            <a href={here.url(`/staff/network/areas/${one.area}`)}>
              <bdi>{one.area}</bdi>
            </a>,
            bound(one.from, s),
            bound(one.to, s),
          ])}
        />
      )}
      {area.inputs.length > 0 && (
        <Table
          caption={t("bulkMeters")}
          head={[t("meter"), t("direction"), t("from"), t("to")]}
          rows={area.inputs.map((one) => [
            <a href={here.url(`/meters/${one.meterId}`)}>
              <bdi>{one.serial}</bdi>
            </a>,
            t(one.direction),
            bound(one.from, s),
            bound(one.to, s),
          ])}
        />
      )}
      <p>
        <a href={here.url(`/staff/network/points?area=${area.code}`)}>{t("points")}</a>
      </p>
      {s.mayChange && (
        <>
          <h2>{t("changeArea")}</h2>
          <Form action={`${at}/changes`} csrf={s.csrf} submit={t("change")}>
            <p class="hint">{t("changeHint")}</p>
            <Field label={t("at")} hint={t("atHint")} {...field(s, "at")} />
            <Field label={t("within")} {...field(s, "within")} />
            <Field label={t("newInput")} hint={t("meterHint")} {...field(s, "input")} />
            <Field
              label={t("direction")}
              type="select"
              options={[
                ["in", t("in")],
                ["out", t("out")],
              ]}
              {...field(s, "direction")}
            />
            <Field label={t("endsInput")} {...field(s, "endsInput")} />
          </Form>
          <h2>{t("allowance")}</h2>
          <Form action={`${at}/allowances`} csrf={s.csrf} submit={t("declare")}>
            <Field label={t("month")} type="month" required {...field(s, "month")} />
            <Field
              label={t("quantity")}
              hint={t("allowanceHint")}
              inputmode="numeric"
              required
              {...field(s, "quantity")}
            />
            <Field label={t("reason")} required {...field(s, "reason")} />
            <Field label={t("billed")} type="checkbox" options={[["true", t("isBilled")]]} {...field(s, "isBilled")} />
          </Form>
        </>
      )}
    </>
  );
};

interface PointsProps {
  s: Shown;
  points: readonly Point[];
  next?: string | undefined;
  /** The query that goes on. */
  more: string;
}
export const PointsPage = ({ s, points, next, more }: PointsProps) => {
  const { t, here } = s;
  return (
    <>
      <Mistakes s={s} />
      {points.length === 0 ? (
        <p>{t("pointsNone")}</p>
      ) : (
        <Table
          caption={t("points")}
          head={[t("point"), t("kind"), t("class"), t("place"), t("area"), t("meter")]}
          rows={points.map((one) => [
            <a href={here.url(`/staff/network/points/${one.code}`)}>
              <bdi>{one.code}</bdi>
            </a>,
            t(one.kind),
            t(one.customerClass),
            one.place ?? "–",
            <bdi>{one.areas.at(-1)?.area ?? "–"}</bdi>,
            <bdi>{one.meters.at(-1)?.serial ?? "–"}</bdi>,
          ])}
        />
      )}
      <Pager
        {...(next === undefined ? {} : { next: [`?${more}cursor=${encodeURIComponent(next)}`, t("more")] as const })}
      />
      {s.mayChange && (
        <>
          <h2>{t("newPoint")}</h2>
          <Form action={here.url("/staff/network/points")} csrf={s.csrf} submit={t("enter")}>
            <Field label={t("code")} hint={t("codeHint")} required {...field(s, "code")} />
            <Field label={t("kind")} type="select" options={kinds(s)} {...field(s, "kind")} />
            <Field
              label={t("class")}
              type="select"
              options={CLASSES.map((one) => [one, t(one)] as const)}
              {...field(s, "customerClass")}
            />
            <Field label={t("place")} {...field(s, "place")} />
          </Form>
        </>
      )}
    </>
  );
};

export const PointPage = ({ s, point }: { s: Shown; point: Point }) => {
  const { t, here } = s;
  return (
    <>
      <Mistakes s={s} />
      <Facts
        items={[
          [t("kind"), t(point.kind)],
          [t("class"), t(point.customerClass)],
          [t("place"), point.place ?? "–"],
        ]}
      />
      {point.meters.length > 0 && (
        <Table
          caption={t("meter")}
          head={[t("meter"), t("from"), t("to"), t("register")]}
          rows={point.meters.map((one) => [
            <a href={here.url(`/meters/${one.meterId}`)}>
              <bdi>{one.serial}</bdi>
            </a>,
            bound(one.from, s),
            bound(one.to, s),
            <bdi>{`${one.opening ?? "–"} → ${one.closing ?? "–"}`}</bdi>,
          ])}
        />
      )}
      {point.accounts.length > 0 && (
        <Table
          caption={t("account")}
          head={[t("account"), t("from"), t("to")]}
          rows={point.accounts.map((one) => [
            <a href={here.url(`/staff/accounts/${one.accountId}`)}>
              <bdi>{one.accountId.slice(-8)}</bdi>
            </a>,
            bound(one.from, s),
            bound(one.to, s),
          ])}
        />
      )}
      {point.areas.length > 0 && (
        <Table
          caption={t("area")}
          head={[t("area"), t("from"), t("to")]}
          rows={point.areas.map((one) => [
            <a href={here.url(`/staff/network/areas/${one.area}`)}>
              <bdi>{one.area}</bdi>
            </a>,
            bound(one.from, s),
            bound(one.to, s),
          ])}
        />
      )}
      {s.mayChange && (
        <>
          <h2>{t("changePoint")}</h2>
          <Form action={here.url(`/staff/network/points/${point.code}/changes`)} csrf={s.csrf} submit={t("change")}>
            <p class="hint">{t("changeHint")}</p>
            <Field label={t("at")} hint={t("atHint")} {...field(s, "at")} />
            <Field label={t("meter")} hint={t("meterHint")} {...field(s, "meter")} />
            <Field label={t("closing")} inputmode="decimal" {...field(s, "closing")} />
            <Field label={t("opening")} inputmode="decimal" {...field(s, "opening")} />
            <Field label={t("accountNumber")} {...field(s, "account")} />
            <Field label={t("area")} {...field(s, "area")} />
          </Form>
        </>
      )}
    </>
  );
};
