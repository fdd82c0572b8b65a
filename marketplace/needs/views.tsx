import { Card, Cards, Facts, Notice, Table, Tag } from "../../shared/components.tsx";
import { longMoment } from "../../shared/dates.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { scopeSays } from "../contract/asks.ts";
import { publisherOf } from "../contract/manifest.ts";
import type { Need } from "../contract/need.ts";
import { inLang } from "../contract/words.ts";
import { Paragraphs, Said } from "../part-views.tsx";
import type { Answered } from "./store.ts";
import { needTexts } from "./texts.ts";
import { whyIn } from "./why.ts";

const TONE = { open: "success", closed: "info", withdrawn: "error" } as const;

export function StateTag({ lang, need, now }: { lang: Lang; need: Need; now: Date }) {
  const t = needTexts.in(lang);
  const isOver = need.state === "open" && need.deadline < now.toISOString();
  return isOver ? <Tag kind="warning">{t("over")}</Tag> : <Tag kind={TONE[need.state]}>{t(need.state)}</Tag>;
}

export function NeedsPage({ lang, needs, now }: { lang: Lang; needs: readonly Need[]; now: Date }) {
  const t = needTexts.in(lang);
  if (needs.length === 0) return <p>{t("none")}</p>;
  return (
    <>
      <Cards>
        {needs.map((need) => (
          <Card href={`/marketplace/needs/${need.name}`} title={inLang(need.title, lang)}>
            <p>
              {publisherOf(need.name)} · <StateTag {...{ lang, need, now }} />
            </p>
            <p>{t("until", { date: longMoment(need.deadline, lang) })}</p>
          </Card>
        ))}
      </Cards>
      <p>
        <a href="/marketplace/v1/needs">JSON</a>
      </p>
    </>
  );
}

interface NeedProps {
  lang: Lang;
  need: Need;
  answers: readonly Answered[];
  now: Date;
}

export function NeedPage({ lang, need, answers, now }: NeedProps) {
  const t = needTexts.in(lang);
  const { amountMinor, currency } = need.budget;
  return (
    <>
      <p>
        <StateTag {...{ lang, need, now }} />
      </p>
      <Paragraphs words={need.promise} lang={lang} />
      <Facts
        items={[
          [t("city"), <a href={`/marketplace/parties/${publisherOf(need.name)}`}>{publisherOf(need.name)}</a>],
          [t("budget"), formatMoney(amountMinor, currency, lang)],
          [t("deadline"), longMoment(need.deadline, lang)],
        ]}
      />
      <h2>{t("grants")}</h2>
      {need.scopes.length === 0 ? (
        <p>{t("grantsNothing")}</p>
      ) : (
        <ul>
          {need.scopes.map(({ scope, purpose }) => (
            <li>
              {scopeSays(scope, lang)} (<code>{scope}</code>): <Said words={purpose} lang={lang} />
            </li>
          ))}
        </ul>
      )}
      <h2>{t("answers")}</h2>
      {answers.length === 0 && <p>{t("noAnswers")}</p>}
      {answers.map((one) => (
        <AnswerShown {...{ lang, one }} />
      ))}
      <h2>{t("cases")}</h2>
      <p>{t("casesLead")}</p>
      {need.cases.map((one) => (
        <details>
          <summary>
            {one.name} · {t(one.kind)}
          </summary>
          <pre dir="ltr">{JSON.stringify(one, null, 1).slice(0, 1_500)}</pre>
        </details>
      ))}
      {need.state === "open" && (
        <>
          <h2>{t("answerIt")}</h2>
          <pre dir="ltr">{`npx hansa need answer ${need.name} --module my-party/my-module --version 1.0.0`}</pre>
        </>
      )}
      <p>
        <a href={`/marketplace/v1/needs/${need.name}`}>JSON</a>
      </p>
    </>
  );
}

function AnswerShown({ lang, one }: { lang: Lang; one: Answered }) {
  const t = needTexts.in(lang);
  const { answer, cases, beyond } = one;
  return (
    <section>
      <h3>
        <a href={`/marketplace/modules/${answer.module}/${answer.version}`}>
          {answer.module} {answer.version}
        </a>{" "}
        <Tag kind={one.passes ? "success" : "error"}>{t(one.passes ? "passes" : "passesNot")}</Tag>{" "}
        {one.isLate && <Tag kind="warning">{t("late")}</Tag>}
      </h3>
      {answer.says && <Paragraphs words={answer.says} lang={lang} />}
      {beyond.length > 0 && (
        <Notice kind="warning">
          {t("beyond", { scopes: new Intl.ListFormat(lang).format(beyond.map((scope) => scopeSays(scope, lang))) })}
        </Notice>
      )}
      <Table
        caption={t("caseByCase")}
        head={[t("case"), t("outcome"), t("why")]}
        rows={cases.map(({ case: name, passes, why, says }) => [
          name,
          <Tag kind={passes ? "success" : "error"}>{t(passes ? "passes" : "passesNot")}</Tag>,
          whyIn(lang, { says }) ?? (why && <bdi lang="en">{why}</bdi>) ?? "",
        ])}
      />
      <p>
        {t("receivedAt", { date: longMoment(one.receivedAt, lang) })} · <code>{one.digest.slice(0, 19)}…</code>
      </p>
    </section>
  );
}
