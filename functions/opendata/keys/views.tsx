import { ErrorSummary, Field, Form, Notice, Table } from "../../../shared/components.tsx";
import { shellTexts } from "../../../shared/shell-texts.ts";
import { type Common, day } from "../showing.ts";
import { ADDRESS } from "../use/fair.ts";
import { useTexts } from "../use/texts.ts";
import { type DataKey, type DataKeyUse, KEYS_MAX, QUOTA_A_DAY } from "./schema.ts";
import { keyTexts } from "./texts.ts";

interface KeysProps extends Common {
  keys: readonly DataKey[];
  /** The city's address. */
  at: string;
  /** Of the key that was just made: it is shown this once. */
  secret?: string;
  value?: Record<string, string>;
  errors?: { field: string; detail: string }[];
}

export function KeysPage({ keys, at, secret, value = {}, errors = [], ...common }: KeysProps) {
  const { lang, csrf, url } = common;
  const t = keyTexts.in(lang);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      {secret && (
        <Notice kind="success">
          <p>{t("made")}</p>
          <pre tabindex={0}>
            <code>{secret}</code>
          </pre>
          <p>{t("how")}</p>
          <pre tabindex={0}>
            <code>{`curl -H 'X-API-Key: ${secret}' '${at}/v1/datasets'`}</code>
          </pre>
        </Notice>
      )}
      <p>{t("rates", { address: ADDRESS.perS * 60, burst: ADDRESS.burst, quota: QUOTA_A_DAY })}</p>
      {keys.length > 0 && (
        <Table
          caption={t("yours")}
          head={[t("name"), t("madeOn"), t("revoke")]}
          rows={keys.map((key) => [
            <a href={url(`/data-keys/${key.id}`)}>
              <bdi>{key.name}</bdi>
            </a>,
            <time datetime={key.createdAt}>{day(common, key.createdAt)}</time>,
            <form action={url(`/data-keys/${key.id}/revoke`)} method="post">
              <input type="hidden" name="csrf" value={csrf} />
              <button class="link" type="submit" aria-label={`${t("revoke")}: ${key.name}`}>
                {t("revoke")}
              </button>
            </form>,
          ])}
        />
      )}
      {keys.length < KEYS_MAX && (
        <>
          <h2>{t("new")}</h2>
          <Form action={url("/data-keys")} csrf={csrf} submit={t("make")}>
            <Field
              label={t("name")}
              hint={t("nameHint")}
              name="name"
              value={value["name"]}
              error={errors.find(({ field }) => field === "name")?.detail}
              required
              maxlength={80}
            />
          </Form>
        </>
      )}
    </>
  );
}

export function KeyPage({ use, lang, url }: Common & { of: DataKey; use: DataKeyUse }) {
  const t = keyTexts.in(lang);
  const words = useTexts.in(lang);
  const number = new Intl.NumberFormat(lang);
  if (use.days.length === 0) return <p>{t("unused")}</p>;
  const rows = use.days.flatMap(({ day: on, datasets }) =>
    datasets.map(({ dataset, views, downloads, calls }) => [
      <time>{on}</time>,
      <a href={url(`/data/${dataset}`)}>{dataset}</a>,
      ...[views, downloads, calls].map((count) => number.format(count)),
    ]),
  );
  return (
    <>
      <Table
        caption={t("byDay", { quota: use.quota })}
        head={[words("column.day"), t("total")]}
        numeric={[1]}
        rows={use.days.map(({ day: on, total }) => [<time>{on}</time>, number.format(total)])}
      />
      <Table
        caption={t("byDataset")}
        head={[
          ...[words("column.day"), words("column.dataset"), words("column.views")],
          ...[words("column.downloads"), words("column.calls")],
        ]}
        numeric={[2, 3, 4]}
        rows={rows}
      />
    </>
  );
}
