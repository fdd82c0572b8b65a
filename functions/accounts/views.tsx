import { ErrorSummary, Facts, Field, Form, Pager, Table } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { ENDONYMS, LANGS } from "../../shared/texts.ts";
import type { Account } from "./schema.ts";
import type { accountTexts } from "./texts.ts";

export type Mistake = { field: string; detail: string };
type T = ReturnType<typeof accountTexts.in>;

interface FormProps {
  t: T;
  csrf: string;
  action: string;
  submit: string;
  given: { number?: string; name?: string; address?: string; district?: string; contact?: string; lang?: string };
  mistakes: Mistake[];
  /** A new account has its number asked. */
  isNew?: boolean;
}

export function AccountForm({ t, csrf, action, submit, given, mistakes, isNew }: FormProps) {
  const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
  return (
    <>
      {mistakes.length > 0 && <ErrorSummary title={t("mistakes")} errors={mistakes} />}
      <Form action={action} csrf={csrf} submit={submit}>
        {isNew && (
          <Field
            label={t("number")}
            name="number"
            value={given.number}
            error={error("number")}
            required
            maxlength={30}
          />
        )}
        <Field label={t("name")} name="name" value={given.name} error={error("name")} required maxlength={120} />
        <Field label={t("address")} name="address" value={given.address} error={error("address")} maxlength={200} />
        <Field
          label={t("district")}
          hint={t("districtHint")}
          name="district"
          value={given.district}
          error={error("district")}
          maxlength={60}
        />
        <Field
          label={t("contact")}
          hint={t("contactHint")}
          name="contact"
          value={given.contact}
          error={error("contact")}
          maxlength={200}
        />
        <Field
          label={t("lang")}
          hint={t("langHint")}
          name="lang"
          type="select"
          value={given.lang ?? ""}
          options={[["", t("langOfCity")], ...LANGS.map((lang) => [lang, ENDONYMS[lang]] as const)]}
          error={error("lang")}
        />
      </Form>
    </>
  );
}

interface ListProps extends Pick<FormProps, "t" | "csrf" | "given" | "mistakes"> {
  here: Here;
  accounts: Account[];
  next?: string;
  mayOpen: boolean;
  /** What is searched for; empty: all are shown. */
  q: string;
}

export const AccountsPage = ({ t, here, csrf, given, mistakes, accounts, next, mayOpen, q }: ListProps) => (
  <>
    <Form action={here.url("/staff/accounts")} csrf="" method="get" submit={t("findDo")}>
      <Field label={t("find")} hint={t("findHint")} name="q" value={q} maxlength={200} autocomplete="off" />
    </Form>
    {accounts.length === 0 ? (
      <p>{q === "" ? t("none") : t("notFound", { q })}</p>
    ) : (
      <Table
        caption={t("title")}
        head={[t("number"), t("name"), t("address"), t("contact")]}
        rows={accounts.map((account) => [
          <a href={here.url(`/staff/accounts/${account.id}`)}>{account.number}</a>,
          account.name,
          account.address ?? "",
          <bdi dir="ltr">{account.contact ?? ""}</bdi>,
        ])}
      />
    )}
    {next && <Pager next={[here.url(`/staff/accounts?cursor=${encodeURIComponent(next)}`), t("more")]} />}
    {mayOpen && (
      <>
        <h2>{t("open")}</h2>
        <AccountForm
          {...{ t, csrf, given, mistakes }}
          action={here.url("/staff/accounts")}
          submit={t("openDo")}
          isNew
        />
      </>
    )}
  </>
);

export const AccountPage = ({ t, here, account }: { t: T; here: Here; account: Account }) => (
  <>
    <Facts
      items={[
        [t("number"), account.number],
        [t("reference"), <bdi style="white-space:nowrap">{account.reference ?? "—"}</bdi>],
        [t("address"), account.address ?? "—"],
        [t("district"), account.district ?? "—"],
        [t("contact"), <bdi dir="ltr">{account.contact ?? "—"}</bdi>],
        [t("lang"), account.lang ? ENDONYMS[account.lang] : t("langOfCity")],
        [t("id"), <code>{account.id}</code>],
      ]}
    />
    <p>
      <a href={here.url(`/bills/of/${account.id}`)}>{t("statement")}</a>
    </p>
    <p>
      <a href={here.url(`/staff/bills?account=${account.id}`)}>{t("bills")}</a>
    </p>
  </>
);
