import type { Context } from "hono";
import { Field, Form, fieldOf, Table } from "../../../shared/components.tsx";
import { longCityMoment } from "../../../shared/dates.ts";
import { Fault } from "../../../shared/errors.ts";
import { parsed } from "../../../shared/http.ts";
import { StaffName } from "../../../shared/identity/staff-name.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { saidBy } from "../../../shared/texts.ts";
import { fileOf } from "../../../shared/uploads.ts";
import { accountsOf } from "../accounts.ts";
import { after, desk, next, READERS, shown } from "../desk-shell.tsx";
import { AccountId } from "../schema.ts";
import { handedIn } from "./api.ts";
import { ROLES } from "./columns.ts";
import { namesIn } from "./reading.ts";
import { Naming } from "./schema.ts";
import { filedStore } from "./store.ts";
import { takesFiles } from "./taking.ts";
import { filedTexts } from "./texts.ts";

export const FILES = "/staff/payments/files";

/** What was wrong with a file that was sent, and what its columns may be called. */
interface Wrong {
  error: Fault;
  names: string[];
  given: Record<string, string>;
}

/** Where the treasurer hands in the files of providers that give no statement by themselves. */
export function filedPages(app: CityApp): void {
  app.get(FILES, needs(...READERS), (c) => filesPage(c));
  app.post(FILES, needs(...READERS), async (c) => {
    const { file, fields } = await fileOf(c);
    const { account = "", ...given } = fields;
    try {
      await handedIn(c, parsed(AccountId, account, "form"), file, parsed(Naming, given, "form"));
    } catch (error) {
      if (!(error instanceof Fault) || !["invalid", "conflict", "too_large"].includes(error.kind)) throw error;
      return filesPage(c, { error, names: namesIn(file), given: fields });
    }
    return c.redirect(c.var.here.url("/staff/payments/reconciliation"), 303);
  });
}

async function filesPage(c: Context<CityEnv>, sent?: Wrong) {
  const s = shown(c);
  const { here, lang, csrf } = s;
  const t = filedTexts.in(lang);
  const cursor = after(c);
  const [{ files, next: further }, accounts] = await Promise.all([
    filedStore(here).files({ limit: 50, ...(cursor === undefined ? {} : { cursor }) }),
    accountsOf(here),
  ]);
  const filed: typeof accounts = [];
  // An account whose provider this house cannot reach has no statement either way.
  for (const account of accounts) if (await takesFiles(here, account).catch(unreached)) filed.push(account);
  const nameOf = (id: string) => accounts.find((account) => account.id === id)?.name ?? id;
  const mistakes = sent ? said(sent.error, lang) : [];
  const field = fieldOf(sent?.given ?? {}, mistakes);
  const names = sent?.names ?? [];
  return desk(
    c,
    t("files"),
    <>
      <p>{t("filesLead")}</p>
      {filed.length === 0 ? (
        <p>{t("noneNeeds")}</p>
      ) : (
        <Form action={here.url(FILES)} csrf={csrf} enctype="multipart/form-data" submit={t("handIn")}>
          <Field
            {...field("account")}
            label={s.t("account")}
            type="select"
            options={filed.map(({ id, name }) => [id, name])}
          />
          <Field {...field("file")} label={t("file")} type="file" hint={t("fileHint")} accept=".csv,.txt" />
          {names.length > 0 && (
            <fieldset>
              <legend>{t("choose")}</legend>
              <p class="hint">{t("chooseHint")}</p>
              {ROLES.map((role) => (
                <Field
                  {...field(role)}
                  label={t(`role_${role}`)}
                  type="select"
                  options={[["", t("byItself")], ...names.map((name) => [name, name] as [string, string])]}
                />
              ))}
              <Field
                {...field("dates")}
                label={t("dates")}
                type="select"
                options={[
                  ["", "–"],
                  ["day", t("dates_day")],
                  ["month", t("dates_month")],
                ]}
              />
            </fieldset>
          )}
        </Form>
      )}
      {files.length > 0 && (
        <Table
          caption={t("files")}
          head={[t("handedIn"), s.t("account"), t("period"), s.t("lines"), t("kept"), t("by")]}
          numeric={[3, 4]}
          rows={files.map((file) => [
            longCityMoment(file.handedInAt, s),
            nameOf(file.account),
            <>
              {longCityMoment(file.from, s)} – {longCityMoment(file.to, s)}
            </>,
            file.lines,
            file.newLines,
            <StaffName here={here} id={file.handedInBy} />,
          ])}
        />
      )}
      {next(s, FILES, further)}
    </>,
    mistakes,
  );
}

const unreached = (error: unknown): boolean => {
  if (error instanceof Fault) return false;
  throw error;
};

/** What is wrong, in the reader's language: by its line, or by the field that can mend it. */
function said(error: Fault, lang: Parameters<typeof filedTexts.in>[0]): { field: string; detail: string }[] {
  const t = filedTexts.in(lang);
  const errors = error.members.errors ?? [];
  if (errors.length === 0) return [{ field: "file", detail: error.message }];
  return errors.map(({ pointer, detail, says }) => {
    const text = saidBy(filedTexts, lang, says, detail);
    const line = /^#\/line\/(\d+)$/.exec(pointer)?.[1];
    if (line !== undefined) return { field: "file", detail: t("line", { line, detail: text }) };
    return { field: pointer.replace(/^#\//, "").split("/")[0] ?? "", detail: text };
  });
}
