import type { Child } from "hono/jsx";
import type { Transition } from "../../marketplace/contract/procedure.ts";
import { stateOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { Actions, Facts, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment, shortDay } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Opened } from "./filling.ts";
import type { Offered } from "./offered.ts";
import { clockOf } from "./queue.ts";
import type { Did, OwnProcedure } from "./schema.ts";
import { answerSays, askedAnswers, Said, type Shown, titleIn } from "./shown.tsx";
import type { procedureStaffTexts } from "./staff-texts.ts";
import { WAITING, type Waiting } from "./store.ts";
import { type Mistake, Mistakes } from "./views.tsx";

export interface StaffShown extends Shown {
  st: ReturnType<typeof procedureStaffTexts.in>;
  me: string;
  mayDecide: boolean;
  mayErase: boolean;
}

interface QueueProps {
  s: StaffShown;
  rows: readonly Opened[];
  offered: readonly Offered[];
  waits: Waiting;
  procedure: string | undefined;
  isLate: boolean;
  next: string | undefined;
}
export function QueuePage({ s, rows, offered, waits, procedure, isLate, next }: QueueProps) {
  const { st, here, lang } = s;
  const query = new URLSearchParams({
    waits,
    ...(procedure ? { procedure } : {}),
    ...(isLate ? { late: "yes" } : {}),
    ...(next ? { cursor: next } : {}),
  });
  const named = new Map(offered.map(({ definition }) => [definition.key, titleIn(definition, lang)]));
  return (
    <>
      <Form action={here.url("/staff/procedures")} csrf="" method="get" class="inline" submit={st("show")}>
        <Field
          label={st("whose")}
          name="waits"
          type="select"
          value={waits}
          options={WAITING.map((each) => [each, st(`waits.${each}`)])}
        />
        <Field
          label={st("procedure")}
          name="procedure"
          type="select"
          value={procedure}
          options={[["", st("all")], ...named]}
        />
        <Field
          label={st("filter")}
          name="late"
          type="checkbox"
          value={isLate ? "yes" : ""}
          options={[["yes", st("onlyLate")]]}
        />
      </Form>
      {rows.length === 0 ? (
        <p>{st("none")}</p>
      ) : (
        <Table
          caption={st(`waits.${waits}`)}
          head={[st("reference"), st("procedure"), st("state"), st("handedIn"), st("due")]}
          rows={rows.map(({ kase, definition }) => [
            <a href={here.url(`/staff/procedures/cases/${kase.id}`)}>
              <bdi dir="ltr">{kase.reference}</bdi>
            </a>,
            titleIn(definition, lang),
            <>
              <Said words={stateOf(definition.part, kase.state!)!.title} lang={lang} />{" "}
              {kase.proposal && <Tag kind="warning">{st("secondNeeded")}</Tag>}{" "}
              {kase.unpaidSince && <Tag kind="error">{st("feeDue")}</Tag>}
            </>,
            cityMoment(kase.submittedAt!, s),
            <Due {...{ s, kase }} />,
          ])}
        />
      )}
      {next && <Pager next={[here.url(`/staff/procedures?${query}`), st("next")]} />}
      <p>
        <a href={here.url(`/staff/procedures/cases.csv${procedure ? `?procedure=${procedure}` : ""}`)}>{st("csv")}</a>
      </p>
      <p>
        <a href={here.url("/staff/procedures/own")}>{st("own")}</a>
      </p>
    </>
  );
}

function Due({ s, kase }: { s: StaffShown; kase: Opened["kase"] }) {
  if (kase.waits === "nobody" || kase.dueOn === undefined) return null;
  const clock = clockOf(s.here, kase);
  return (
    <>
      {shortDay(kase.dueOn, s.lang)} {clock === "overdue" && <Tag kind="error">{s.st("overdue")}</Tag>}
      {clock === "today" && <Tag kind="warning">{s.st("dueToday")}</Tag>}
    </>
  );
}

