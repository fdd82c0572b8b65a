import type { Context } from "hono";
import { z } from "zod";
import { Actions, ErrorSummary, Facts, Field, Form, LinkButton, Pager, Table } from "../../../shared/components.tsx";
import { cityMoment, shortDay } from "../../../shared/dates.ts";
import { fieldMistakes, form, givenIn } from "../../../shared/http.ts";
import { StaffName } from "../../../shared/identity/staff-name.tsx";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { KEEPERS, READERS } from "./api.ts";
import { decide } from "./deciding.ts";
import { estimateFor, findingById, findingList, type List } from "./findings.ts";
import { ReasonField } from "./reason-field.tsx";
import { Decision, type Finding, type NewCorrection } from "./schema.ts";
import { amount, type Shown, shown } from "./shown.ts";

// What waits for a person to say what becomes of it.

const PATH = "/staff/meters/findings";
const LISTS = ["open", "sent", "done"] as const;
/** Facts that are quantities, to be shown in the meter's own unit. */
const QUANTITIES = ["perHour", "limit", "quantity", "usual", "before", "after"];
/** What sets right what a rule found, where a register is in question. */
const EDITS: Partial<Record<Finding["rule"], NewCorrection["kind"]>> = {
  roll_over: "dial",
  exchange: "exchange",
  reversed: "register",
};

export const saysOf = (finding: Finding, s: Shown): string =>
  s.t(
    finding.rule as "range",
    Object.fromEntries(
      Object.entries(finding.facts).map(([name, value]) => [
        name,
        QUANTITIES.includes(name)
          ? amount(Number(value), finding.kind, s)
          : name === "kinds"
            ? kindsOf(String(value), s)
            : String(value),
      ]),
    ) as never,
  );

const kindsOf = (kinds: string, { t, lang }: Shown): string =>
  new Intl.ListFormat(lang).format(kinds.split(",").map((kind) => t(`tamper_${kind}` as "tamper_magnet")));

/** What is decided on, by when it was found: what was found since is another thing. */
const AsShown = Decision.extend({ seen: z.string().max(40).optional() });

const stateOf = ({ state }: Finding, { t }: Shown) => t(state);

export function findingPages(app: CityApp): void {
  app.get(PATH, needs(...READERS), async (c) => {
    const s = shown(c);
    const asked = c.req.query("state");
    const state: List = LISTS.find((one) => one === asked) ?? "open";
    const { findings, next } = await findingList(s.here, state, { limit: 50, cursor: c.req.query("cursor") });
    return page(
      c,
      { title: s.t("findings"), lead: s.t("findingsLead"), crumbs: crumbs(s), wide: true },
      <>
        <Actions>
          {LISTS.filter((one) => one !== state).map((one) => (
            <LinkButton second href={s.here.url(`${PATH}?state=${one}`)}>
              {s.t(one)}
            </LinkButton>
          ))}
          <LinkButton second href={s.here.url("/staff/meters/rules")}>
            {s.t("rules")}
          </LinkButton>
        </Actions>
        {findings.length === 0 ? (
          <p>{s.t("noFindings")}</p>
        ) : (
          <Table
            caption={s.t(state)}
            head={[s.t("day"), s.t("meter"), s.t("found"), s.t("state")]}
            rows={findings.map((finding) => [
              shortDay(finding.day, s.lang),
              <a href={s.here.url(`/meters/${finding.meterId}?month=${finding.day.slice(0, 7)}`)}>{finding.serial}</a>,
              <a href={s.here.url(`${PATH}/${finding.id}`)}>{saysOf(finding, s)}</a>,
              stateOf(finding, s),
            ])}
          />
        )}
        {next && (
          <Pager next={[s.here.url(`${PATH}?state=${state}&cursor=${encodeURIComponent(next)}`), s.t("next")]} />
        )}
      </>,
    );
  });

  const one = async (c: Context<CityEnv>, id: string, given: Record<string, string> = {}, error?: unknown) => {
    const s = shown(c);
    const finding = await findingById(s.here, id);
    const mistakes = error === undefined ? [] : fieldMistakes(error);
    const status = mistakes.length > 0 ? 422 : 200;
    return page(
      c,
      { title: s.t("findings"), crumbs: [...crumbs(s), [s.t("findings"), s.here.url(PATH)]], status },
      <FindingPage {...{ s, finding, given, mistakes }} mayDecide={mayDecide(c)} />,
    );
  };
  app.get(`${PATH}/:id`, needs(...READERS), (c) => one(c, c.req.param("id")));
  app.post(`${PATH}/:id`, needs(...KEEPERS), async (c) => {
    try {
      await decide(c.var.here, c.req.param("id"), await form(c, AsShown), whoId(c.var.who));
      return c.redirect(c.var.here.url(PATH), 303);
    } catch (error) {
      return one(c, c.req.param("id"), await givenIn(c), error);
    }
  });
}

const crumbs = (s: Shown): [string, string][] => [
  [s.t("console"), s.here.url("/staff")],
  [s.t("meters"), s.here.url("/staff/meters")],
];
const mayDecide = ({ var: { who } }: Context<CityEnv>): boolean =>
  who.kind === "person" && KEEPERS.some((role) => who.roles.includes(role));

interface Props {
  s: Shown;
  finding: Finding;
  given: Record<string, string>;
  mistakes: readonly { field: string; detail: string }[];
  mayDecide: boolean;
}

function FindingPage({ s, finding, given, mistakes, mayDecide }: Props) {
  const { t, here } = s;
  const isOpen = finding.state === "open" || finding.state === "sent";
  const error = (field: string) => mistakes.find((one) => one.field === field)?.detail;
  const kind = EDITS[finding.rule] ?? "values";
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <p>{saysOf(finding, s)}</p>
      <Facts
        items={[
          [
            t("meter"),
            <a href={here.url(`/meters/${finding.meterId}?month=${finding.day.slice(0, 7)}`)}>{finding.serial}</a>,
          ],
          [t("day"), shortDay(finding.day, s.lang)],
          [t("from"), cityMoment(finding.from, s)],
          [t("to"), cityMoment(finding.to, s)],
          [t("state"), stateOf(finding, s)],
          ...(finding.reason ? [[t("reason"), finding.reason] as const] : []),
          ...(finding.by ? [[t("decidedBy"), <StaffName here={here} id={finding.by} />] as const] : []),
        ]}
      />
      {isOpen && mayDecide && (
        <>
          <h2>{t("decide")}</h2>
          <Form action={here.url(`${PATH}/${finding.id}`)} csrf={s.csrf} submit={t("decideDo")}>
            <input type="hidden" name="seen" value={finding.foundAt} />
            <Field
              label={t("decide")}
              name="outcome"
              type="radio"
              value={given["outcome"] ?? ""}
              error={error("outcome")}
              options={[
                ["accepted", t("sayAccepted")],
                ...(estimateFor(finding) ? [["estimated", t("sayEstimated")] as const] : []),
                ["sent", t("saySent")],
              ]}
            />
            <ReasonField s={s} value={given["reason"]} error={error("reason")} />
          </Form>
          <Actions>
            <LinkButton
              second
              href={here.url(`/staff/meters/${finding.meterId}/corrections?kind=${kind}&finding=${finding.id}`)}
            >
              {t("setRight")}
            </LinkButton>
          </Actions>
        </>
      )}
    </>
  );
}
