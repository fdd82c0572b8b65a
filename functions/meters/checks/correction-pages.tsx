import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { Actions, ErrorSummary, Field, Form, LinkButton, Notice, Table, Tag } from "../../../shared/components.tsx";
import { cityMoment } from "../../../shared/dates.ts";
import { fieldMistakes, form, givenIn } from "../../../shared/http.ts";
import { StaffName } from "../../../shared/identity/staff-name.tsx";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import type { Meter } from "../schema.ts";
import { meterStore } from "../store.ts";
import { KEEPERS, READERS } from "./api.ts";
import { correct, historyOf } from "./correcting.ts";
import { CorrectionForm, correctionFrom, KINDS } from "./correction-form.ts";
import { saysOf } from "./finding-pages.tsx";
import { findingFor } from "./findings.ts";
import { ReasonField } from "./reason-field.tsx";
import type { CorrectionShown, Finding } from "./schema.ts";
import { amount, type Shown, shown, typed } from "./shown.ts";

// What was set right of a meter, and the form for more of it.

type Kind = (typeof KINDS)[number];
const pathOf = (meterId: string) => `/staff/meters/${meterId}/corrections`;

export function correctionPages(app: CityApp): void {
  const desk = async (c: Context<CityEnv>, given: Record<string, string>, error?: unknown) => {
    const s = shown(c);
    const meter = await meterStore(s.here).get(c.req.param("id")!);
    const mistakes = error === undefined ? [] : fieldMistakes(error);
    const kind = KINDS.find((one) => one === given["kind"]);
    const finding = given["findingId"] ? await findingFor(s.here, given["findingId"], meter.id) : undefined;
    const { who } = c.var;
    const mayCorrect = who.kind === "person" && KEEPERS.some((role) => who.roles.includes(role));
    const corrections = await historyOf(s.here, meter.id);
    return page(
      c,
      {
        title: s.t("corrections", { serial: meter.serial }),
        lead: s.t("correctionsLead"),
        crumbs: [
          [s.t("console"), s.here.url("/staff")],
          [s.t("meters"), s.here.url("/staff/meters")],
          [meter.serial, s.here.url(`/meters/${meter.id}`)],
        ],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        {mistakes.length > 0 && (
          <ErrorSummary
            title={s.t("mistakes")}
            errors={mistakes.map((one) => ({ ...one, field: fieldOf(one.field) }))}
          />
        )}
        {finding && <Notice kind="info">{saysOf(finding, s)}</Notice>}
        {mayCorrect && kind && <CorrectionFields {...{ s, meter, kind, given, mistakes, finding }} />}
        {mayCorrect && (
          <>
            <h2>{s.t("choose")}</h2>
            <Actions>
              {KINDS.filter((one) => one !== kind && one !== "undo").map((one) => (
                <LinkButton
                  second
                  href={s.here.url(`${pathOf(meter.id)}?kind=${one}${finding ? `&finding=${finding.id}` : ""}`)}
                >
                  {nameOf(one, s)}
                </LinkButton>
              ))}
            </Actions>
          </>
        )}
        <History {...{ s, meter, mayCorrect, corrections }} />
      </>,
    );
  };
  app.get("/staff/meters/:id/corrections", needs(...READERS), (c) => {
    const { kind, finding, undo } = c.req.query();
    return desk(c, {
      ...(kind ? { kind } : {}),
      ...(finding ? { findingId: finding } : {}),
      ...(undo ? { kind: "undo", correctionId: undo } : {}),
    });
  });
  app.post("/staff/meters/:id/corrections", needs(...KEEPERS), async (c) => {
    const { here, who } = c.var;
    const meter = await meterStore(here).get(c.req.param("id"));
    try {
      await correct(here, meter, correctionFrom(await form(c, CorrectionForm), here.city.timeZone), whoId(who));
      return c.redirect(here.url(pathOf(meter.id)), 303);
    } catch (error) {
      return desk(c, await givenIn(c), error);
    }
  });
}

/** The field of the form that a mistake belongs to. */
const fieldOf = (field: string): string => (field === "interval" ? "minutes" : field);
const nameOf = (kind: Kind, { t }: Shown): string => t(kind === "exchange" ? "exchangeKind" : kind);

interface FieldsProps {
  s: Shown;
  meter: Meter;
  kind: Kind;
  given: Record<string, string>;
  mistakes: readonly { field: string; detail: string }[];
  finding: Finding | undefined;
}

function CorrectionFields({ s, meter, kind, given, mistakes, finding }: FieldsProps) {
  const { t, here } = s;
  const zone = here.city.timeZone;
  const error = (name: string) => mistakes.find((one) => fieldOf(one.field) === name)?.detail;
  const unit = meter.registerUnit;
  /** What the form begins with, where a finding says it. */
  const suggested: Record<string, string> = finding
    ? {
        from: typed(finding.from, zone),
        to: typed(finding.to, zone),
        at: typed(finding.to, zone),
        ...(finding.facts["digits"] === undefined ? {} : { digits: String(finding.facts["digits"]) }),
      }
    : {};
  const text = (name: string, label: string, hint?: string) => (
    <Field
      label={label}
      name={name}
      value={given[name] ?? suggested[name]}
      error={error(name)}
      maxlength={40}
      autocomplete="off"
      {...(hint === undefined ? {} : { hint })}
    />
  );
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]) => (
    <Field
      label={label}
      name={name}
      type="radio"
      value={given[name] ?? options[0]![0]}
      error={error(name)}
      options={options}
    />
  );
  const from = () => text("from", t("from"), t("timeHint"));
  const to = () => text("to", t("to"));
  const channel = () => text("channel", t("channel"), t("channelHint"));
  const quality = (...letters: ("A" | "S" | "F")[]) =>
    choice(
      "quality",
      t("quality"),
      letters.map((letter) => [letter, t(`q${letter}`)] as const),
    );
  const fields: Record<Kind, () => Child[]> = {
    values: () => [
      from(),
      text("minutes", t("interval")),
      <Field
        label={`${t("values")} (${unit})`}
        name="values"
        type="textarea"
        hint={t("valuesHint")}
        value={given["values"]}
        error={error("values")}
      />,
      quality("S", "F"),
      channel(),
    ],
    register: () => [
      text("at", t("at"), t("timeHint")),
      text("value", `${t("value")} (${unit})`),
      quality("A", "S", "F"),
      channel(),
    ],
    withdraw: () => [
      choice("of", t("of"), [
        ["intervals", t("intervals")],
        ["registers", t("registers")],
      ]),
      from(),
      to(),
    ],
    estimate: () => [
      from(),
      to(),
      choice("anew", t("anew"), [
        ["no", t("no")],
        ["yes", t("yes")],
      ]),
    ],
    exchange: () => [
      text("at", t("at"), t("timeHint")),
      text("last", `${t("last")} (${unit})`),
      text("first", `${t("first")} (${unit})`),
      channel(),
    ],
    dial: () => [
      from(),
      text("digits", t("digits"), t("digitsHint")),
      text("multiplier", t("multiplier"), t("multiplierHint")),
    ],
    undo: () => [<input type="hidden" name="correctionId" value={given["correctionId"]} />],
  };
  return (
    <>
      <h2>{nameOf(kind, s)}</h2>
      <Form action={here.url(pathOf(meter.id))} csrf={s.csrf} submit={t("save")}>
        <input type="hidden" name="kind" value={kind} />
        {finding && <input type="hidden" name="findingId" value={finding.id} />}
        {fields[kind]()}
        <ReasonField s={s} value={given["reason"]} error={error("reason")} />
      </Form>
    </>
  );
}