interface CaseProps {
  s: StaffShown;
  of: Opened;
  timeline: readonly Did[];
  /** How staff is named who did something. */
  nameOf: (id: string) => string;
  bill: { reference: string; totalMinor: number; dueMinor: number; currency: string } | undefined;
  moves: readonly Transition[];
  mistakes: readonly Mistake[];
  given: Record<string, string>;
}
export function CasePage({ s, of, timeline, nameOf, bill, moves, mistakes, given }: CaseProps) {
  const { st, t, here, lang } = s;
  const { kase, definition } = of;
  const path = here.url(`/staff/procedures/cases/${kase.id}`);
  const money = (minor: number, currency: string) => formatMoney(minor, currency, lang);
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      <Facts
        items={[
          [st("state"), <Said words={stateOf(definition.part, kase.state!)!.title} lang={lang} />],
          [st("handedIn"), cityMoment(kase.submittedAt!, s)],
          ...(kase.dueOn && kase.waits !== "nobody" ? [[st("due"), <Due {...{ s, kase }} />] as const] : []),
          [st("contact"), <bdi dir="ltr">{kase.contact ?? st("contactNone")}</bdi>],
          [st("version"), [definition.module, definition.version].filter(Boolean).join(" ")],
          ...(kase.fee && definition.part.fee
            ? [[st("fee"), money(kase.fee.totalMinor, kase.fee.currency)] as const]
            : []),
          ...(bill ? [[st("bill"), `${bill.reference} · ${money(bill.dueMinor, bill.currency)}`] as const] : []),
          ...kase.papers.map(
            (issued) =>
              [
                inLang(definition.part.papers.find(({ id }) => id === issued.paper)!.title, lang),
                issued.number,
              ] as const,
          ),
        ]}
      />
      {kase.unpaidSince && (
        <>
          <Notice kind="error">{st("unpaid")}</Notice>
          {s.mayDecide && <Form action={`${path}/seen`} csrf={s.csrf} submit={st("seen")} />}
        </>
      )}
      {kase.fee?.paidAt && timeline.some(({ what }) => what === "paid_late") && (
        <Notice kind="warning">{st("paidLate")}</Notice>
      )}
      {kase.erasedAt ? (
        <Notice kind="info">{st("erased")}</Notice>
      ) : (
        <Table
          caption={st("answers")}
          head={[t("question"), t("answer")]}
          rows={askedAnswers(here, of).map(([question, answer]) => [
            <Said words={question.title} lang={lang} />,
            answerSays(question, answer, s, `${path}/files/${question.id}`),
          ])}
        />
      )}
      {kase.proposal && <Proposal {...{ s, of, path }} />}
      {!kase.proposal && moves.length > 0 && (
        <>
          <h2>{st("decide")}</h2>
          {moves.map((move) => (
            <MoveForm {...{ s, move, path, mistakes, given }} />
          ))}
        </>
      )}
      <Timeline {...{ s, of, timeline, nameOf }} />
      {s.mayErase && kase.waits === "nobody" && !kase.erasedAt && (
        <details>
          <summary>{st("erase")}</summary>
          <p>{st("eraseLead")}</p>
          <Form action={`${path}/erasure`} csrf={s.csrf} submit={st("erase")} />
        </details>
      )}
    </>
  );
}

function Proposal({ s, of: { kase, definition }, path }: { s: StaffShown; of: Opened; path: string }) {
  const { st, lang } = s;
  const { transition, by, at, reason, note } = kase.proposal!;
  const move = definition.part.transitions.find(({ id }) => id === transition)!;
  const title = inLang(move.title, lang);
  const why = move.reasons.find(({ id }) => id === reason)?.title;
  return (
    <>
      <h2>{st("proposal", { move: title })}</h2>
      {why && (
        <p>
          <Said words={why} lang={lang} />
        </p>
      )}
      {note && (
        <p>
          <q dir="auto">{note}</q>
        </p>
      )}
      {s.mayDecide && (
        <Actions>
          {by === s.me ? (
            <p>{st("ownProposal")}</p>
          ) : (
            <Form action={`${path}/agreement`} csrf={s.csrf} submit={st("agree", { move: title })}>
              <input type="hidden" name="seen" value={at} />
            </Form>
          )}
          <Form action={`${path}/dropping`} csrf={s.csrf} submit={st("drop")}>
            <input type="hidden" name="seen" value={at} />
          </Form>
        </Actions>
      )}
    </>
  );
}

