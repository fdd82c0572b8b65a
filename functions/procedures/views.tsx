import { raw } from "hono/html";
import { renderSVG } from "uqr";
import { nameOf } from "../../marketplace/contract/procedure.ts";
import { stateOf } from "../../marketplace/contract/procedure-engine.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import {
  Actions,
  Card,
  Cards,
  ErrorSummary,
  Facts,
  Field,
  Form,
  LinkButton,
  Notice,
  Table,
} from "../../shared/components.tsx";
import { cityMoment, shortDay } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Opened, Reckoned } from "./filling.ts";
import type { Offered } from "./offered.ts";
import type { Did, IssuedPaper } from "./schema.ts";
import { answerSays, askedAnswers, Said, type Shown, titleIn } from "./shown.tsx";

export type Mistake = { field: string; detail: string };

export const Mistakes = ({ s, mistakes }: { s: Shown; mistakes: readonly Mistake[] }) =>
  mistakes.length > 0 ? <ErrorSummary title={s.t("errors")} errors={mistakes} /> : null;

export function ListPage({ s, offered, isSignedIn }: { s: Shown; offered: readonly Offered[]; isSignedIn: boolean }) {
  const { t, here, lang } = s;
  return (
    <>
      {offered.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Cards>
          {offered.map(({ definition }) => (
            <Card href={here.url(`/procedures/about/${definition.key}`)} title={titleIn(definition, lang)}>
              <p>
                <Said words={definition.part.summary} lang={lang} />
              </p>
            </Card>
          ))}
        </Cards>
      )}
      <h2>{t("goOn")}</h2>
      <p>
        <a href={here.url("/procedures/status")}>{t("goOnLead")}</a>
      </p>
      {isSignedIn && (
        <p>
          <a href={here.url("/procedures/mine")}>{t("mine")}</a>
        </p>
      )}
      <p>
        <a href={here.url("/procedures/papers")}>{t("paperTitle")}</a>
      </p>
    </>
  );
}

export function AboutPage({ s, offered: { definition } }: { s: Shown; offered: Offered }) {
  const { t, here, lang } = s;
  const { part, key } = definition;
  return (
    <>
      {part.needs.length > 0 && (
        <>
          <h2>{t("needs")}</h2>
          <ul>
            {part.needs.map((need) => (
              <li>
                <Said words={need} lang={lang} />
              </li>
            ))}
          </ul>
        </>
      )}
      <p>{t("takes", { minutes: part.minutes })}</p>
      <p>{t(part.fee ? "feeSome" : "feeFree")}</p>
      {Object.keys(definition.prices).length > 0 && (
        <Facts
          items={part.prices.map(({ name, title }) => [
            inLang(title, lang),
            formatMoney(definition.prices[name]!, here.city.currency, lang),
          ])}
        />
      )}
      <p>{t("savedAlways")}</p>
      <Form action={here.url(`/procedures/about/${key}`)} csrf={s.csrf} submit={t("begin")} />
    </>
  );
}

/** How to stop here and go on another day. */
export function Later({ s, url, path, isSent }: { s: Shown; url: string; path: string; isSent: boolean }) {
  const { t } = s;
  return (
    <details open={isSent}>
      <summary>{t("later")}</summary>
      <p>{t("laterLead")}</p>
      <p>
        <a href={url} dir="ltr">
          {url}
        </a>
      </p>
      {isSent && <Notice kind="success">{t("linkSent")}</Notice>}
      <Form action={`${path}/send`} csrf={s.csrf} submit={t("sendLink")}>
        <Field label={t("contactLabel")} name="contact" id="send" required dir="ltr" />
      </Form>
    </details>
  );
}

const feeSays = ({ t, lang }: Shown, { totalMinor, vatMinor, currency }: Reckoned): string => {
  const sum = formatMoney(totalMinor, currency, lang);
  return vatMinor === 0 ? sum : t("feeTotal", { sum, vat: formatMoney(vatMinor, currency, lang) });
};

interface OfCase {
  s: Shown;
  of: Opened;
  path: string;
}

