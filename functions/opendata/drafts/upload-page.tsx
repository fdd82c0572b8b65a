import { inLang } from "../../../marketplace/contract/words.ts";
import { ErrorSummary, Field, Form, fieldOf } from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import { MoreFields } from "../card/views.tsx";
import type { Dataset } from "../schema.ts";
import type { Common } from "../showing.ts";
import type { ModuleTable } from "../tables.ts";

interface UploadProps extends Common {
  value: Record<string, string>;
  errors: { field: string; detail: string }[];
  datasets: readonly Dataset[];
  /** Tables of installed modules that the file may fill. */
  tables: ModuleTable[];
}

export function UploadPage({ value, errors, datasets, tables, ...common }: UploadProps) {
  const { t, lang, csrf, url } = common;
  const field = fieldOf(value, errors);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      <Form action={url("/staff/data")} csrf={csrf} enctype="multipart/form-data" submit={t("look")}>
        <Field label={t("cardTitle")} {...field("title")} required maxlength={120} />
        <Field type="textarea" label={t("description")} {...field("description")} maxlength={2000} />
        <Field label={t("licence")} hint={t("licenceHint")} {...field("licence")} required maxlength={80} />
        <Field label={t("source")} hint={t("sourceHint")} {...field("source")} required maxlength={200} />
        <MoreFields field={field} isOpen={errors.length > 0} {...common} />
        <Field
          type="select"
          label={t("updates")}
          {...field("updates")}
          options={[["", t("updatesNone")], ...datasets.map(({ slug, card }) => [slug, card.title] as const)]}
        />
        {tables.length > 0 && (
          <Field
            type="select"
            label={t("fills")}
            hint={t("fillsHint")}
            {...field("fills")}
            options={[
              ["", t("fillsNone")],
              ...tables.map(({ name, module, part }) => [name, `${inLang(part.title, lang)} (${module})`] as const),
            ]}
          />
        )}
        {/* Last, so that what is wrong with the rest is said before the file has come. */}
        <Field type="file" label={t("file")} hint={t("fileHint")} {...field("file")} required />
      </Form>
    </>
  );
}
