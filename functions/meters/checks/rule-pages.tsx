import type { Context } from "hono";
import { z } from "zod";
import { Actions, ErrorSummary, Field, Form, LinkButton, Table } from "../../../shared/components.tsx";
import { shortDay } from "../../../shared/dates.ts";
import type { Fault } from "../../../shared/errors.ts";
import { fieldMistakes, form, givenIn, parsed } from "../../../shared/http.ts";
import { StaffName } from "../../../shared/identity/staff-name.tsx";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { dayOf } from "../../../shared/time.ts";
import { whoId } from "../../../shared/who.ts";
import { Kind } from "../schema.ts";
import { READERS } from "./api.ts";
import { ruleSetOn, ruleSets, setRules } from "./rules.ts";
import { NewRuleSet, RuleName, type RuleSet, type Rules } from "./schema.ts";
import { decimalTyped, type Shown, shown } from "./shown.ts";

// The rules by which a city's readings are judged.

const PATH = "/staff/meters/rules";
/** The numbers of a rule, as fields of the form. */
const NUMBERS = {
  mostPerHour: ["range", "mostPerHour"],
  times: ["spike", "times"],
  leastPerHour: ["spike", "leastPerHour"],
  zeroHours: ["zero_run", "hours"],
  shiftHours: ["clock_shift", "hours"],
} as const satisfies Record<string, readonly [RuleName, string]>;
const NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

const Number_ = z.string().max(20).optional();
const Typed = z.strictObject({
  kind: Kind,
  from: z.string().max(10).optional(),
  on: z.union([z.string(), z.array(z.string())]).optional(),
  ...{ mostPerHour: Number_, times: Number_, leastPerHour: Number_, zeroHours: Number_, shiftHours: Number_ },
});

/** A set as it is typed: which rules are on, and their numbers. @throws {Fault} invalid, by rule */
function setFrom({ kind, from, on, ...numbers }: z.infer<typeof Typed>): NewRuleSet {
  const isOn = [on ?? []].flat();
  const rules: Record<string, Record<string, unknown>> = Object.fromEntries(
    RuleName.options.map((name) => [name, { isOn: isOn.includes(name) }]),
  );
  for (const name of NAMES) {
    const [rule, number] = NUMBERS[name];
    rules[rule]![number] = numbers[name] === undefined ? undefined : Number(decimalTyped(numbers[name]));
  }
  return parsed(NewRuleSet, { from, [kind]: rules });
}

/** A pointer such as `#/water/spike/times` belongs to that number's field. */
function mistakesOf(error: unknown): { field: string; detail: string }[] {
  const mistakes = fieldMistakes(error);
  const errors = (error as Fault).members.errors ?? [];
  return mistakes.map(({ field, detail }, i) => {
    const [, , rule, number] = errors[i]?.pointer.split("/") ?? [];
    const name = NAMES.find((one) => NUMBERS[one][0] === rule && NUMBERS[one][1] === number);
    return { field: name ?? field, detail };
  });
}

const numberOf = (rules: Rules, name: keyof typeof NUMBERS): number => {
  const [rule, number] = NUMBERS[name];
  return (rules[rule] as unknown as Record<string, number>)[number]!;
};

export function rulePages(app: CityApp): void {
  const desk = async (c: Context<CityEnv>, given: Record<string, string> = {}, error?: unknown) => {
    const s = shown(c);
    const { here, t } = s;
    const { who } = c.var;
    const sets = await ruleSets(here);
    const today = dayOf(here.clock.now(), here.city.timeZone);
    const now = ruleSetOn(sets, today);
    const kind = Kind.safeParse(given["kind"] ?? c.req.query("kind")).data ?? "electricity";
    const mistakes = error === undefined ? [] : mistakesOf(error);
    const maySet = who.kind === "person" && who.roles.includes("administrator");
    return page(
      c,
      {
        title: t("rules"),
        lead: t("rulesLead"),
        crumbs: [
          [t("console"), here.url("/staff")],
          [t("meters"), here.url("/staff/meters")],
          [t("findings"), here.url("/staff/meters/findings")],
        ],
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
        <RuleTable s={s} set={now} />
        {maySet && (
          <>
            <h2>{t("newSet", { kind: t(kind) })}</h2>
            <Actions>
              {Kind.options
                .filter((one) => one !== kind)
                .map((one) => (
                  <LinkButton second href={here.url(`${PATH}?kind=${one}`)}>
                    {t(one)}
                  </LinkButton>
                ))}
            </Actions>
            <Form action={here.url(PATH)} csrf={s.csrf} submit={t("newSet", { kind: t(kind) })}>
              <input type="hidden" name="kind" value={kind} />
              <Field
                label={t("fromDay")}
                name="from"
                type="date"
                value={given["from"] ?? today}
                error={mistakes.find(({ field }) => field === "from")?.detail}
              />
              <Field
                label={t("offRules")}
                name="on"
                type="checkbox"
                value={RuleName.options.filter((name) => now[kind][name].isOn).join(",")}
                options={RuleName.options.map((name) => [name, t(`r_${name}`)] as const)}
              />
              {NAMES.map((name) => (
                <Field
                  label={t(name)}
                  name={name}
                  inputmode="numeric"
                  value={given[name] ?? String(numberOf(now[kind], name))}
                  error={mistakes.find(({ field }) => field === name)?.detail}
                />
              ))}
            </Form>
          </>
        )}
        <Table
          caption={t("history")}
          head={[t("rules"), t("by"), t("at")]}
          rows={sets.map((set) => [
            t("ruleSet", { version: set.version, from: shortDay(set.from, s.lang) }),
            set.setBy ? <StaffName here={here} id={set.setBy} /> : t("theHouse"),
            set.setAt ? shortDay(dayOf(new Date(set.setAt), here.city.timeZone), s.lang) : "",
          ])}
        />
      </>,
    );
  };
  app.get(PATH, needs(...READERS), (c) => desk(c));
  app.post(PATH, needs("administrator"), async (c) => {
    try {
      await setRules(c.var.here, setFrom(await form(c, Typed)), whoId(c.var.who));
      return c.redirect(c.var.here.url(PATH), 303);
    } catch (error) {
      return desk(c, await givenIn(c), error);
    }
  });
}

/** The rules of all kinds side by side. */
function RuleTable({ s, set }: { s: Shown; set: RuleSet }) {
  const { t, lang } = s;
  const number = new Intl.NumberFormat(lang);
  const cell = (rules: Rules, name: RuleName) => {
    const { isOn, ...numbers } = rules[name] as { isOn: boolean } & Record<string, number>;
    if (!isOn) return t("off");
    return (
      Object.values(numbers)
        .map((one) => number.format(one))
        .join(" · ") || t("isOn")
    );
  };
  return (
    <Table
      caption={t("ruleSet", { version: set.version, from: shortDay(set.from, s.lang) })}
      head={[t("rule"), ...Kind.options.map((kind) => t(kind))]}
      rows={RuleName.options.map((name) => [t(`r_${name}`), ...Kind.options.map((kind) => cell(set[kind], name))])}
    />
  );
}
