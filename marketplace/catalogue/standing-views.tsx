import { Facts, Table, Tag } from "../../shared/components.tsx";
import { longDay } from "../../shared/dates.ts";
import type { Lang } from "../../shared/texts.ts";
import type { Report } from "../check/report.ts";
import { checkTexts } from "../check/texts.ts";
import type { Listing } from "../contract/index-file.ts";
import type { NamedUse } from "../uses/store.ts";
import { isRunning, POINTS, type Rank, type Standing, TERMS } from "./standing.ts";
import { standingTexts } from "./standing-texts.ts";

interface Props {
  lang: Lang;
  listing: Listing;
  report: Report | undefined;
  place: { rank: Rank; standing: Standing; said: readonly NamedUse[] };
}

/** What others can say of a module: who runs it, what the check found, what went wrong, who removed it and why. */
export function ListingPart({ lang, listing, report, place: { rank, standing, said } }: Props) {
  const t = standingTexts.in(lang);
  const running = said.filter(({ use }) => isRunning(use));
  const removed = said.filter(({ use }) => use.state === "removed");
  const sum = (of: (one: NamedUse) => number) => said.reduce((total, one) => total + of(one), 0);
  return (
    <>
      <h2>{t("who")}</h2>
      {running.length === 0 ? (
        <p>{t("nobody")}</p>
      ) : (
        <Table
          caption={t("runIt")}
          head={[t("cityHead"), t("since"), t("version")]}
          rows={running.map(({ use, city }) => [city, longDay(use.since, lang), use.version])}
        />
      )}
      {removed.length > 0 && (
        <Table
          caption={t("removals")}
          head={[t("cityHead"), t("removedOn"), t("why")]}
          rows={removed.map(({ use, city }) => [
            city,
            longDay(use.removedAt ?? use.signedAt, lang),
            use.why ?? t("noReason"),
          ])}
        />
      )}
      <h2>{t("incidents")}</h2>
      <Facts
        items={[
          [t("suspensions"), String(sum(({ use }) => use.suspensions))],
          [t("refused"), t("ofRuns", { refused: sum(({ use }) => use.refused), runs: sum(({ use }) => use.runs) })],
          [t("warnings"), <a href="/marketplace/advisories">{t("openAndMended", standing.warnings)}</a>],
          [t("maintained"), longDay(standing.publishedAt, lang)],
        ]}
      />
      <h2>{t("check")}</h2>
      {report ? (
        <>
          <p>{t("checkLead")}</p>
          <CheckLines {...{ report, lang }} />
          <Facts
            items={[
              [t("proofDigest"), <code>{report.proofDigest}</code>],
              [t("report"), <a href={`/marketplace/v1/modules/${listing.name}/${listing.version}/check`}>JSON</a>],
            ]}
          />
        </>
      ) : (
        <p>{t("unchecked")}</p>
      )}
      <h2>{t("place")}</h2>
      <p>
        {t("points", { n: rank.points })} <a href="/marketplace/ranking">{t("howOrdered")}</a>
      </p>
      <Table
        caption={t("terms")}
        head={[t("term"), t("pointsHead")]}
        rows={TERMS.map((term) => [t(term === "refused" ? "refusedTerm" : term), rank.terms[term]])}
        numeric={[1]}
      />
    </>
  );
}

/** What each check found, in a sentence. */
export function CheckLines({ report, lang }: { report: Report; lang: Lang }) {
  const [t, says] = [standingTexts.in(lang), checkTexts.in(lang)];
  return (
    <Table
      caption={t("checkOf", { version: report.version })}
      head={[t("what"), t("verdict"), t("found")]}
      rows={report.lines.map((line) => [
        says(line.check),
        <Tag kind={VERDICTS[line.verdict]}>{says(line.verdict)}</Tag>,
        line.says[lang],
      ])}
    />
  );
}

export const VERDICTS = { pass: "success", warn: "warning", fail: "error" } as const;

/** The formula itself, from the very figures that are used. */
export function RankingPage({ lang }: { lang: Lang }) {
  const t = standingTexts.in(lang);
  const { proof, city, month, language, fresh, mended, suspension, refused, removal, warning } = POINTS;
  // The sign stands on its side of the figure from right to left too.
  const signed = (value: number) => new Intl.NumberFormat(lang, { signDisplay: "exceptZero" }).format(value);
  const most = (value: number) => t("atMost", { n: value });
  const rows: [string, string, string][] = [
    [
      t("proof"),
      new Intl.ListFormat(lang).format(
        (["pass", "warn"] as const).map((verdict) => `${signed(proof[verdict])} (${checkTexts.in(lang)(verdict)})`),
      ),
      most(proof.pass),
    ],
    [t("city"), signed(city.each), most(city.most)],
    [t("month"), signed(month.each), most(month.most)],
    [t("language"), signed(language.each), most(language.each * language.of.length)],
    [t("fresh"), t("freshRule", { months: fresh.months }), most(fresh.months)],
    [t("mended"), signed(mended.each), most(mended.most)],
    [t("suspension"), signed(suspension.each), most(suspension.most)],
    [t("refusedTerm"), signed(refused.eachPercent), most(refused.most)],
    [t("removal"), signed(removal.each), most(removal.most)],
    [t("warning"), signed(warning.each), most(warning.most)],
  ];
  return (
    <>
      <Table caption={t("formula")} head={[t("term"), t("each"), t("bound")]} rows={rows} />
      <ul>
        {(["ruleSum", "ruleWho", "ruleMoney", "ruleStars"] as const).map((rule) => (
          <li>{t(rule)}</li>
        ))}
      </ul>
    </>
  );
}
