import { Actions, Facts, Field, Form, LinkButton, Notice, Pager, Table, Tag } from "../../shared/components.tsx";
import { longCityMoment } from "../../shared/dates.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { grouped } from "./domain.ts";
import type { Campaign, CampaignMeter } from "./schema.ts";
import { Mistakes, type StaffShown } from "./staff-views.tsx";
import { Digits, type Mistake } from "./views.tsx";

const nameOf = (s: StaffShown, { to }: Campaign) =>
  `${s.st("keyRevision")} ${to.keyRevision}, ${s.st("baseYear")} ${to.baseYear}`;
const errorOf = (mistakes: readonly Mistake[], field: string) => mistakes.find((one) => one.field === field)?.detail;

export const CampaignsPage = ({
  s,
  campaigns,
  given,
  mistakes,
}: {
  s: StaffShown;
  campaigns: readonly Campaign[];
  given: Record<string, string>;
  mistakes: readonly Mistake[];
}) => (
  <>
    <Mistakes {...{ s, mistakes }} />
    {campaigns.length === 0 ? (
      <p>{s.st("none")}</p>
    ) : (
      <Table
        caption={s.st("campaigns")}
        head={[s.st("campaigns"), s.st("state"), s.st("about"), s.st("withTokens"), s.st("confirmed")]}
        numeric={[2, 3, 4]}
        rows={campaigns.map((campaign) => [
          <a href={s.here.url(`/staff/prepaid/campaigns/${campaign.id}`)}>{nameOf(s, campaign)}</a>,
          <Tag>{s.st(campaign.state)}</Tag>,
          ...[campaign.meters, campaign.issued, campaign.confirmed].map(String),
        ])}
      />
    )}
    {s.mayRule && (
      <>
        <h2>{s.st("newCampaign")}</h2>
        <Form action={s.here.url("/staff/prepaid/campaigns")} csrf={s.csrf} submit={s.st("begin")}>
          <Field
            label={s.st("toRevision")}
            name="keyRevision"
            inputmode="numeric"
            maxlength={1}
            value={given["keyRevision"] ?? "2"}
            error={errorOf(mistakes, "keyRevision") ?? errorOf(mistakes, "to")}
          />
          <Field
            label={s.st("toBase")}
            name="baseYear"
            type="select"
            value={given["baseYear"] ?? "2014"}
            options={["2014", "2035"].map((year) => [year, year] as const)}
            error={errorOf(mistakes, "baseYear")}
          />
          <Field
            label={s.st("onlyGroup")}
            name="supplyGroup"
            inputmode="numeric"
            maxlength={6}
            value={given["supplyGroup"]}
            error={errorOf(mistakes, "supplyGroup")}
          />
        </Form>
      </>
    )}
  </>
);

export function CampaignPage({
  s,
  campaign,
  meters,
  next,
}: {
  s: StaffShown;
  campaign: Campaign;
  meters: readonly CampaignMeter[];
  next?: string | undefined;
}) {
  const { st, here, csrf } = s;
  const at = here.url(`/staff/prepaid/campaigns/${campaign.id}`);
  const isUnderWay = ["listing", "issuing"].includes(campaign.state);
  const done = campaign.issued + campaign.failed;
  return (
    <>
      <Notice kind={campaign.state === "done" ? "success" : "info"}>{st(campaign.state)}</Notice>
      {campaign.meters > 0 && (
        <p>
          <label for="progress">{st("progress")}</label>
          <progress id="progress" max={campaign.meters} value={done}>{`${done} / ${campaign.meters}`}</progress>
        </p>
      )}
      <Facts
        items={[
          [st("looked"), String(campaign.looked)],
          [st("about"), String(campaign.meters)],
          [st("withTokens"), String(campaign.issued)],
          [st("confirmed"), String(campaign.confirmed)],
          [st("failed"), String(campaign.failed)],
          [st("unfit"), String(campaign.unfit)],
          [st("askedBy"), <StaffName here={s.here} id={campaign.startedBy} />],
          [st("when"), longCityMoment(campaign.startedAt, s)],
        ]}
      />
      <Actions>
        {isUnderWay && <LinkButton href={at}>{s.t("lookAgain")}</LinkButton>}
        <LinkButton href={`${at}/meters.csv`} second>
          {st("csv")}
        </LinkButton>
        {isUnderWay && s.mayRule && <Form action={`${at}/stop`} csrf={csrf} submit={st("stop")} />}
      </Actions>
      {isUnderWay && s.mayRule && <p>{st("stopSays")}</p>}
      {meters.length > 0 && (
        <Table
          caption={st("meters")}
          head={[st("number"), st("state"), st("tokens")]}
          rows={meters.map(({ meterId, number, keyChange, digits }) => [
            <a href={here.url(`/staff/prepaid/meters/${meterId}`)}>
              <Digits of={number} />
            </a>,
            <Tag kind={keyChange.state === "confirmed" ? "success" : "info"}>{st(keyChange.state)}</Tag>,
            <bdi dir="ltr">{digits.map(grouped).join(" · ")}</bdi>,
          ])}
        />
      )}
      {next && <Pager next={[`${at}?cursor=${encodeURIComponent(next)}`, st("more")]} />}
    </>
  );
}
