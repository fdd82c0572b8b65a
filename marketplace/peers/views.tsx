import type { Child } from "hono/jsx";
import { ErrorSummary, Facts, Field, Form, fieldOf, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Listing } from "../contract/index-file.ts";
import { inLang } from "../contract/words.ts";
import { installTexts } from "../installs/texts.ts";
import { partTexts } from "../part-texts.ts";
import { hindrances, type Refusal } from "../typed.ts";
import type { Adoption, Candidate, Difference, Made } from "./schema.ts";
import type { Envelopes, Kept } from "./store.ts";
import { peerTexts } from "./texts.ts";

export interface Shown {
  lang: Lang;
  here: Here;
  csrf: string;
}
type Given = Readonly<Record<string, string | undefined>>;

const Refused = ({ refusal, lang }: { refusal: Refusal | undefined; lang: Lang }) => {
  if (!refusal) return null;
  const t = peerTexts.in(lang);
  return <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />;
};

interface PackagesProps {
  shown: Shown;
  made: readonly Made[];
  candidates: readonly Candidate[];
  given?: Given;
  refusal?: Refusal | undefined;
}

export function PackagesPage({ shown, made, candidates, given = {}, refusal }: PackagesProps) {
  const { lang, here, csrf } = shown;
  const t = peerTexts.in(lang);
  const kind = partTexts.in(lang);
  const field = fieldOf(given, refusal?.errors ?? []);
  return (
    <>
      <Refused refusal={refusal} lang={lang} />
      <h2>{t("made")}</h2>
      {made.length === 0 ? (
        <p>{t("noneMade")}</p>
      ) : (
        <Table
          caption={t("made")}
          head={[t("module"), t("version"), t("date"), t("basedOn")]}
          rows={made.map((one) => [
            <a href={here.url(`/staff/packages/${one.module.split("/")[1]}/${one.version}`)}>{one.module}</a>,
            one.version,
            cityDay(one.madeAt, shown),
            one.isBasedOn.map(({ module }) => module).join(", "),
          ])}
        />
      )}
      <h2>{t("make")}</h2>
      {candidates.length === 0 ? (
        <p>{t("nothing")}</p>
      ) : (
        <Form action={here.url("/staff/packages")} csrf={csrf} submit={t("sign")}>
          <Field
            {...field("parts")}
            label={t("parts")}
            hint={t("partsHint")}
            type="checkbox"
            options={candidates.map(({ id, title, kind: of, from }) => [
              id,
              `${title} (${kind(of as "tariff")}${from ? ` · ${from.module} ${from.version}` : ""})`,
            ])}
          />
          <Field {...field("name")} label={t("name")} hint={t("nameHint")} dir="ltr" maxlength={40} />
          <Field {...field("version")} label={t("version")} hint={t("versionHint")} dir="ltr" maxlength={40} />
          <Field {...field("title")} label={t("title")} maxlength={80} />
          <Field {...field("summary")} label={t("summary")} type="textarea" maxlength={300} />
          <Field {...field("licence")} label={t("licence")} hint={t("licenceHint")} dir="ltr" maxlength={100} />
          <Field {...field("share")} label={t("share")} hint={t("shareHint")} inputmode="decimal" />
          <Field {...field("contact")} label={t("contact")} type="email" maxlength={200} />
        </Form>
      )}
    </>
  );
}

/** A page of its own: the form carries the package itself. */
export function PackagePage({ shown, made, ...envelopes }: { shown: Shown; made: Made } & Envelopes) {
  const { lang, here } = shown;
  const t = peerTexts.in(lang);
  return (
    <>
      <p>{t("signed")}</p>
      <Facts
        items={[
          [t("module"), <code>{made.module}</code>],
          [t("version"), made.version],
          [t("date"), cityDay(made.madeAt, shown)],
          ["sha256", <code>{made.digest}</code>],
        ]}
      />
      <SendForm envelopes={[envelopes.party, envelopes.package]} lang={lang} />
      <p>
        <a href={here.url(`/staff/packages/${made.module.split("/")[1]}/${made.version}.json`)}>{t("download")}</a>
      </p>
    </>
  );
}

