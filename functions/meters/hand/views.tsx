import type { Child } from "hono/jsx";
import { Actions, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../../shared/components.tsx";
import { cityMoment } from "../../../shared/dates.ts";
import type { Here } from "../../../shared/here.ts";
import type { Lang } from "../../../shared/texts.ts";
import type { Meter } from "../schema.ts";
import { type Doubt, type HandReading, type Round, SkipReason, type Stop } from "./schema.ts";
import type { handTexts } from "./texts.ts";

export interface Shown {
  here: Here;
  lang: Lang;
  csrf: string;
  t: ReturnType<typeof handTexts.in>;
}
/** What was typed in a form, what is wrong with it, and what is strange. */
export interface Typed {
  values: Record<string, string>;
  mistakes: readonly { field: string; detail: string }[];
  asked?: { doubt: Doubt; last?: string };
}

export const ROUNDS = "/staff/meters/rounds";
const PICTURES = "image/jpeg,image/png,image/webp";

const fieldOf =
  ({ values, mistakes }: Typed) =>
  (name: string) => ({ name, value: values[name], error: mistakes.find(({ field }) => field === name)?.detail });

/** The one question of a reading; asked again where its answer is strange. */
function DialForm({ s, meter, typed, action }: { s: Shown; meter: Meter; typed: Typed; action: string }) {
  const { t } = s;
  const field = fieldOf(typed);
  const unit = t(meter.registerUnit);
  const { asked, values } = typed;
  const value = values["value"] ?? "";
  return (
    <>
      {asked && (
        <Notice kind="warning">
          <p>
            <strong>{t("isRight")}</strong> {t(asked.doubt, { value, unit })}{" "}
            {asked.last !== undefined && t("lastWas", { last: asked.last, unit })}
          </p>
          <p>{t("confirm")}</p>
        </Notice>
      )}
      <Form action={action} csrf={s.csrf} enctype="multipart/form-data" submit={t("send")}>
        <input type="hidden" name="id" value={values["id"]} />
        {asked && <input type="hidden" name="confirmed" value={value} />}
        <Field
          label={t("value", { unit })}
          {...field("value")}
          hint={t("valueHint")}
          inputmode="decimal"
          autocomplete="off"
          dir="ltr"
          required
        />
        <Field
          label={t("photo")}
          {...field("photo")}
          type="file"
          accept={PICTURES}
          hint={asked ? t("photoAgain") : t("photoHint")}
        />
      </Form>
    </>
  );
}

interface ReadingProps {
  s: Shown;
  meter: Meter;
  readings: { items: HandReading[]; next: string | undefined };
  typed: Typed;
  /** What was just kept, and how much was used since the reading before. */
  kept: HandReading | undefined;
  used: string | undefined;
}

export function ReadingPage({ s, meter, readings, typed, kept, used }: ReadingProps) {
  const { t, here } = s;
  const at = here.url(`/meters/${meter.id}/hand-readings`);
  const marks = (one: HandReading): Child => (
    <>
      {one.doubt && <Tag kind="warning">{t("doubted")}</Tag>}{" "}
      {one.setAsideBy && <Tag kind="warning">{t("setAside")}</Tag>}{" "}
      {one.photo && <a href={`${at}/${one.id}/photo`}>{t("look")}</a>}
    </>
  );
  return (
    <>
      {kept && (
        <Notice kind="success">
          {t("keptNow", { value: kept.value, unit: t(kept.unit) })}{" "}
          {used !== undefined && t("usedSince", { used, unit: t(kept.unit) })}
        </Notice>
      )}
      <DialForm s={s} meter={meter} typed={typed} action={at} />
      <h2>{t("readings")}</h2>
      {readings.items.length === 0 ? (
        <p>{t("noReadings")}</p>
      ) : (
        <Table
          caption={t("readings")}
          head={[t("when"), t("shows"), t("readBy"), t("marks")]}
          numeric={[1]}
          rows={readings.items.map((one) => [
            cityMoment(one.at, s),
            `${one.value} ${t(one.unit)}`,
            t(one.by),
            marks(one),
          ])}
        />
      )}
      {readings.next && <Pager next={[`${at}?cursor=${encodeURIComponent(readings.next)}`, t("after")]} />}
    </>
  );
}

export function RoundsPage({
  s,
  rounds,
  typed,
}: {
  s: Shown;
  rounds: { items: Round[]; next?: string };
  typed: Typed;
}) {
  const { t, here } = s;
  const field = fieldOf(typed);
  return (
    <>
      {rounds.items.length === 0 ? (
        <p>{t("noRounds")}</p>
      ) : (
        <Table
          caption={t("rounds")}
          head={[t("name"), t("when"), t("meters")]}
          numeric={[2]}
          rows={rounds.items.map((round) => [
            <a href={here.url(`${ROUNDS}/${round.id}`)}>{round.name}</a>,
            cityMoment(round.createdAt, s),
            String(round.meters.length),
          ])}
        />
      )}
      {rounds.next && <Pager next={[here.url(`${ROUNDS}?cursor=${encodeURIComponent(rounds.next)}`), t("after")]} />}
      <h2>{t("newRound")}</h2>
      <Form action={here.url(ROUNDS)} csrf={s.csrf} submit={t("make")}>
        <Field label={t("name")} {...field("name")} required maxlength={80} autocomplete="off" />
        <Field label={t("numbers")} {...field("numbers")} type="textarea" hint={t("numbersHint")} required dir="ltr" />
      </Form>
    </>
  );
}

const STATE_KIND = { open: "info", read: "success", skipped: "warning" } as const;
const StateTag = ({ s: { t }, stop }: { s: Shown; stop: Stop }) => (
  <Tag kind={STATE_KIND[stop.state]}>{stop.reason ? `${t(stop.state)}: ${t(stop.reason)}` : t(stop.state)}</Tag>
);

export function RoundPage({ s, round, stops }: { s: Shown; round: Round; stops: readonly Stop[] }) {
  const { t, here } = s;
  const at = here.url(`${ROUNDS}/${round.id}`);
  const first = stops.find(({ state }) => state === "open");
  return (
    <>
      {first && (
        <Actions>
          <LinkButton href={`${at}/${first.number}`}>{t("go")}</LinkButton>
        </Actions>
      )}
      <Table
        caption={t("allStops")}
        head={["", t("meters"), t("state")]}
        numeric={[0]}
        rows={stops.map((stop) => [
          String(stop.number),
          <a href={`${at}/${stop.number}`}>{stop.serial}</a>,
          <StateTag s={s} stop={stop} />,
        ])}
      />
    </>
  );
}

interface StopProps {
  s: Shown;
  round: Round;
  stop: Stop;
  meter: Meter;
  typed: Typed;
}

export function StopPage({ s, round, stop, meter, typed }: StopProps) {
  const { t, here } = s;
  const at = here.url(`${ROUNDS}/${round.id}`);
  const { number } = stop;
  return (
    <>
      {stop.state !== "open" && (
        <p>
          <StateTag s={s} stop={stop} />
        </p>
      )}
      <DialForm s={s} meter={meter} typed={typed} action={`${at}/${number}`} />
      <h2>{t("skip")}</h2>
      <Form action={`${at}/${number}/skip`} csrf={s.csrf} submit={t("skip")}>
        <Field
          label={t("why")}
          {...fieldOf(typed)("reason")}
          type="select"
          options={SkipReason.options.map((reason) => [reason, t(reason)] as const)}
        />
      </Form>
      <Pager
        {...(number > 1 ? { prev: [`${at}/${number - 1}`, t("before")] as const } : {})}
        {...(number < round.meters.length ? { next: [`${at}/${number + 1}`, t("after")] as const } : {})}
      />
      <p>
        <a href={at}>{t("allStops")}</a>
      </p>
    </>
  );
}
