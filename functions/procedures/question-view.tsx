import type { Question } from "../../marketplace/contract/procedure.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import { ErrorSummary, Field, Form } from "../../shared/components.tsx";
import { decimalOf } from "../../shared/money.ts";
import { isFile } from "./filling.ts";
import { ADDRESS_MAX, type Answer, type Sent } from "./reading.ts";
import type { Shown } from "./shown.tsx";

interface Props {
  s: Shown;
  question: Question;
  /** As it is kept. */
  answer: Answer | undefined;
  /** As it was typed just now, where that could not be kept. */
  sent?: Sent | undefined;
  mistake?: string | undefined;
  action: string;
  back: string;
}

/** One question, as a page of its own. */
export function QuestionForm({ s, question, answer, sent, mistake, action, back }: Props) {
  const { t, lang, here } = s;
  const title = inLang(question.title, lang);
  const label = question.optional ? `${title} (${t("mayLeave")})` : title;
  const hint = question.hint && inLang(question.hint, lang);
  const typed = sent?.["answer"]?.join(",");
  const kept = answer === undefined || answer === null || isFile(answer) ? undefined : answer;
  const common = { label, name: "answer", error: mistake, required: !question.optional, ...(hint ? { hint } : {}) };
  const multipart = question.kind === "paper" ? ({ enctype: "multipart/form-data" } as const) : {};
  return (
    <>
      {mistake && <ErrorSummary title={t("errors")} errors={[{ field: "answer", detail: mistake }]} />}
      <Form action={action} csrf={s.csrf} submit={t("next")} {...multipart}>
        <Asked
          {...{ s, question, answer, common }}
          value={typed ?? typedAs(question, kept, here.city.currency)}
          sent={sent}
        />
      </Form>
      <p>
        <a href={back}>{t("back")}</a>
      </p>
    </>
  );
}

const typedAs = (question: Question, kept: Exclude<Answer, object | null> | string[] | undefined, currency: string) => {
  if (kept === undefined) return undefined;
  if (question.kind === "money") return decimalOf(Number(kept), currency);
  if (typeof kept === "boolean") return kept ? "yes" : "no";
  return String(kept);
};

interface AskedProps {
  s: Shown;
  question: Question;
  answer: Answer | undefined;
  value: string | undefined;
  sent: Sent | undefined;
  common: { label: string; name: string; error: string | undefined; required: boolean; hint?: string };
}
function Asked({ s, question, answer, value, sent, common }: AskedProps) {
  const { t, lang, here } = s;
  const hinted = (more: string) => ({ hint: [common.hint, more].filter(Boolean).join(" ") });
  switch (question.kind) {
    case "text":
      return <Field {...common} value={value} maxlength={question.lengthMax} />;
    case "long_text":
      return <Field {...common} type="textarea" value={value} maxlength={question.lengthMax} />;
    case "address":
      return <Field {...common} type="textarea" value={value} maxlength={ADDRESS_MAX} autocomplete="street-address" />;
    case "number":
      return (
        <Field
          {...common}
          {...(question.unit ? { label: `${common.label} (${question.unit})` } : {})}
          value={value}
          inputmode={question.decimals === 0 ? "numeric" : "decimal"}
        />
      );
    case "money":
      return (
        <Field
          {...common}
          {...hinted(t("minorHint", { currency: here.city.currency }))}
          value={value}
          inputmode="decimal"
        />
      );
    case "date":
      return <Field {...common} type="date" value={value} />;
    case "telephone":
      return <Field {...common} type="tel" value={value} autocomplete="tel" />;
    case "email":
      return <Field {...common} type="email" value={value} autocomplete="email" />;
    case "yes_no":
      return (
        <Field
          {...common}
          type="radio"
          value={value}
          options={[
            ["yes", t("yes")],
            ["no", t("no")],
          ]}
        />
      );
    case "choice":
    case "several":
      return (
        <Field
          {...common}
          type={question.kind === "choice" ? "radio" : "checkbox"}
          value={value}
          options={question.options.map((option) => [option.id, inLang(option.title, lang)])}
        />
      );
    case "place": {
      const [latitude, longitude] = sent ? [sent["latitude"]?.[0], sent["longitude"]?.[0]] : (value?.split(",") ?? []);
      return (
        <fieldset id="f-answer">
          <legend>{common.label}</legend>
          {common.hint && <p class="hint">{common.hint}</p>}
          {common.error && <p class="error">{common.error}</p>}
          <Field label={t("latitude")} name="latitude" value={latitude} inputmode="decimal" dir="ltr" />
          <Field label={t("longitude")} name="longitude" value={longitude} inputmode="decimal" dir="ltr" />
        </fieldset>
      );
    }
    case "paper": {
      const megabytes = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(question.bytesMax / 1e6);
      const kinds = question.formats.join(", ").toUpperCase();
      const there = answer && isFile(answer) ? t("fileThere", { name: answer.name }) : "";
      return (
        <Field
          {...common}
          {...hinted(`${t("fileHint", { kinds, megabytes })} ${there}`.trim())}
          required={common.required && !there}
          type="file"
          accept={question.formats.map((format) => (format === "pdf" ? ".pdf" : `image/${format}`)).join(",")}
        />
      );
    }
  }
}
