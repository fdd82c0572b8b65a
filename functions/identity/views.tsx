import { ErrorSummary, Facts, Field, Form, Notice, Pager, Table } from "../../shared/components.tsx";
import type { City } from "../../shared/here.ts";
import type { ApiKey } from "../../shared/identity/api-keys.ts";
import type { Person } from "../../shared/identity/persons.ts";
import { shellTexts } from "../../shared/shell-texts.ts";
import type { Lang } from "../../shared/texts.ts";
import { ROLES, type Role } from "../../shared/who.ts";
import type { KeptProvider } from "./provider.ts";
import { identityTexts } from "./texts.ts";

interface Common {
  lang: Lang;
  csrf: string;
  url: (path: string) => string;
}

const Mistakes = ({ lang, errors }: { lang: Lang; errors: readonly { field: string; detail: string }[] }) =>
  errors.length > 0 ? <ErrorSummary title={shellTexts.in(lang)("errors")} errors={errors} /> : null;

export function SignInPage({
  lang,
  csrf,
  url,
  next,
  value,
  error,
  hasProvider,
}: Common & { next: string; value?: string; error?: string; hasProvider: boolean }) {
  const t = identityTexts.in(lang);
  return (
    <>
      <Mistakes lang={lang} errors={error ? [{ field: "contact", detail: error }] : []} />
      <Form action={url("/sign-in")} csrf={csrf} submit={t("send")}>
        <input type="hidden" name="next" value={next} />
        <Field
          label={t("contact")}
          hint={t("contactHint")}
          name="contact"
          value={value}
          error={error}
          required
          autocomplete="username"
        />
      </Form>
      {hasProvider && (
        <p>
          <a href={url(`/sign-in/oidc?next=${encodeURIComponent(next)}`)}>{t("withProvider")}</a>
        </p>
      )}
    </>
  );
}

export function CodePage({
  lang,
  csrf,
  url,
  next,
  contact,
  error,
  shown,
}: Common & { next: string; contact: string; error?: string; shown?: string }) {
  const t = identityTexts.in(lang);
  return (
    <>
      <Mistakes lang={lang} errors={error ? [{ field: "code", detail: error }] : []} />
      {shown && (
        <Notice kind="info">
          <p>{t("outbox", { code: shown })}</p>
        </Notice>
      )}
      <Form action={url("/sign-in/code")} csrf={csrf} submit={t("enter")}>
        <input type="hidden" name="next" value={next} />
        <input type="hidden" name="contact" value={contact} />
        <Field
          label={t("code")}
          name="code"
          error={error}
          required
          autocomplete="one-time-code"
          inputmode="numeric"
          maxlength={20}
          dir="ltr"
        />
      </Form>
      <p>
        <a href={url(`/sign-in?next=${encodeURIComponent(next)}`)}>{t("another")}</a>
      </p>
    </>
  );
}

export function MePage({ lang, csrf, url, person }: Common & { person: { contacts: string[]; roles: Role[] } }) {
  const t = identityTexts.in(lang);
  return (
    <>
      <Facts
        items={[
          [t("contacts"), <bdi>{person.contacts.join(", ")}</bdi>],
          [t("roles"), person.roles.map((role) => t(`role.${role}`)).join(", ")],
        ]}
      />
      <Form action={url("/sign-out")} csrf={csrf} submit={t("signOut")} />
    </>
  );
}