/** Carries what the city signed to the house's marketplace, where the signatures speak. */
export const SendForm = ({ envelopes, lang }: { envelopes: readonly unknown[]; lang: Lang }) => {
  const t = peerTexts.in(lang);
  return (
    <Form action="/marketplace/sent" csrf="" submit={t("send")}>
      <p class="hint">{t("sendHint")}</p>
      <input type="hidden" name="envelopes" value={JSON.stringify(envelopes)} />
    </Form>
  );
};

interface AdoptionsProps {
  shown: Shown;
  adoptions: readonly Adoption[];
  next?: string;
  offers: readonly Listing[];
  given?: Given;
  refusal?: Refusal | undefined;
}

export function AdoptionsPage({ shown, adoptions, next, offers, given = {}, refusal }: AdoptionsProps) {
  const { lang, here, csrf } = shown;
  const t = peerTexts.in(lang);
  const field = fieldOf(given, refusal?.errors ?? []);
  return (
    <>
      <Refused refusal={refusal} lang={lang} />
      {adoptions.length === 0 ? (
        <p>{t("noneTaken")}</p>
      ) : (
        <Table
          caption={t("adoptions")}
          head={[t("name"), t("upstream"), t("version"), t("date")]}
          rows={adoptions.map((one) => [
            <a href={here.url(`/staff/adoptions/${one.id}`)}>{one.name}</a>,
            one.module,
            one.version,
            cityDay(one.changedAt, shown),
          ])}
        />
      )}
      {next && <Pager next={[`?cursor=${encodeURIComponent(next)}`, installTexts.in(lang)("older")]} />}
      {offers.length > 0 && (
        <Form action={here.url("/staff/adoptions")} csrf={csrf} submit={t("take")}>
          <Field
            {...field("module")}
            label={t("upstream")}
            type="select"
            options={offers.map(({ name, title, version }) => [name, `${inLang(title, lang)} · ${name} ${version}`])}
          />
          <Field {...field("name")} label={t("name")} hint={t("nameHint")} dir="ltr" maxlength={40} />
        </Form>
      )}
    </>
  );
}

interface AdoptionProps {
  shown: Shown;
  kept: Kept;
  /** Undefined where the marketplace does not have it any more. */
  difference: Difference | undefined;
  given?: Given;
  refusal?: Refusal | undefined;
}

const shortly = (value: unknown): Child =>
  value === undefined ? "—" : <code dir="ltr">{(JSON.stringify(value) ?? "").slice(0, 300)}</code>;

