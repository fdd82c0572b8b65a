import type { Context } from "hono";
import { z } from "zod";
import { ErrorSummary, Field, Form, Table } from "../../shared/components.tsx";
import { Fault } from "../../shared/errors.ts";
import { fieldMistakes, form, givenIn, parsed, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { mappingStore } from "./mapping-store.ts";
import { mappingTexts } from "./mapping-texts.ts";
import { Mapping, MappingName } from "./schema.ts";

const MAPPINGS = "/staff/meters/mappings";
const KEEPERS = ["agent", "administrator"] as const;
/** Of most files these are all. */
const USUAL = ["meter", "start", "value", "register"] as const;
const OTHERS = ["end", "date", "clock", "quality", "unit", "channel", "flow"] as const;
const COLUMNS = [...USUAL, ...OTHERS];
const Texts = z.record(z.string().max(40), z.string().max(2_000));

/** Where a clerk says which column of a source's plain files holds what. */
export function mappingPages(app: CityApp): void {
  app.get(MAPPINGS, needs(...KEEPERS), (c) => mappingsPage(c));
  app.post(MAPPINGS, needs(...KEEPERS), (c) =>
    sentForm(
      c,
      async () => {
        const typed = await form(c, Texts);
        const { name } = parsed(z.object({ name: MappingName }), { name: typed["name"] });
        await mappingStore(c.var.here).put(name, parsed(Mapping, mappingOf(typed)));
      },
      MAPPINGS,
      (error) => mappingsPage(c, error),
    ),
  );
  app.post(`${MAPPINGS}/:name/removal`, needs(...KEEPERS), async (c) => {
    const { name } = parsed(z.object({ name: MappingName }), { name: c.req.param("name") });
    await mappingStore(c.var.here).remove(name);
    return c.redirect(c.var.here.url(MAPPINGS), 303);
  });
}

/** A mapping as it is typed: fields `c_<column>`, and a line for each mark of quality. */
function mappingOf(typed: Record<string, string>): unknown {
  const { unit, timeZone, qualities } = typed;
  const marks = (qualities ?? "").split(/\r?\n/).flatMap((line) => {
    const [, mark, means] = /^(.*\S)\s+(\S+)$/.exec(line.trim()) ?? [];
    return line.trim() === "" ? [] : [[mark ?? line.trim(), means?.toUpperCase()] as const];
  });
  return {
    columns: Object.fromEntries(COLUMNS.map((name) => [name, typed[`c_${name}`]])),
    unit,
    timeZone,
    ...(marks.length === 0 ? {} : { qualities: Object.fromEntries(marks) }),
  };
}

/** The same the other way round: what a form is filled with. */
const typedOf = (
  name: string,
  { columns, unit, timeZone, qualities }: Mapping,
): Record<string, string | undefined> => ({
  ...{ name, unit, timeZone },
  ...Object.fromEntries(COLUMNS.map((column) => [`c_${column}`, columns[column]])),
  qualities: Object.entries(qualities ?? {})
    .map((pair) => pair.join(" "))
    .join("\n"),
});

async function mappingsPage(c: Context<CityEnv>, error?: unknown) {
  const { here, lang, csrf } = c.var;
  const t = mappingTexts.in(lang);
  const all = await mappingStore(here).list();
  const chosen = all.find(({ name }) => name === c.req.query("name"));
  const typed = error !== undefined ? await givenIn(c) : chosen ? typedOf(chosen.name, chosen.mapping) : {};
  const mistakes = error === undefined ? [] : mistakesIn(error, t);
  const field = (name: string) => ({
    name,
    value: typed[name],
    error: mistakes.find((one) => one.field === name)?.detail,
  });
  const column = (name: (typeof COLUMNS)[number]) => (
    <Field label={t(`c_${name}`)} {...field(`c_${name}`)} maxlength={80} autocomplete="off" />
  );
  return page(
    c,
    {
      title: t("title"),
      lead: t("lead"),
      crumbs: [
        [t("console"), here.url("/staff")],
        [t("meters"), here.url("/staff/meters")],
      ],
      wide: true,
      status: mistakes.length > 0 ? 422 : 200,
    },
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      {all.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("title")}
          head={[t("name"), t("columns"), t("remove")]}
          rows={all.map(({ name, mapping }) => [
            <a href={here.url(`${MAPPINGS}?name=${name}`)}>
              <bdi>{name}</bdi>
            </a>,
            <bdi>{COLUMNS.flatMap((one) => mapping.columns[one] ?? []).join(", ")}</bdi>,
            <Form action={here.url(`${MAPPINGS}/${name}/removal`)} csrf={csrf} submit={t("remove")} />,
          ])}
        />
      )}
      <h2>{t(chosen ? "change" : "add")}</h2>
      <Form action={here.url(MAPPINGS)} csrf={csrf} submit={t("save")}>
        <Field label={t("name")} hint={t("nameHint")} required maxlength={40} autocomplete="off" {...field("name")} />
        <p class="hint">{t("headings")}</p>
        {USUAL.map(column)}
        <details open={error !== undefined || chosen !== undefined}>
          <summary>{t("others")}</summary>
          {OTHERS.map(column)}
          <Field label={t("unit")} hint={t("unitHint")} autocomplete="off" {...field("unit")} />
          <Field label={t("timeZone")} hint={t("timeZoneHint")} autocomplete="off" {...field("timeZone")} />
          <Field label={t("qualities")} hint={t("qualitiesHint")} type="textarea" {...field("qualities")} />
        </details>
      </Form>
    </>,
  );
}

/** What is wrong, at its field and in the reader's language: each sentence says what would be right. */
function mistakesIn(error: unknown, t: ReturnType<typeof mappingTexts.in>): { field: string; detail: string }[] {
  const says = { name: t("nameHint"), unit: t("unitHint"), timeZone: t("timeZoneHint"), qualities: t("qualitiesHint") };
  // A pointer is `#/columns/start`; its field is `c_start`.
  const column = (name: string) =>
    name === "value" ? t("valueNeeded") : name === "start" ? t("startNeeded") : t("headingLong");
  const pointers = error instanceof Fault ? (error.members.errors ?? []).map(({ pointer }) => pointer) : [];
  return fieldMistakes(error).map(({ field, detail }, i) => {
    const [, name] = /^#\/columns\/(\w+)/.exec(pointers[i] ?? "") ?? [];
    if (name !== undefined) return { field: `c_${name}`, detail: column(name) };
    if (field === "") return { field: "name", detail: t("tooMany") };
    return { field, detail: says[field as keyof typeof says] ?? detail };
  });
}
