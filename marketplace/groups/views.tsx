import { Card, Cards, Facts, Table, Tag } from "../../shared/components.tsx";
import { longDay } from "../../shared/dates.ts";
import type { Lang } from "../../shared/texts.ts";
import { catalogueTexts } from "../catalogue/texts.ts";
import type { Cohort, MemberRole } from "../contract/group.ts";
import type { NeedState } from "../contract/need.ts";
import type { Party } from "../contract/party.ts";
import { inLang, type Words } from "../contract/words.ts";
import { needTexts } from "../needs/texts.ts";
import { Paragraphs } from "../part-views.tsx";
import { groupTexts } from "./texts.ts";

export function GroupsPage({ lang, groups }: { lang: Lang; groups: readonly Party[] }) {
  const t = groupTexts.in(lang);
  if (groups.length === 0) return <p>{t("none")}</p>;
  return (
    <Cards>
      {groups.map(({ name, title }) => (
        <Card href={`/marketplace/groups/${name}`} title={title}>
          <p>
            <code>{name}</code>
          </p>
        </Card>
      ))}
    </Cards>
  );
}

interface Member {
  member: string;
  title: string;
  kind: Party["kind"] | undefined;
  role: MemberRole;
  cohort?: string | undefined;
  state: "in" | "asked" | "out";
}
type ShownCohort = Omit<Cohort, "needs"> & {
  needs: { name: string; state: NeedState | undefined; title: Words | undefined }[];
};

export function GroupPage({
  lang,
  group,
  members,
  cohorts,
}: {
  lang: Lang;
  group: Party;
  members: readonly Member[];
  cohorts: readonly ShownCohort[];
}) {
  const t = groupTexts.in(lang);
  return (
    <>
      <Facts
        items={[
          [t("contact"), <a href={`mailto:${group.contact}`}>{group.contact}</a>],
          ...(group.website ? [[t("website"), <a href={group.website}>{group.website}</a>] as const] : []),
        ]}
      />
      <h2>{t("members")}</h2>
      <p>{t("membersLead")}</p>
      <Members lang={lang} members={members.filter(({ cohort }) => cohort === undefined)} />
      <h2>{t("cohorts")}</h2>
      {cohorts.length === 0 && <p>{t("noCohorts")}</p>}
      {cohorts.map((cohort) => (
        <section>
          <h3>{inLang(cohort.title, lang)}</h3>
          <p>
            {longDay(cohort.fromOn, lang)} – {longDay(cohort.toOn, lang)}
          </p>
          <Paragraphs words={cohort.about} lang={lang} />
          {cohort.needs.length > 0 && (
            <>
              <h4>{t("needs")}</h4>
              <ul>
                {cohort.needs.map(({ name, state, title }) => (
                  <li>
                    {title ? <a href={`/marketplace/needs/${name}`}>{inLang(title, lang)}</a> : name}{" "}
                    {state && <Tag>{needTexts.in(lang)(state)}</Tag>}
                  </li>
                ))}
              </ul>
            </>
          )}
          <Members lang={lang} members={members.filter((one) => one.cohort === cohort.name)} />
        </section>
      ))}
      <p>
        <a href={`/marketplace/v1/groups/${group.name}`}>JSON</a>
      </p>
    </>
  );
}

function Members({ lang, members }: { lang: Lang; members: readonly Member[] }) {
  const t = groupTexts.in(lang);
  if (members.length === 0) return <p>{t("noMembers")}</p>;
  return (
    <Table
      caption={t("members")}
      head={[t("who"), t("kind"), t("as")]}
      rows={members.map(({ member, title, kind, role, state }) => [
        <a href={`/marketplace/parties/${member}`}>{title}</a>,
        kind ? catalogueTexts.in(lang)(kind) : "",
        <>
          {t(role)} {state === "asked" && <Tag kind="warning">{t("asked")}</Tag>}
        </>,
      ])}
    />
  );
}