interface HistoryProps {
  s: Shown;
  meter: Meter;
  corrections: readonly CorrectionShown[];
  /** How whoever made one is called. */
  mayCorrect: boolean;
}

function History({ s, meter, corrections, mayCorrect }: HistoryProps) {
  const { t, here } = s;
  if (corrections.length === 0) return <p>{t("noCorrections")}</p>;
  return (
    <Table
      caption={t("history")}
      head={[t("at"), t("what"), t("from"), t("to"), t("reason"), t("by"), t("state")]}
      rows={corrections.map((one) => [
        cityMoment(one.at, s),
        <>
          {nameOf(one.kind, s)} {factsOf(one, meter, s)}
        </>,
        cityMoment(one.from, s),
        one.to ? cityMoment(one.to, s) : "",
        one.reason,
        <StaffName here={s.here} id={one.by} />,
        one.undoneBy ? (
          <Tag>{t("undone")}</Tag>
        ) : mayCorrect ? (
          <a href={here.url(`${pathOf(meter.id)}?undo=${one.id}`)}>{t("undo")}</a>
        ) : (
          t("stands")
        ),
      ])}
    />
  );
}

/** What a correction says, in a line. */
function factsOf(one: CorrectionShown, { kind }: Meter, s: Shown): Child {
  const { t } = s;
  const inUnit = (text: string) => amount(Number(text), kind, s);
  const said = [
    one.register && inUnit(one.register),
    one.last && one.first && `${inUnit(one.last)} → ${inUnit(one.first)}`,
    one.digits && `${t("digits")}: ${one.digits}`,
    one.multiplier && `× ${one.multiplier}`,
    one.withdrawn && t(one.withdrawn),
    one.count && `${one.count} ${one.quality ?? ""}`,
    one.quantityBefore !== undefined && t("before", { quantity: amount(one.quantityBefore, kind, s) }),
  ];
  return <span class="quiet">{said.filter(Boolean).join(" · ")}</span>;
}