export function Answers({ s, of, path, mayChange }: OfCase & { mayChange: boolean }) {
  const { t, lang, here } = s;
  return (
    <Table
      caption={t("yourAnswers")}
      head={[t("question"), t("answer"), ...(mayChange ? [t("change")] : [])]}
      rows={askedAnswers(here, of).map(([question, answer]) => [
        <Said words={question.title} lang={lang} />,
        answerSays(question, answer, s, `${path}/files/${question.id}`),
        ...(mayChange
          ? [
              <a
                href={`${path}/q/${question.id}`}
                aria-label={t("changeThis", { question: inLang(question.title, lang) })}
              >
                {t("change")}
              </a>,
            ]
          : []),
      ])}
    />
  );
}

export function CheckPage({ s, of, path, fee, moves }: OfCase & { fee: Reckoned; moves: readonly MoveButton[] }) {
  const { t } = s;
  const { kase } = of;
  const isDraft = kase.state === undefined;
  return (
    <>
      <Answers {...{ s, of, path }} mayChange />
      <Facts
        items={[
          [
            t("contactTitle"),
            <>
              <bdi>{kase.contact ?? t("notSaid")}</bdi>{" "}
              <a href={`${path}/contact`} aria-label={t("changeThis", { question: t("contactTitle") })}>
                {t("change")}
              </a>
            </>,
          ],
          ...(of.definition.part.fee ? [[t("fee"), feeSays(s, fee)] as const] : []),
        ]}
      />
      {isDraft ? (
        <Form action={`${path}/submit`} csrf={s.csrf} submit={t("handIn")} />
      ) : (
        <Moves {...{ s, path, moves }} />
      )}
    </>
  );
}

export interface MoveButton {
  id: string;
  title: string;
  isLast: boolean;
}
export const Moves = ({ s, path, moves }: { s: Shown; path: string; moves: readonly MoveButton[] }) => (
  <>
    {moves.map(({ id, title, isLast }) =>
      isLast ? (
        <details>
          <summary>{title}</summary>
          <p>{s.t("sure")}</p>
          <Form action={`${path}/moves/${id}`} csrf={s.csrf} submit={title} />
        </details>
      ) : (
        <Form action={`${path}/moves/${id}`} csrf={s.csrf} submit={title} />
      ),
    )}
  </>
);

