import { Field, fieldOf, Table } from "../../shared/components.tsx";
import type { Lang } from "../../shared/texts.ts";
import { scopeSays } from "../contract/asks.ts";
import {
  askedFor,
  CASE_KINDS,
  CASES_MAX,
  type CaseField,
  type CaseLines,
  type Column,
  type Draft,
  EFFECT_SCOPES,
  heardIn,
  isLines,
  labelOf,
  linesOf,
  nameIn,
} from "./case-drafts.ts";
import { caseTexts } from "./case-texts.ts";

// The proof cases of a need in its form: a button brings the same page again with one more, so no script is needed.

interface Shown {
  lang: Lang;
  currency: string;
  errors: readonly { field: string; detail: string }[];
}

export function CasesForm({ drafts, ...shown }: Shown & { drafts: readonly Draft[] }) {
  const t = caseTexts.in(shown.lang);
  return (
    <>
      <h2>{t("cases")}</h2>
      <p>{t("casesLead")}</p>
      {drafts.map((draft, i) => (
        <CaseFields {...{ draft, i }} {...shown} />
      ))}
      {drafts.length < CASES_MAX && (
        <>
          <Field
            name="add"
            id="cases"
            label={t("addKind")}
            type="select"
            error={shown.errors.find(({ field }) => field === "cases")?.detail}
            options={CASE_KINDS.map((kind) => [kind, kindSays(kind, shown.lang)])}
          />
          <button type="submit" name="do" value="add">
            {t("add")}
          </button>
        </>
      )}
    </>
  );
}

function kindSays(kind: string, lang: Lang): string {
  const t = caseTexts.in(lang);
  const heard = heardIn(kind);
  return heard === undefined ? t(kind as "tariff") : t("acts", { says: scopeSays(heard, lang) });
}

function CaseFields({ draft, i, ...shown }: Shown & { draft: Draft; i: number }) {
  const { lang } = shown;
  const t = caseTexts.in(lang);
  const asked = askedFor(draft.kind);
  return (
    <fieldset class="field">
      <legend>{t("caseOf", { n: i + 1, kind: kindSays(draft.kind, lang) })}</legend>
      <input type="hidden" name={nameIn(i, "kind")} value={draft.kind} />
      {asked.some(isLines) && <p class="hint">{t("guess")}</p>}
      {asked.map((one) =>
        isLines(one) ? <Lines {...{ one, draft, i }} {...shown} /> : <One {...{ one, draft, i }} {...shown} />,
      )}
      {asked.some(isLines) && (
        <button type="submit" name="do" value="lines">
          {t("moreLines")}
        </button>
      )}
      <Field name={nameIn(i, "out")} label={t("out")} type="checkbox" options={[["yes", t("yes")]]} />
    </fieldset>
  );
}

const TYPES = { day: "date", moment: "datetime-local" } as const;

function One({ one, draft, i, lang, currency, errors }: Shown & { one: CaseField; draft: Draft; i: number }) {
  const t = caseTexts.in(lang);
  const { name, error } = fieldOf({}, errors)(nameIn(i, one.name));
  const common = {
    name,
    error,
    value: draft.typed[one.name],
    label: labelOf(one, (key) => t(key, { currency }), lang),
  };
  if (one.as === "choice")
    return <Field {...common} type="select" options={(one.choices ?? []).map((choice) => [choice, t(choice)])} />;
  if (one.as === "truth")
    return <Field {...common} type="select" options={["", "true", "false"].map((truth) => [truth, truth])} />;
  if (one.as === "names") return <Field {...common} hint={t("commas")} dir="ltr" />;
  if (one.as === "day" || one.as === "moment") return <Field {...common} type={TYPES[one.as]} />;
  return <Field {...common} inputmode={one.as === "text" ? "text" : "decimal"} />;
}

/** So many empty lines stand below those that are filled in. */
const EMPTY_LINES = 3;

function Lines({ one, draft, i, lang, errors }: Shown & { one: CaseLines; draft: Draft; i: number }) {
  const t = caseTexts.in(lang);
  const field = nameIn(i, one.name);
  const error = errors.find((wrong) => wrong.field === field)?.detail;
  const filled = linesOf(draft, one);
  const from = (filled.at(-1)?.n ?? -1) + 1;
  const lines = [
    ...filled,
    ...Array.from({ length: EMPTY_LINES }, (_, k) => ({ n: from + k, cells: {} as Partial<Record<Column, string>> })),
  ];
  const told = error && `f-${field}-error`;
  return (
    <fieldset
      class={error ? "field wrong" : "field"}
      id={`f-${field}`}
      aria-label={t(one.name)}
      aria-describedby={told}
    >
      {error && (
        <p class="error" id={told}>
          {error}
        </p>
      )}
      <Table
        wide
        caption={t(one.name)}
        head={one.columns.map((column) => t(`c_${column}`))}
        rows={lines.map(({ n, cells }) =>
          one.columns.map((column) => (
            <Cell {...{ column, lang }} name={`${field}.${n}.${column}`} n={n + 1} value={cells[column]} />
          )),
        )}
      />
    </fieldset>
  );
}

interface CellProps {
  column: Column;
  lang: Lang;
  name: string;
  n: number;
  value: string | undefined;
}

function Cell({ column, lang, name, n, value }: CellProps) {
  const t = caseTexts.in(lang);
  const label = t("line", { column: t(`c_${column}`), n });
  if (column !== "scope")
    return <input name={name} value={value} aria-label={label} dir="ltr" size={12} maxlength={500} />;
  return (
    <select name={name} aria-label={label}>
      {["", ...EFFECT_SCOPES].map((scope) => (
        <option value={scope} selected={scope === (value ?? "")}>
          {scope === "" ? "" : scopeSays(scope, lang)}
        </option>
      ))}
    </select>
  );
}
