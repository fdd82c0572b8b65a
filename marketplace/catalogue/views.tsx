import type { PropsWithChildren } from "hono/jsx";
import { Actions, Card, Cards, Facts, Field, Form, LinkButton, Pager, Table, Tag } from "../../shared/components.tsx";
import { longDay } from "../../shared/dates.ts";
import type { Lang } from "../../shared/texts.ts";
import { packageKey } from "../contract/canonical.ts";
import type { Listing } from "../contract/index-file.ts";
import type { VerifiedPackage } from "../contract/module.ts";
import type { Party } from "../contract/party.ts";
import { priceSays } from "../contract/price-says.ts";
import type { Label } from "../contract/says.ts";
import { inLang } from "../contract/words.ts";
import { partTexts } from "../part-texts.ts";
import { MayDo, Paragraphs, Parts, Said } from "../part-views.tsx";
import type { modulesOf } from "./domain.ts";
import { catalogueTexts } from "./texts.ts";
import { translatingTexts } from "./translating-texts.ts";

export const moduleUrl = (name: string, version?: string) =>
  `/marketplace/modules/${name}${version === undefined ? "" : `/${version}`}`;

const LABEL_TONE = { data_only: "success", code_stays: "info", data_leaves: "warning" } as const;
const LabelTag = ({ lang, label }: { lang: Lang; label: Label }) => (
  <Tag kind={LABEL_TONE[label]}>{partTexts.in(lang)(label)}</Tag>
);

interface ListProps {
  lang: Lang;
  modules: ReturnType<typeof modulesOf>;
  parties: ReadonlyMap<string, Party>;
  wanted: string;
  /** How many there are in all, of which these are a page. */
  count: number;
  /** Where the next page begins, when there is one. */
  next: number | undefined;
}

const Modules = ({ lang, modules, parties }: Pick<ListProps, "lang" | "modules" | "parties">) => {
  const t = catalogueTexts.in(lang);
  return (
    <Cards>
      {modules.map(({ name, latest }) => (
        <Card href={moduleUrl(name)} title={inLang(latest.title, lang) || name}>
          <p>
            <Said words={latest.summary} lang={lang} />
          </p>
          <p>
            {t("by", { publisher: parties.get(name.split("/")[0]!)?.title ?? name })} · {latest.version} ·{" "}
            {latest.licence}
          </p>
          <p>
            {latest.kinds.map((kind) => (
              <>
                <Tag>{partTexts.in(lang)(kind as "tariff")}</Tag>{" "}
              </>
            ))}
            <LabelTag lang={lang} label={latest.label} />
          </p>
        </Card>
      ))}
    </Cards>
  );
};

export function ListPage({ lang, modules, parties, wanted, count, next }: ListProps) {
  const t = catalogueTexts.in(lang);
  return (
    <>
      <Form action="/marketplace" method="get" csrf="" submit={t("search")}>
        <Field label={t("searchLabel")} name="q" type="search" value={wanted} maxlength={100} />
      </Form>
      {modules.length === 0 ? (
        <p>{t(wanted ? "none" : "empty")}</p>
      ) : (
        <>
          <p>
            {t("count", { n: count })}. <a href="/marketplace/ranking">{t("order")}</a>
          </p>
          <Modules lang={lang} modules={modules} parties={parties} />
          {next !== undefined && (
            <Pager next={[`/marketplace?${new URLSearchParams({ q: wanted, from: String(next) })}`, t("next")]} />
          )}
        </>
      )}
      <h2>{t("also")}</h2>
      <ul>
        {(["needs", "groups", "advisories", "mirrors"] as const).map((one) => (
          <li>
            <a href={`/marketplace/${one}`}>{t(one)}</a>
          </li>
        ))}
      </ul>
      <Actions>
        <LinkButton second href="/marketplace/publish">
          {t("publishYours")}
        </LinkButton>
      </Actions>
    </>
  );
}

interface ModuleProps {
  lang: Lang;
  opened: VerifiedPackage & { listing: Listing; party: Party };
  versions: readonly Listing[];
  latest: string;
  origin: string;
}

