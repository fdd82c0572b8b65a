import type { Child } from "hono/jsx";
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
import type { Here } from "../../shared/here.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import type { Lang } from "../../shared/texts.ts";
import { NUMBERS } from "./rule-form.ts";
import { pathOf, saysOf } from "./says.ts";
import type { Alarm } from "./schema.ts";
import type { alarmTexts } from "./texts.ts";

export interface Mistake {
  field: string;
  detail: string;
}
export interface Shown {
  t: ReturnType<typeof alarmTexts.in>;
  here: Here;
  lang: Lang;
  csrf: string;
}

const stateOf = ({ t }: Shown, { state, seenBy }: Alarm) =>
  state === "closed" ? (
    <Tag kind="success">{t("isClosed")}</Tag>
  ) : (
    <Tag kind={seenBy ? "warning" : "error"}>{t(seenBy ? "isSeen" : "isOpen")}</Tag>
  );

interface ListProps {
  s: Shown;
  alarms: readonly Alarm[];
  next?: string;
  isClosed: boolean;
}

export function AlarmsPage({ s, alarms, next, isClosed }: ListProps) {
  const { t, here, lang } = s;
  const path = `/staff/alarms${isClosed ? "?state=closed" : ""}`;
  return (
    <>
      {alarms.length === 0 ? (
        <p>{t(isClosed ? "noneClosed" : "none")}</p>
      ) : (
        <Table
          caption={t(isClosed ? "closed" : "open")}
          head={[t("what"), t("says"), t("since"), t("state")]}
          rows={alarms.map((alarm) => [
            <a href={here.url(`/staff/alarms/${alarm.id}`)}>{t(alarm.kind)}</a>,
            saysOf(alarm, here.city, lang),
            cityMoment(alarm.since, s),
            stateOf(s, alarm),
          ])}
        />
      )}
      {next && (
        <Pager next={[here.url(`${path}${isClosed ? "&" : "?"}cursor=${encodeURIComponent(next)}`), t("older")]} />
      )}
      <Actions>
        <LinkButton second href={here.url(isClosed ? "/staff/alarms" : "/staff/alarms?state=closed")}>
          {t(isClosed ? "open" : "closed")}
        </LinkButton>
        <LinkButton second href={here.url("/staff/alarms/rule")}>
          {t("rule")}
        </LinkButton>
      </Actions>
    </>
  );
}

interface OneProps {
  s: Shown;
  alarm: Alarm;
  me: string;
  mistakes: readonly Mistake[];
}

export function AlarmPage({ s, alarm, me, mistakes }: OneProps) {
  const { t, here, lang, csrf } = s;
  const { id, state, since, seenBy, closedBy, closedAt, note, facts } = alarm;
  const at = `/staff/alarms/${id}`;
  const items: [Child, Child][] = [
    [t("since"), cityMoment(since, s)],
    [t("state"), stateOf(s, alarm)],
    ...(facts.person ? [[t("person"), <StaffName here={here} id={facts.person} />] as [Child, Child]] : []),
    ...(seenBy ? [[t("seenBy"), <StaffName here={here} id={seenBy} />] as [Child, Child]] : []),
    ...(closedAt ? [[t("closedAt"), cityMoment(closedAt, s)] as [Child, Child]] : []),
    ...(state === "closed"
      ? [[t("closedBy"), closedBy ? <StaffName here={here} id={closedBy} /> : t("overItself")] as [Child, Child]]
      : []),
    ...(note ? [[t("note"), note] as [Child, Child]] : []),
    [t("number"), <code>{id}</code>],
  ];
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <p>{saysOf(alarm, here.city, lang)}</p>
      <Facts items={items} />
      <Actions>
        <LinkButton href={here.url(pathOf(alarm))}>{t("look")}</LinkButton>
        {state === "open" && seenBy === undefined && (
          <Form action={here.url(`${at}/seen`)} csrf={csrf} submit={t("seen")} />
        )}
      </Actions>
      {state === "open" &&
        (facts.person === me ? (
          <Notice kind="info">{t("notYours")}</Notice>
        ) : (
          <>
            <h2>{t("close")}</h2>
            <Form action={here.url(`${at}/closing`)} csrf={csrf} submit={t("close")}>
              <Field
                label={t("note")}
                hint={t("noteHint")}
                name="note"
                type="textarea"
                maxlength={300}
                required
                error={mistakes.find(({ field }) => field === "note")?.detail}
              />
            </Form>
          </>
        ))}
    </>
  );
}

interface RuleProps {
  s: Shown;
  fields: Record<string, string>;
  mayKeep: boolean;
  isKept: boolean;
  mistakes: readonly Mistake[];
}

export function RulePage({ s, fields, mayKeep, isKept, mistakes }: RuleProps) {
  const { t, here, csrf } = s;
  const { currency } = here.city;
  const ask = (name: string, label: string, hint?: string) => (
    <Field
      {...{ name, label }}
      {...(hint ? { hint } : {})}
      inputmode={hint?.includes(currency) ? "decimal" : "numeric"}
      maxlength={30}
      value={fields[name]}
      error={mistakes.find(({ field }) => field === name)?.detail}
    />
  );
  const hints: Partial<Record<string, string>> = { personWeekCount: t("personHint"), soonMinutes: t("zeroHint") };
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {isKept && <Notice kind="success">{t("ruleKept")}</Notice>}
      {mayKeep ? (
        <Form action={here.url("/staff/alarms/rule")} csrf={csrf} submit={t("keep")}>
          <h2>{t("ofRefunds")}</h2>
          {ask("dayAmount", t("dayAmount"), t("inCurrency", { currency }))}
          {NUMBERS.refunds.map((name) => ask(name, t(name), hints[name]))}
          <h2>{t("ofOthers")}</h2>
          {ask("cashDifference", t("cashDifference"), t("inCurrencyCash", { currency }))}
          {ask("suspenseDays", t("suspenseDays"))}
          {NUMBERS.disputes.map((name) => ask(name, t(name)))}
          <Field
            label={t("isMailed")}
            name="isMailed"
            type="checkbox"
            value={fields["isMailed"]}
            options={[["yes", t("isMailedYes")]]}
          />
        </Form>
      ) : (
        <>
          <Notice kind="info">{t("ruleOthers")}</Notice>
          <Facts
            items={(
              ["dayAmount", ...NUMBERS.refunds, "cashDifference", "suspenseDays", ...NUMBERS.disputes] as const
            ).map((name) => [t(name), fields[name] ?? ""])}
          />
        </>
      )}
    </>
  );
}