interface StatusProps extends OfCase {
  moves: readonly MoveButton[];
  last: Did | undefined;
  dueMinor: number | undefined;
  isNew: boolean;
}
export function StatusPage({ s, of, path, moves, last, dueMinor, isNew }: StatusProps) {
  const { t, lang, here } = s;
  const { kase, definition } = of;
  const { part } = definition;
  const state = stateOf(part, kase.state!)!;
  const reason = part.transitions
    .find(({ id }) => id === last?.transition)
    ?.reasons.find(({ id }) => id === last?.reason)?.title;
  return (
    <>
      {isNew && <Notice kind="success">{t("handedIn")}</Notice>}
      <Facts
        items={[
          [t("yourReference"), <strong dir="ltr">{kase.reference}</strong>],
          [t("yourCode"), <strong dir="ltr">{kase.code}</strong>],
          [t("state"), <Said words={state.title} lang={lang} />],
          [t("since"), cityMoment(kase.since!, s)],
          ...(kase.dueOn && kase.waits !== "nobody" ? [[t("dueBy"), shortDay(kase.dueOn, lang)] as const] : []),
        ]}
      />
      <p>{t("keepThis")}</p>
      <Notice kind={kase.waits === "applicant" || kase.waits === "payment" ? "warning" : "info"}>
        <p>
          <Said words={state.says} lang={lang} />
        </p>
        {reason && (
          <p>
            <Said words={reason} lang={lang} />
          </p>
        )}
        {last?.note && (
          <p>
            {t("theySaid")}: <q dir="auto">{last.note}</q>
          </p>
        )}
      </Notice>
      {kase.waits === "payment" && <Paying {...{ s, of, dueMinor }} />}
      {kase.fee?.paidAt && <p>{t("paid")}</p>}
      {kase.papers.length > 0 && (
        <>
          <h2>{t("papers")}</h2>
          <ul>
            {kase.papers.map((issued) => (
              <li>
                <a href={paperPath(s, issued)}>
                  {t("paperOpen", { title: inLang(part.papers.find(({ id }) => id === issued.paper)!.title, lang) })}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {kase.waits === "applicant" && (
        <Actions>
          <LinkButton href={`${path}/check`}>{t("lookChange")}</LinkButton>
        </Actions>
      )}
      {moves.length > 0 && (
        <>
          <h2>{t("yourMoves")}</h2>
          <Moves {...{ s, path, moves }} />
        </>
      )}
      {kase.erasedAt ? <p>{t("erased")}</p> : <Answers {...{ s, of, path }} mayChange={false} />}
      <p>
        <a href={here.url("/procedures")}>{t("title")}</a>
      </p>
    </>
  );
}

export const paperPath = ({ here }: Pick<Shown, "here">, { number, code }: IssuedPaper): string =>
  here.url(`/procedures/papers/${number}?code=${code}`);

function Paying({ s, of: { kase }, dueMinor }: { s: Shown; of: Opened; dueMinor: number | undefined }) {
  const { t, here, lang } = s;
  const { fee } = kase;
  if (!fee?.billReference || dueMinor === undefined) return <p>{t("payWait")}</p>;
  const sum = formatMoney(dueMinor, fee.currency, lang);
  return (
    <>
      <p>{t("payLead", { sum, reference: fee.billReference })}</p>
      <Actions>
        <LinkButton href={here.url(`/pay?reference=${fee.billReference}`)}>{t("pay", { sum })}</LinkButton>
      </Actions>
    </>
  );
}

interface PaperProps {
  s: Shown;
  of: Opened;
  issued: IssuedPaper;
  today: string;
  /** Who came with its code sees what stands on it; else only whether it holds. */
  isWhole: boolean;
  url: string;
}
export function PaperPage({ s, of, issued, today, isWhole, url }: PaperProps) {
  const { t, lang, here } = s;
  const paper = of.definition.part.papers.find(({ id }) => id === issued.paper)!;
  const { from, until, revokedOn } = issued;
  const holds = revokedOn
    ? (["error", t("paperRevoked", { day: shortDay(revokedOn, lang) })] as const)
    : today < from
      ? (["warning", t("paperNotYet")] as const)
      : until !== undefined && today > until
        ? (["error", t("paperEnded")] as const)
        : (["success", t("paperGenuine")] as const);
  const answers = new Map(
    askedAnswers(here, of).map(([question, answer]) => [question.id, [question, answer] as const]),
  );
  return (
    <>
      <Notice kind={holds[0]}>{holds[1]}</Notice>
      <Facts
        items={[
          [t("paperNumber"), <strong dir="ltr">{issued.number}</strong>],
          [t("paperBy"), here.city.name],
          [t("paperIssued"), shortDay(issued.issuedOn, lang)],
          [t("paperFrom"), shortDay(from, lang)],
          [t("paperUntil"), until === undefined ? t("paperGood") : shortDay(until, lang)],
          ...(isWhole
            ? paper.shows.flatMap((id) => {
                const shown = answers.get(id);
                return shown
                  ? [[capital(inLang(nameOf(shown[0]), lang), lang), answerSays(shown[0], shown[1], s)] as const]
                  : [];
              })
            : []),
        ]}
      />
      {isWhole && (
        <>
          <p>
            <Said words={paper.says} lang={lang} />
          </p>
          <figure class="qr">
            {raw(renderSVG(url, { border: 2, ecc: "M" }))}
            <figcaption>{t("paperCheck")}</figcaption>
          </figure>
        </>
      )}
    </>
  );
}

/** Names of questions stand within sentences too; on a paper each begins a line. */
const capital = (words: string, lang: Shown["lang"]) => words.charAt(0).toLocaleUpperCase(lang) + words.slice(1);