export function PeoplePage({
  lang,
  csrf,
  url,
  people,
  next,
  saved,
  errors,
  value,
}: Common & {
  people: Person[];
  next?: string | undefined;
  saved: boolean;
  errors: readonly { field: string; detail: string }[];
  value?: string;
}) {
  const t = identityTexts.in(lang);
  return (
    <>
      <Mistakes lang={lang} errors={errors} />
      {saved && <Notice kind="success">{t("saved")}</Notice>}
      <Table
        caption={t("people")}
        head={[t("contacts"), t("number"), t("roles")]}
        rows={people.map((person) => [
          <bdi>{person.contacts.join(", ")}</bdi>,
          <code>{person.id}</code>,
          person.roles
            .filter((role) => role !== "resident")
            .map((role) => t(`role.${role}`))
            .join(", "),
        ])}
      />
      {next && <Pager next={[url(`/staff/people?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      <h2>{t("give")}</h2>
      <Form action={url("/staff/people")} csrf={csrf} submit={t("save")}>
        <Field label={t("contact")} name="contact" value={value} error={errors[0]?.detail} required />
        <Field
          type="checkbox"
          label={t("roles")}
          hint={t("giveHint")}
          name="roles"
          options={ROLES.filter((role) => role !== "resident").map((role) => [role, t(`role.${role}`)] as const)}
        />
      </Form>
    </>
  );
}

export function KeysPage({
  lang,
  csrf,
  url,
  keys,
  next,
  scopes,
  secret,
  name,
  errors = [],
  city,
}: Common & {
  keys: ApiKey[];
  next?: string | undefined;
  scopes: readonly (readonly [string, string])[];
  secret?: string;
  name?: string;
  errors?: readonly { field: string; detail: string }[];
  city: City;
}) {
  const t = identityTexts.in(lang);
  const wrong = (field: string) => errors.find((error) => error.field === field)?.detail;
  const day = (iso: string) =>
    new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: city.timeZone }).format(new Date(iso));
  return (
    <>
      <Mistakes lang={lang} errors={errors} />
      {secret && (
        <Notice kind="success">
          <p>{t("secret")}</p>
          <pre>{secret}</pre>
        </Notice>
      )}
      {keys.length === 0 ? (
        <p>{t("keysNone")}</p>
      ) : (
        <Table
          caption={t("keys")}
          head={[t("keyName"), t("scopes"), t("made"), t("used"), t("action")]}
          rows={keys.map((key) => [
            key.name,
            key.scopes.join(", "),
            day(key.createdAt),
            key.usedOn ? day(key.usedOn) : t("never"),
            <Form action={url(`/staff/keys/${key.id}/revoke`)} csrf={csrf} submit={t("revoke")} />,
          ])}
        />
      )}
      {next && <Pager next={[url(`/staff/keys?cursor=${encodeURIComponent(next)}`), t("more")]} />}
      <h2>{t("makeKey")}</h2>
      <Form action={url("/staff/keys")} csrf={csrf} submit={t("makeKey")}>
        <Field label={t("keyName")} name="name" value={name} error={wrong("name")} required maxlength={80} />
        <Field type="checkbox" label={t("scopes")} name="scopes" error={wrong("scopes")} options={scopes} />
      </Form>
    </>
  );
}

export function ProviderPage({
  lang,
  csrf,
  url,
  kept,
  returnTo,
  errors,
  saved,
}: Common & {
  kept?: KeptProvider;
  returnTo: string;
  errors: readonly { field: string; detail: string }[];
  saved: boolean;
}) {
  const t = identityTexts.in(lang);
  const wrong = (field: string) => errors.find((error) => error.field === field)?.detail;
  return (
    <>
      <Mistakes lang={lang} errors={errors} />
      {saved && <Notice kind="success">{t("saved")}</Notice>}
      <pre>{returnTo}</pre>
      {!kept && <p>{t("providerNone")}</p>}
      <Form action={url("/staff/sign-in-provider")} csrf={csrf} submit={t("save")}>
        <Field type="url" label={t("issuer")} name="issuer" value={kept?.issuer} error={wrong("issuer")} required />
        <Field label={t("clientId")} name="clientId" value={kept?.clientId} error={wrong("clientId")} required />
        <Field
          type="password"
          label={t("clientSecret")}
          name="clientSecret"
          error={wrong("clientSecret")}
          required
          autocomplete="off"
        />
      </Form>
    </>
  );
}