export function AdoptionPage({ shown, kept, difference, given = {}, refusal }: AdoptionProps) {
  const { lang, here, csrf } = shown;
  const { adoption } = kept;
  const t = peerTexts.in(lang);
  const at = (does: string) => here.url(`/staff/adoptions/${adoption.id}/${does}`);
  const field = fieldOf(given, refusal?.errors ?? []);
  const pairs = (record: Record<string, string>) =>
    Object.entries(record)
      .map(([from, to]) => `${from} = ${to}`)
      .join("\n");
  const amounts = [
    ...new Set([...(difference?.missing ?? []).map((one) => one.at), ...Object.keys(adoption.profile.amounts)]),
  ];
  return (
    <>
      <Refused refusal={refusal} lang={lang} />
      <Facts
        items={[
          [t("upstream"), <code>{adoption.module}</code>],
          [t("version"), adoption.version],
          [t("module"), <code>{`${here.city.slug}/${adoption.name}`}</code>],
        ]}
      />
      {difference && <DifferenceShown shown={shown} difference={difference} action={at("merges")} />}
      <h2>{t("profile")}</h2>
      {(difference?.missing.length ?? 0) > 0 && (
        <Notice kind="warning">{t("missing", { currency: here.city.currency })}</Notice>
      )}
      <Form action={at("profile")} csrf={csrf} submit={t("save")}>
        <Field
          label={t("languages")}
          hint={t("languagesHint")}
          name="languages"
          value={adoption.profile.languages.join(", ")}
          dir="ltr"
        />
        <Field
          label={t("names")}
          hint={t("pairsHint")}
          name="names"
          type="textarea"
          value={pairs(adoption.profile.names)}
        />
        <Field
          label={t("hosts")}
          hint={t("pairsHint")}
          name="hosts"
          type="textarea"
          dir="ltr"
          value={pairs(adoption.profile.hosts)}
        />
        {amounts.map((place) => (
          <Field
            label={place}
            name={`amounts${place}`}
            inputmode="decimal"
            value={adoption.profile.amounts[place] === undefined ? undefined : String(adoption.profile.amounts[place])}
          />
        ))}
      </Form>
      <h2>{t("edit")}</h2>
      <Form action={at("edits")} csrf={csrf} submit={t("save")}>
        <Field {...field("at")} label={t("editPlace")} dir="ltr" maxlength={300} />
        <Field {...field("value")} label={t("editValue")} type="textarea" dir="ltr" />
      </Form>
      <h2>{t("make")}</h2>
      <Form action={at("packages")} csrf={csrf} submit={t("sign")}>
        <Field {...field("version")} label={t("version")} hint={t("versionHint")} dir="ltr" maxlength={40} />
        <Field {...field("share")} label={t("share")} inputmode="decimal" />
        <Field {...field("contact")} label={t("contact")} type="email" maxlength={200} />
      </Form>
      <details>
        <summary>{t("own")}</summary>
        <pre dir="ltr">{JSON.stringify(kept.own, null, 1)}</pre>
      </details>
      <Form action={at("removal")} csrf={csrf} submit={t("drop")} />
    </>
  );
}

function DifferenceShown({ shown, difference, action }: { shown: Shown; difference: Difference; action: string }) {
  const { lang, csrf } = shown;
  const t = peerTexts.in(lang);
  const { base, theirs, parts } = difference;
  const conflicts = parts.flatMap((one) => one.conflicts);
  return (
    <>
      <h2>{t("difference")}</h2>
      <p>{t("since", { base, theirs })}</p>
      {parts.length === 0 && <p>{t("noDifference")}</p>}
      {parts.map(({ part, own, theirs: upstream }) => (
        <Table
          caption={part}
          head={[t("place"), "", t("before"), t("yours"), t("theirs")]}
          rows={[
            ...own.map((one) => [
              <code>{one.at}</code>,
              <Tag>{t("changedHere")}</Tag>,
              shortly(one.before),
              shortly(one.after),
              "",
            ]),
            ...upstream.map((one) => [
              <code>{one.at}</code>,
              <Tag kind="warning">{t("changedThere")}</Tag>,
              shortly(one.before),
              "",
              shortly(one.after),
            ]),
          ]}
        />
      ))}
      {base !== theirs && (
        <Form action={action} csrf={csrf} submit={t("mergeVersion", { version: theirs })}>
          <input type="hidden" name="version" value={theirs} />
          {conflicts.map((one, i) => (
            <>
              <input type="hidden" name={`at${i}`} value={one.at} />
              <Field
                label={`${t("conflict")} ${one.at}`}
                name={`side${i}`}
                type="radio"
                options={[
                  ["own", t("sideOwn", { value: JSON.stringify(one.own)?.slice(0, 120) ?? "—" })],
                  ["theirs", t("sideTheirs", { value: JSON.stringify(one.theirs)?.slice(0, 120) ?? "—" })],
                ]}
              />
            </>
          ))}
        </Form>
      )}
    </>
  );
}

export interface Brought {
  what: string;
  isAccepted: boolean;
  says: string;
  url?: string | undefined;
}

export const SentPage = ({ lang, all }: { lang: Lang; all: readonly Brought[] }) => {
  const t = peerTexts.in(lang);
  return (
    <ul>
      {all.map(({ what, isAccepted, says, url }) => (
        <li>
          <Tag kind={isAccepted ? "success" : "error"}>{t(isAccepted ? "accepted" : "refused")}</Tag>{" "}
          {url ? <a href={url}>{what}</a> : what} {says}
        </li>
      ))}
    </ul>
  );
};
