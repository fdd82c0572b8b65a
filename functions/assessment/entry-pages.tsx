import type { Context } from "hono";
import { z } from "zod";
import { Field, Form, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { invalid } from "../../shared/errors.ts";
import { form, parsed } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { whoId } from "../../shared/who.ts";
import { accountIdOf, accountsBy } from "../accounts/events.ts";
import { has, KEEPERS, STAFF } from "./access.ts";
import { today } from "./api-rolls.ts";
import { assessmentStore } from "./assessments.ts";
import { attempt, BASE, crumbs, type Given, type Mistake, nameIn, rollCrumb, type Shown, shown } from "./desk.tsx";
import { changeEntry } from "./keeping.ts";
import { Day, type Entry, type FactChange, type Said } from "./schema.ts";
import { rollStore } from "./store.ts";
import { type Column, typedFacts } from "./typing.ts";
import { FactFields, factText, Mistakes, Timeline } from "./views.tsx";

/** A form's facts as a change; the account by its number. @throws {Fault} invalid, by field */
export async function factsTyped(s: Shown, given: Given, withAccount: boolean): Promise<FactChange> {
  const facts = typedFacts((column: Column) => (given[column] ?? "").trim(), s.here.city.currency);
  const number = (given["account"] ?? "").trim();
  if (!withAccount || number === "" || facts.accountId === null) return facts;
  const accountId = await accountIdOf(s.here, number);
  if (!accountId) throw invalid("#/account", "There is no account with this number.");
  return { ...facts, accountId };
}
export const Typed = z.record(z.string(), z.string().max(1_000));

export function entryPages(app: CityApp): void {
  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const store = rollStore(s.here.table);
    const entry = await store.get(c.req.param("id") ?? "");
    const roll = await store.roll(entry.roll);
    const [changes, assessed] = await Promise.all([
      store.changes(entry.id),
      assessmentStore(s.here.table).ofEntry(entry.id),
    ]);
    const told = changes.flatMap(({ said }) => said.filter(({ fact }) => fact === "accountId"));
    const accounts = await accountsBy(s.here, [
      ...entry.spells.map(({ facts }) => facts.accountId),
      ...told.flatMap(({ was, now }) => [was, now]).map((id) => (id === undefined ? undefined : String(id))),
    ]);
    return page(
      c,
      {
        title: s.t("entryTitle", { roll: nameIn(roll.names, s.lang), number: entry.number }),
        crumbs: crumbs(s, rollCrumb(s, roll)),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Timeline {...{ s, accounts }} kind={entry.kind} spells={entry.spells} caption={s.t("timeline")} />
        {assessed.length > 0 && (
          <>
            <h2>{s.t("assessments")}</h2>
            <ul>
              {assessed.map(({ id, period }) => (
                <li>
                  <a href={s.here.url(`${BASE}/assessments/${id}`)}>{period}</a>
                </li>
              ))}
            </ul>
          </>
        )}
        {has(s.who, KEEPERS) && <ChangeForms {...{ s, entry, mistakes, given }} day={today(c)} />}
        <h2>{s.t("history")}</h2>
        <Table
          caption={s.t("history")}
          head={[s.t("when"), s.t("by"), s.a("what")]}
          rows={changes.map(({ at, by, said }) => [
            cityMoment(at, s),
            <StaffName here={s.here} id={by} />,
            <ul>
              {said.map((each) => (
                <li>{saidText(s, each, accounts)}</li>
              ))}
            </ul>,
          ])}
        />
      </>,
    );
  };
  app.get(`${BASE}/entries/:id`, needs(...STAFF), (c) => one(c));
  app.post(`${BASE}/entries/:id/change`, needs(...KEEPERS), (c) =>
    attempt(
      c,
      async () => {
        const given = await form(c, Typed);
        const facts = await factsTyped(shown(c), given, true);
        const { from, to } = parsed(z.object({ from: Day, to: Day.optional() }), given);
        const change = { from, ...(to === undefined ? {} : { to }), facts };
        await changeEntry(c.var.here, c.req.param("id"), change, whoId(c.var.who));
        return `${BASE}/entries/${c.req.param("id")}`;
      },
      (mistakes, given) => one(c, mistakes, given),
    ),
  );
  app.post(`${BASE}/entries/:id/end`, needs(...KEEPERS), (c) =>
    attempt(
      c,
      async () => {
        const change = await form(c, z.strictObject({ endsOn: Day }));
        await changeEntry(c.var.here, c.req.param("id"), change, whoId(c.var.who));
        return `${BASE}/entries/${c.req.param("id")}`;
      },
      (mistakes, given) => one(c, mistakes, given),
    ),
  );
}

/** One thing that a change said: `Area (m²), 2026-01-01: 250 → 300`. */
export function saidText(s: Shown, { fact, from, to, was, now }: Said, accounts: Map<string, string>): string {
  const name = s.a(fact as "zone");
  const days = to === undefined ? from : `${from} – ${to}`;
  if (fact === "endsOn" || fact === "begins") return labelled(s.lang, name, days);
  const text = (value: string | number | undefined) => factText(s, fact as "zone", value, accounts);
  return `${name}, ${days}: ${text(was)} → ${text(now)}`;
}

function ChangeForms({
  s,
  entry,
  mistakes,
  given,
  day,
}: {
  s: Shown;
  entry: Entry;
  mistakes: Mistake[];
  given: Given;
  day: string;
}) {
  const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
  const path = s.here.url(`${BASE}/entries/${entry.id}`);
  return (
    <>
      <h2>{s.t("change")}</h2>
      <p>{s.t("changeLead")}</p>
      <Form action={`${path}/change`} csrf={s.csrf} submit={s.t("save")}>
        <Field
          label={s.a("from")}
          name="from"
          type="date"
          value={given["from"] ?? day}
          error={error("from")}
          required
        />
        <Field label={s.a("to")} hint={s.a("open")} name="to" type="date" value={given["to"]} error={error("to")} />
        <FactFields {...{ s, given, mistakes }} kind={entry.kind} withAccount />
      </Form>
      <h2>{s.t("end")}</h2>
      <Form action={`${path}/end`} csrf={s.csrf} submit={s.t("endDo")}>
        <Field
          label={s.a("endsOn")}
          name="endsOn"
          type="date"
          value={given["endsOn"]}
          error={error("endsOn")}
          required
        />
      </Form>
    </>
  );
}
