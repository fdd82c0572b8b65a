import type { Context } from "hono";
import { Actions, Card, Cards, Field, Form, LinkButton, Pager, Table } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { LANGS } from "../../shared/texts.ts";
import { whoId } from "../../shared/who.ts";
import { accountsBy } from "../accounts/events.ts";
import { has, KEEPERS, MONEY, STAFF } from "./access.ts";
import { EntryQuery, filterOf, sendCsv, today } from "./api-rolls.ts";
import {
  attempt,
  BASE,
  crumbs,
  type Given,
  type Mistake,
  nameIn,
  rollCrumb,
  rollPath,
  type Shown,
  shown,
} from "./desk.tsx";
import { KINDS } from "./domain.ts";
import { factsTyped, Typed } from "./entry-pages.tsx";
import { filePages } from "./file-pages.tsx";
import { addEntry } from "./keeping.ts";
import { NewEntry, NewRoll, RollKind } from "./schema.ts";
import { rollStore } from "./store.ts";
import { rollKindName } from "./texts.ts";
import { factsOn } from "./timeline.ts";
import { FactFields, factText, knownText, languageName, Mistakes } from "./views.tsx";

const ENTRIES_A_PAGE = 50;
const IMPORTS_SHOWN = 5;

export function rollPages(app: CityApp): void {
  const store = (c: Context<CityEnv>) => rollStore(c.var.here.table);

  const home = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const rolls = await store(c).rolls();
    const links = [
      ...([
        ["runs", "/runs"],
        ["corrections", "/adjustments"],
        ["claims", "/claims"],
        ["dues", "/dues"],
        ["fees", "/fees"],
      ] as const),
    ];
    return page(
      c,
      {
        title: s.t("title"),
        lead: s.t("lead"),
        crumbs: crumbs(s).slice(0, 1),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Cards>
          {links.map(([name, path]) => (
            <Card href={s.here.url(BASE + path)} title={s.t(name)} />
          ))}
        </Cards>
        <h2>{s.t("rolls")}</h2>
        {rolls.length === 0 && <p>{s.t("noRolls")}</p>}
        <Cards>
          {rolls.map((roll) => (
            <Card href={s.here.url(rollPath(roll.code))} title={nameIn(roll.names, s.lang)} level={3}>
              <p>{`${roll.code} · ${rollKindName(roll.kind, s.lang)}`}</p>
            </Card>
          ))}
        </Cards>
        {has(s.who, MONEY) && <NewRollForm {...{ s, mistakes, given }} />}
      </>,
    );
  };
  app.get(BASE, needs(...STAFF), (c) => home(c));
  app.post(`${BASE}/rolls`, needs(...MONEY), (c) =>
    attempt(
      c,
      async () => {
        const { code, kind, ...rest } = await form(c, Typed);
        const names = Object.fromEntries(LANGS.flatMap((lang) => (rest[lang] ? [[lang, rest[lang]]] : [])));
        const roll = parsed(NewRoll, { code, kind, names });
        const made = { ...roll, createdAt: c.var.here.clock.now().toISOString(), createdBy: whoId(c.var.who) };
        await store(c).keepRoll(made);
        return rollPath(roll.code);
      },
      (mistakes, given) => home(c, mistakes, given),
    ),
  );

  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const roll = await store(c).roll(c.req.param("roll") ?? "");
    const asked = EntryQuery.safeParse(c.req.method === "GET" ? c.req.query() : {});
    const query = asked.success ? asked.data : {};
    const day = today(c);
    const at = { limit: ENTRIES_A_PAGE, cursor: c.req.method === "GET" ? c.req.query("cursor") : undefined };
    const { entries, next } = await store(c).list(roll.code, day, filterOf(query), at);
    const accounts = await accountsBy(
      s.here,
      entries.map(({ spells }) => factsOn(spells, day).accountId),
    );
    const imports = await store(c).imports(roll.code, IMPORTS_SHOWN);
    const path = rollPath(roll.code);
    const typed = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Given;
    const more = new URLSearchParams({ ...typed, ...(next ? { cursor: next } : {}) });
    return page(
      c,
      {
        title: nameIn(roll.names, s.lang),
        lead: rollKindName(roll.kind, s.lang),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Actions>
          {has(s.who, KEEPERS) && <LinkButton href={s.here.url(`${path}/new`)}>{s.t("addEntry")}</LinkButton>}
          <LinkButton href={s.here.url(`${path}/rules`)} second>
            {s.t("rules")}
          </LinkButton>
          {roll.kind === "stalls" && (
            <LinkButton href={s.here.url(`${path}/round`)} second>
              {s.t("round")}
            </LinkButton>
          )}
          <LinkButton href={s.here.url(`${path}/csv`)} second>
            {s.t("download")}
          </LinkButton>
        </Actions>
        <Form action={s.here.url(path)} csrf="" method="get" submit={s.t("filter")} class="inline">
          {["number" as const, ...KINDS[roll.kind].groups].map((name) => (
            <Field label={s.a(name)} name={name} value={typed[name]} maxlength={40} />
          ))}
        </Form>
        {entries.length === 0 ? (
          <p>{s.t("noEntries")}</p>
        ) : (
          <Table
            caption={s.t("entries")}
            head={[s.a("number"), s.a("facts"), s.a("accountId")]}
            rows={entries.map((entry) => [
              <a href={s.here.url(`${BASE}/entries/${entry.id}`)}>
                <bdi>{entry.number}</bdi>
              </a>,
              knownText(s, roll.kind, factsOn(entry.spells, day)),
              factText(s, "accountId", factsOn(entry.spells, day).accountId, accounts),
            ])}
          />
        )}
        {next && <Pager next={[s.here.url(`${path}?${more}`), s.t("more")]} />}
        {has(s.who, KEEPERS) && (
          <>
            <h2>{s.t("file")}</h2>
            <p>{s.t("fileLead")}</p>
            <Form
              action={s.here.url(`${path}/uploads`)}
              csrf={s.csrf}
              enctype="multipart/form-data"
              submit={s.t("tryIt")}
            >
              <Field label={s.t("fileAsk")} name="file" type="file" accept=".csv,text/csv" required />
              <Field label={s.t("factsFrom")} hint={s.t("factsFromHint")} name="from" type="date" value={day} />
            </Form>
          </>
        )}
        {imports.length > 0 && (
          <Table
            caption={s.t("imports")}
            head={[s.t("when"), s.t("state"), s.t("newEntries"), s.t("changedEntries"), s.t("unchangedEntries")]}
            numeric={[2, 3, 4]}
            rows={imports.map((one) => [
              <a href={s.here.url(`${BASE}/imports/${one.id}`)}>{cityMoment(one.startedAt, s)}</a>,
              s.t(one.state),
              String(one.added),
              String(one.changed),
              String(one.unchanged),
            ])}
          />
        )}
      </>,
    );
  };
  app.get(`${BASE}/rolls/:roll`, needs(...STAFF), (c) => list(c));
  app.get(`${BASE}/rolls/:roll/csv`, needs(...STAFF), (c) => sendCsv(c, c.req.param("roll")));

  const add = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Given = {}) => {
    const s = shown(c);
    const roll = await store(c).roll(c.req.param("roll") ?? "");
    const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
    return page(
      c,
      { title: s.t("addEntry"), crumbs: crumbs(s, rollCrumb(s, roll)), status: mistakes.length > 0 ? 422 : 200 },
      <>
        <Mistakes {...{ s, mistakes }} />
        <Form action={s.here.url(`${rollPath(roll.code)}/new`)} csrf={s.csrf} submit={s.t("add")}>
          <Field
            label={s.a("number")}
            name="number"
            value={given["number"]}
            error={error("number")}
            required
            maxlength={24}
          />
          <Field
            label={s.a("from")}
            name="from"
            type="date"
            value={given["from"] ?? today(c)}
            error={error("from")}
            required
          />
          <FactFields {...{ s, given, mistakes }} kind={roll.kind} withAccount />
        </Form>
      </>,
    );
  };
  app.get(`${BASE}/rolls/:roll/new`, needs(...KEEPERS), (c) => add(c));
  app.post(`${BASE}/rolls/:roll/new`, needs(...KEEPERS), (c) =>
    attempt(
      c,
      async () => {
        const roll = await store(c).roll(c.req.param("roll"));
        const given = await form(c, Typed);
        const typed = await factsTyped(shown(c), given, true);
        const facts = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== null));
        const asked = parsed(NewEntry, { number: given["number"] ?? "", from: given["from"] ?? "", facts });
        return `${BASE}/entries/${(await addEntry(c.var.here, roll, asked, whoId(c.var.who))).entry.id}`;
      },
      (mistakes, given) => add(c, mistakes, given),
    ),
  );

  filePages(app, list);
}

function NewRollForm({ s, mistakes, given }: { s: Shown; mistakes: Mistake[]; given: Given }) {
  const error = (name: string) => mistakes.find(({ field }) => field === name)?.detail;
  return (
    <>
      <h2>{s.t("newRoll")}</h2>
      <Form action={s.here.url(`${BASE}/rolls`)} csrf={s.csrf} submit={s.t("add")}>
        <Field
          label={s.t("code")}
          hint={s.t("codeHint")}
          name="code"
          value={given["code"]}
          error={error("code")}
          required
          maxlength={12}
        />
        <Field
          label={s.t("kind")}
          name="kind"
          type="select"
          value={given["kind"]}
          error={error("kind")}
          options={RollKind.options.map((kind) => [kind, rollKindName(kind, s.lang)] as const)}
        />
        {s.here.city.languages.map((lang, i) => (
          <Field
            label={s.t("nameIn", { language: languageName(lang, s.lang) })}
            name={lang}
            value={given[lang]}
            error={i === 0 ? error("names") : undefined}
            maxlength={80}
          />
        ))}
      </Form>
    </>
  );
}
