import type { CityRecord } from "../../shared/cities.ts";
import {
  Actions,
  ErrorSummary,
  Facts,
  Field,
  Form,
  fieldOf,
  LinkButton,
  Notice,
  Table,
  Tag,
} from "../../shared/components.tsx";
import type { SentMessage } from "../../shared/outbox.ts";
import { shellTexts } from "../../shared/shell-texts.ts";
import { ENDONYMS, type Lang } from "../../shared/texts.ts";
import { controlTexts } from "./texts.ts";

const KINDS = { opening: "info", failed: "error", open: "success", closing: "warning", closed: "info" } as const;

export function SignInPage({ lang, token }: { lang: Lang; token: string | undefined }) {
  const t = controlTexts.in(lang);
  if (!token) return null;
  return (
    <Form action="/control/sign-in" csrf="" submit={t("enter")}>
      <input type="hidden" name="token" value={token} />
    </Form>
  );
}

export function CitiesPage({
  lang,
  csrf,
  cities,
  link,
}: {
  lang: Lang;
  csrf: string;
  cities: CityRecord[];
  link?: string;
}) {
  const t = controlTexts.in(lang);
  return (
    <>
      {link && (
        <Notice kind="success">
          <p>{t("linkReady")}</p>
          <pre>{link}</pre>
        </Notice>
      )}
      <Actions>
        <LinkButton href="/control/cities/new">{t("add")}</LinkButton>
        <LinkButton href="/control/outbox" second>
          {t("outbox")}
        </LinkButton>
        <LinkButton href="/control/cities/import" second>
          {t("import")}
        </LinkButton>
      </Actions>
      {cities.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <Table
          caption={t("cities")}
          head={[t("city"), t("country"), t("currency"), t("state")]}
          rows={cities.map(({ slug, order, state }) => [
            <a href={`/control/cities/${slug}`}>{order.name}</a>,
            order.country,
            order.currency,
            <Tag kind={KINDS[state]}>{t(`state.${state}`)}</Tag>,
          ])}
        />
      )}
      <Form action="/control/links" csrf={csrf} submit={t("link")} />
      <Form action="/control/sign-out" csrf={csrf} submit={t("signOut")} />
    </>
  );
}

export function ImportPage({ lang, csrf, error }: { lang: Lang; csrf: string; error: string | undefined }) {
  const t = controlTexts.in(lang);
  return (
    <>
      {error && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={[{ field: "file", detail: error }]} />}
      <Form action="/control/cities/import" csrf={csrf} submit={t("import")} enctype="multipart/form-data">
        <Field type="file" label={t("importFile")} name="file" accept=".zip" error={error} required />
      </Form>
    </>
  );
}

interface NewCityProps {
  lang: Lang;
  csrf: string;
  value: Record<string, string>;
  errors: { field: string; detail: string }[];
}

export function NewCityPage({ lang, csrf, value, errors }: NewCityProps) {
  const t = controlTexts.in(lang);
  const field = fieldOf(value, errors);
  return (
    <>
      {errors.length > 0 && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} />}
      <Form action="/control/cities" csrf={csrf} submit={t("add")}>
        <Field label={t("name")} {...field("name")} required maxlength={80} />
        <Field label={t("slug")} hint={t("slugHint")} {...field("slug")} required maxlength={40} />
        <Field label={t("country")} hint={t("countryHint")} {...field("country")} required maxlength={2} />
        <Field label={t("currency")} hint={t("currencyHint")} {...field("currency")} required maxlength={3} />
        <Field
          type="checkbox"
          label={t("languages")}
          {...field("languages")}
          options={(["fr", "ar", "en"] as const).map((lang) => [lang, ENDONYMS[lang]])}
        />
        <Field label={t("timeZone")} hint={t("timeZoneHint")} {...field("timeZone")} required />
        <Field type="textarea" label={t("boundary")} {...field("boundary")} />
        <Field label={t("administrator")} {...field("administrator")} required />
        <Field type="checkbox" label={t("synthetic")} {...field("isSynthetic")} options={[["yes", t("isSynthetic")]]} />
      </Form>
    </>
  );
}

export function CityPage({
  lang,
  csrf,
  record,
  opened,
  error,
}: {
  lang: Lang;
  csrf: string;
  record: CityRecord;
  opened: boolean;
  error?: string;
}) {
  const t = controlTexts.in(lang);
  const { slug, order, state, done, reason } = record;
  const answers = state === "open" || state === "closing";
  return (
    <>
      {error && <ErrorSummary title={shellTexts.in(lang)("errors")} errors={[{ field: "slug", detail: error }]} />}
      {opened && state === "open" && <Notice kind="success">{t("opened")}</Notice>}
      {reason && (
        <Notice kind="error">
          {t("reason")}: {reason}
        </Notice>
      )}
      <Facts
        items={[
          [t("state"), <Tag kind={KINDS[state]}>{t(`state.${state}`)}</Tag>],
          [t("slug"), <code>{slug}</code>],
          [t("country"), order.country],
          [t("currency"), order.currency],
          [t("languages"), order.languages.join(", ")],
          [t("timeZone"), order.timeZone],
          [t("steps"), done.join(", ")],
        ]}
      />
      {answers && (
        <Actions>
          <LinkButton href={`/cities/${slug}/`}>{t("portal")}</LinkButton>
          <LinkButton href={`/control/cities/${slug}/export`} second>
            {t("export")}
          </LinkButton>
        </Actions>
      )}
      {(state === "failed" || state === "opening") && (
        <Form action={`/control/cities/${slug}/retry`} csrf={csrf} submit={t("retry")} />
      )}
      {answers && <h2>{t("leaving")}</h2>}
      {state === "open" && (
        <Form action={`/control/cities/${slug}/close`} csrf={csrf} submit={t("close")}>
          <p>{t("closeHint")}</p>
        </Form>
      )}
      {state === "closing" && (
        <>
          <Notice kind="warning">{t("closing")}</Notice>
          <Form action={`/control/cities/${slug}/remove`} csrf={csrf} submit={t("remove")}>
            <Field
              label={t("slug")}
              hint={t("removeHint", { slug })}
              name="slug"
              error={error}
              required
              maxlength={40}
            />
          </Form>
        </>
      )}
    </>
  );
}

export function OutboxPage({ lang, messages }: { lang: Lang; messages: (SentMessage & { city: string })[] }) {
  const t = controlTexts.in(lang);
  if (messages.length === 0) return <p>{t("outboxNone")}</p>;
  const moment = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
  return (
    <Table
      caption={t("outbox")}
      head={[t("sentAt"), t("city"), t("to"), t("text")]}
      rows={messages.map(({ sentAt, city, to, text, lang: textLang }) => [
        moment.format(new Date(sentAt)),
        city,
        <bdi>{to}</bdi>,
        <span lang={textLang} dir="auto">
          {text}
        </span>,
      ])}
    />
  );
}