interface MoveProps {
  s: StaffShown;
  move: Transition;
  path: string;
  mistakes: readonly Mistake[];
  given: Record<string, string>;
}
/** Every way on lies folded, so that none is taken by a slip of the hand. */
function MoveForm({ s, move, path, mistakes, given }: MoveProps) {
  const { st, lang } = s;
  const title = inLang(move.title, lang);
  const error = (name: string) => mistakes.find(({ field }) => field === `${name}-${move.id}`)?.detail;
  const isSent = error("reason") !== undefined || error("note") !== undefined;
  const typed = (name: string) => (isSent ? given[name] : undefined);
  return (
    <details open={isSent}>
      <summary>{title}</summary>
      {move.by === "two_agents" && <p>{st("needsTwo")}</p>}
      <Form action={`${path}/moves/${move.id}`} csrf={s.csrf} submit={title}>
        {move.reasons.length > 0 && (
          <Field
            label={st("reason")}
            name="reason"
            id={`reason-${move.id}`}
            type="radio"
            value={typed("reason")}
            error={error("reason")}
            options={move.reasons.map((reason) => [reason.id, inLang(reason.title, lang)])}
          />
        )}
        {move.note !== "none" && (
          <Field
            label={st("note")}
            name="note"
            id={`note-${move.id}`}
            type="textarea"
            value={typed("note")}
            error={error("note")}
            required={move.note === "required"}
            maxlength={1_000}
          />
        )}
      </Form>
    </details>
  );
}

function Timeline({ s, of: { definition }, timeline, nameOf }: Pick<CaseProps, "s" | "of" | "timeline" | "nameOf">) {
  const { st, lang } = s;
  const move = (id: string | undefined) => definition.part.transitions.find((one) => one.id === id);
  const who = ({ by }: Did): Child =>
    by === "applicant" || by === "payment" || by === "deadline" ? st(`by.${by}`) : <bdi>{nameOf(by)}</bdi>;
  const said = ({ transition, reason, note, changed }: Did): Child => {
    const why = move(transition)?.reasons.find(({ id }) => id === reason)?.title;
    const questions = (changed ?? []).map((id) => definition.part.questions.find((one) => one.id === id));
    return (
      <>
        {why && <Said words={why} lang={lang} />} {note && <q dir="auto">{note}</q>}{" "}
        {questions.length > 0 &&
          st("changed", { questions: questions.map((one) => (one ? inLang(one.title, lang) : "")).join("; ") })}
      </>
    );
  };
  return (
    <Table
      caption={st("timeline")}
      head={[st("when"), st("what"), st("who"), st("said")]}
      rows={timeline.map((did) => {
        const title = move(did.transition)?.title;
        const what = `did.${did.what}` as const;
        return [cityMoment(did.at, s), st(what, { move: title ? inLang(title, lang) : "" }), who(did), said(did)];
      })}
    />
  );
}

interface OwnProps {
  s: StaffShown;
  own: readonly OwnProcedure[];
  ofModules: readonly Offered[];
}
export function OwnPage({ s, own, ofModules }: OwnProps) {
  const { st, here, lang } = s;
  const write = (from: string) => here.url(`/staff/procedures/own/write?from=${from}`);
  return (
    <>
      <Table
        caption={st("own")}
        head={[st("procedure"), st("from"), st("state")]}
        rows={[
          ...own.map(({ part, isOpen }) => [
            <a href={write(part.id)}>{inLang(part.title, lang)}</a>,
            st("fromCity"),
            <Tag kind={isOpen ? "success" : "info"}>{st(isOpen ? "isOpen" : "isClosed")}</Tag>,
          ]),
          ...ofModules.map(({ definition, lacksPrice }) => [
            titleIn(definition, lang),
            `${definition.module} ${definition.version}`,
            <>
              {lacksPrice ? st("lacksPrice") : <Tag kind="success">{st("isOpen")}</Tag>}{" "}
              <a href={write(definition.key)}>{st("copy")}</a>
            </>,
          ]),
        ]}
      />
      <Actions>
        <LinkButton href={here.url("/staff/procedures/own/write")}>{st("ownNew")}</LinkButton>
      </Actions>
    </>
  );
}

interface OwnFormProps {
  s: StaffShown;
  json: string;
  isOpen: boolean;
  /** Which it changes; 0 of a new one. */
  revision: string;
  mistakes: readonly Mistake[];
  action: string;
}
export function OwnForm({ s, json, isOpen, revision, mistakes, action }: OwnFormProps) {
  const { st } = s;
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      <Form action={action} csrf={s.csrf} submit={st("keep")}>
        <input type="hidden" name="revision" value={revision} />
        <Field
          label={st("json")}
          hint={st("jsonHint")}
          name="part"
          type="textarea"
          value={json}
          error={mistakes.map(({ detail }) => detail).join(" ") || undefined}
          required
          dir="ltr"
        />
        <Field
          label={st("state")}
          name="isOpen"
          type="checkbox"
          value={isOpen ? "yes" : ""}
          options={[["yes", st("open")]]}
        />
      </Form>
    </>
  );
}