export function ModulePage({ lang, opened, versions, latest, origin, children }: PropsWithChildren<ModuleProps>) {
  const t = catalogueTexts.in(lang);
  const { module, listing, party, digest } = opened;
  const { name, version, description, source, website, changes } = module.manifest;
  const order = JSON.stringify({ module: name, version });
  return (
    <>
      <p>
        <LabelTag lang={lang} label={listing.label} />
      </p>
      <h2>{t("mayDo")}</h2>
      <MayDo module={module} lang={lang} />
      {children}
      {description && <Paragraphs words={description} lang={lang} />}
      {changes && (
        <>
          <h2>{t("changes")}</h2>
          <Paragraphs words={changes} lang={lang} />
        </>
      )}
      <h2>{t("contents")}</h2>
      <Parts parts={module.parts} lang={lang} />
      <h2>{t("install")}</h2>
      <p>{t("installSteps", { name: inLang(module.manifest.title, lang) })}</p>
      <p>{t("installApi")}</p>
      <pre dir="ltr">{`curl -X POST ${origin}/cities/<city>/v1/installs \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '${order}'`}</pre>
      <h2>{t("facts")}</h2>
      <Facts
        items={[
          [t("version"), version],
          [t("publisher"), <a href={`/marketplace/parties/${party.name}`}>{party.title}</a>],
          [t("published"), longDay(listing.publishedAt, lang)],
          [t("licence"), listing.licence],
          [t("price"), priceSays(module.manifest.price, lang).join(" ")],
          [t("languages"), new Intl.ListFormat(lang).format(listing.languages.map((one) => nameOf(one, lang)))],
          [t("label"), partTexts.in(lang)(listing.label)],
          [t("size"), t("bytes", { n: listing.bytes })],
          [t("digest"), <code>{digest}</code>],
          ...(source ? [[t("source"), <a href={source}>{source}</a>] as const] : []),
          ...(website ? [[t("website"), <a href={website}>{website}</a>] as const] : []),
        ]}
      />
      <p>
        <a href={`/marketplace/v1/${packageKey(digest)}`}>{t("package")}</a> ·{" "}
        <a href={`/marketplace/v1/modules/${name}/${version}/publiccode.yml`}>publiccode.yml</a>
      </p>
      <Table
        caption={t("versions")}
        head={[t("version"), t("published"), t("digest")]}
        rows={versions.map((one) => [
          <>
            <a href={moduleUrl(name, one.version)}>{one.version}</a>{" "}
            {one.version === latest && <Tag>{t("latest")}</Tag>}
          </>,
          longDay(one.publishedAt, lang),
          <code>{one.digest.slice(0, 19)}…</code>,
        ])}
      />
    </>
  );
}

export function PartyPage({
  lang,
  party,
  keyId,
  modules,
}: {
  lang: Lang;
  party: Party;
  keyId: string;
  modules: ListProps["modules"];
}) {
  const t = catalogueTexts.in(lang);
  return (
    <>
      <Facts
        items={[
          [
            t("kind"),
            party.kind === "group" ? <a href={`/marketplace/groups/${party.name}`}>{t("group")}</a> : t(party.kind),
          ],
          [t("contact"), <a href={`mailto:${party.contact}`}>{party.contact}</a>],
          ...(party.website ? [[t("website"), <a href={party.website}>{party.website}</a>] as const] : []),
          [t("key"), <code>{keyId}</code>],
        ]}
      />
      <h2>{t("itsModules")}</h2>
      {modules.length === 0 ? (
        <p>{t("empty")}</p>
      ) : (
        <Modules lang={lang} modules={modules} parties={new Map([[party.name, party]])} />
      )}
    </>
  );
}

export function PublishPage({ lang, origin }: { lang: Lang; origin: string }) {
  const t = catalogueTexts.in(lang);
  return (
    <>
      <p>{t("publishBody")}</p>
      <pre dir="ltr">{`npx hansa init fair-water --name my-party/fair-water
npx hansa validate fair-water
npx hansa party sign-up --name my-party --title "My party" --contact me@my-party.example --house ${origin}
npx hansa publish fair-water`}</pre>
      <p>{t("publishWhat")}</p>
      <ul>
        <li>
          <a href="/marketplace/v1/contract.schema.json">{t("schema")}</a>
        </li>
        <li>
          <a href="/marketplace/texts">{translatingTexts.in(lang)("title")}</a>
        </li>
        <li>
          <a href="/marketplace/v1/index.json">{t("index")}</a>
        </li>
        <li>
          <a href="/marketplace/v1/software">{t("italia")}</a>
        </li>
      </ul>
    </>
  );
}

const nameOf = (tag: string, lang: Lang): string => new Intl.DisplayNames([lang], { type: "language" }).of(tag) ?? tag;
