import type { Child } from "hono/jsx";
import { ErrorSummary, Facts, Form, Notice, Table, Tag } from "../../shared/components.tsx";
import { cityMoment, longDay, longMonth } from "../../shared/dates.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { AdvisoryText, SeverityTag } from "../catalogue/advisory-views.tsx";
import { approvalsNeeded } from "../contract/asks.ts";
import { isHook } from "../contract/hooks.ts";
import type { VerifiedPackage } from "../contract/module.ts";
import type { Part } from "../contract/parts.ts";
import { priceSays } from "../contract/price-says.ts";
import { titleWords } from "../contract/says.ts";
import { visible } from "../contract/signs.ts";
import { moneyTexts } from "../money/texts.ts";
import { MayDo, Parts, Said } from "../part-views.tsx";
import { deliveryTexts } from "./delivery-texts.ts";
import { fitting, grantedOf, partsInUse } from "./domain.ts";
import type { Heeded } from "./heeding.ts";
import { heedingTexts } from "./heeding-texts.ts";
import { agreedTo, approversOf, isServing, nextStates } from "./life.ts";
import type { Install, InstallRecord, TariffTrial } from "./schema.ts";
import { installTexts } from "./texts.ts";
import { transparencyTexts } from "./transparency-texts.ts";

export interface Shown {
  lang: Lang;
  here: Here;
  csrf: string;
}

export const TONE = {
  trial: "info",
  proposed: "warning",
  shadow: "info",
  active: "success",
  changing: "warning",
  suspended: "error",
  leaving: "warning",
  gone: "error",
} as const;

type NameOf = (id: string | undefined) => string;

interface ModuleProps {
  shown: Shown;
  name: string;
  /** What the page is about: the installed version, or what the marketplace offers. */
  opened: VerifiedPackage | undefined;
  install: Install | undefined;
  /** A version of the marketplace that is not the installed one. */
  other: string | undefined;
  /** Who looks agreed to that one already. */
  hasApprovedOther: boolean;
  records: readonly InstallRecord[];
  refusal?: string | undefined;
  /** Why its settings are not kept, by their fields. */
  errors?: readonly { field: string; detail: string }[] | undefined;
  /** Where whoever looks may set it. */
  settingsForm?: Child;
  /** What the city's own check found. */
  checks?: Child;
  isDone: boolean;
  /** An administrator; a data officer only approves. */
  mayDecide: boolean;
  /** Who looks at the page. */
  viewer: string | undefined;
  /** What staff call whoever did something. */
  nameOf: NameOf;
  /** What upstream warned of in this version. */
  warnings: readonly Heeded[];
}

export function ModulePage({
  shown,
  name,
  opened,
  install,
  other,
  hasApprovedOther,
  records,
  refusal,
  errors,
  settingsForm,
  checks,
  isDone,
  warnings,
  ...who
}: ModuleProps) {
  const { mayDecide, viewer, nameOf } = who;
  const { lang } = shown;
  const t = installTexts.in(lang);
  const all = opened?.module.parts ?? [];
  const shownParts = !opened
    ? []
    : install
      ? partsInUse(opened.module, install.settings)
      : fitting(all, shown.here.city.currency);
  return (
    <>
      {errors && <ErrorSummary title={t("refused")} errors={errors} />}
      {refusal && !errors && (
        <Notice kind="error">
          <strong>{t("refused")}.</strong> {refusal}
        </Notice>
      )}
      {isDone && <Notice kind="success">{t("done")}</Notice>}
      {opened && (
        <>
          <h2>{t("mayDo")}</h2>
          <MayDo module={{ ...opened.module, parts: shownParts }} lang={lang} />
        </>
      )}
      <Facts
        items={[
          [t("module"), <code>{name}</code>],
          [t("version"), install?.version ?? opened?.module.manifest.version ?? ""],
          ...(install ? [[t("state"), <Tag kind={TONE[install.state]}>{t(install.state)}</Tag>] as const] : []),
          ...(opened ? [[t("licence"), opened.module.manifest.licence] as const] : []),
          ...(opened ? [[moneyTexts.in(lang)("price"), priceHere(shown, opened)] as const] : []),
          [t("digest"), <code>{install?.digest ?? opened?.digest ?? ""}</code>],
        ]}
      />
      {install?.suspendedFor && <Notice kind="error">{t(`why_${install.suspendedFor}`)}</Notice>}
      {warnings
        .filter(({ took }) => took !== "withdrawn")
        .map(({ advisory }) => (
          <Notice kind="error">
            <strong>{heedingTexts.in(lang)("here")}.</strong> <SeverityTag advisory={advisory} lang={lang} />{" "}
            <AdvisoryText advisory={advisory} lang={lang} />
          </Notice>
        ))}
      {install && opened && shownParts.some(isHook) && (
        <p>
          <a href={action(shown, name, "runs")}>{t("runs")}</a>
          {shownParts.some(({ kind }) => kind === "remote") && (
            <>
              {" · "}
              <a href={action(shown, name, "deliveries")}>{deliveryTexts.in(lang)("title")}</a>
            </>
          )}
        </p>
      )}
      {install && opened && <Approvals {...{ shown, name, install, viewer, nameOf }} parts={shownParts} />}
      {install?.trial && <TrialResult shown={shown} trial={install.trial} />}
      {mayDecide && <h2>{t("next")}</h2>}
      {mayDecide &&
        (install ? (
          <Next {...{ shown, name, install, other, hasApprovedOther }} acts={shownParts.some(isHook)} />
        ) : (
          <Step {...{ shown, name }} does="take" hint={t("takeHint")} label={t("take")} />
        ))}
      {settingsForm}
      {checks}
      {opened && (
        <>
          <h2>{t("contents")}</h2>
          <Parts parts={opened.module.parts} lang={lang} />
        </>
      )}
      {records.length > 0 && (
        <Table
          caption={t("records")}
          head={[t("when"), t("what"), t("version"), t("by")]}
          rows={records.map((record) => [
            cityMoment(record.at, shown),
            t(said(record.what)),
            record.version,
            <bdi>{nameOf(record.by)}</bdi>,
          ])}
        />
      )}
    </>
  );
}

/** What it costs here, and where that is agreed to. */
const priceHere = ({ lang, here }: Shown, { module: { manifest } }: VerifiedPackage) => {
  const says = priceSays(manifest.price, lang, here.city.currency).join(" ");
  return manifest.price ? <a href={here.url("/staff/module-money")}>{says}</a> : says;
};

export interface Deciding {
  shown: Shown;
  name: string;
  install: Install;
  parts: readonly Part[];
}

/** Who agreed to what is asked for, and the button by which one more does. */
function Approvals(props: Deciding & Pick<ModuleProps, "viewer" | "nameOf">) {
  const { shown, name, install, parts, viewer, nameOf } = props;
  const t = installTexts.in(shown.lang);
  const asks = grantedOf(install.settings, parts);
  const needed = approvalsNeeded(asks);
  if (needed === 0) return null;
  const approvers = approversOf(install, asks);
  return (
    <>
      <h2>{t("approvals")}</h2>
      <p>{t("approvalsLead", { needed, have: approvers.length })}</p>
      <p>
        {install.settings.until === undefined
          ? t("grantedForEver")
          : t("grantedUntil", { until: longDay(install.settings.until, shown.lang) })}
      </p>
      {approvers.length > 0 && (
        <ul>
          {approvers.map((by) => (
            <li>
              <bdi>{nameOf(by)}</bdi>
            </li>
          ))}
        </ul>
      )}
      {approvers.length < needed &&
        (viewer !== undefined && approvers.includes(viewer) ? (
          <p>{t("approveOther")}</p>
        ) : (
          <Step
            {...{ shown, name }}
            does="approvals"
            label={t("approve")}
            hint={t("approveHint")}
            seen={agreedTo(install, asks)}
          />
        ))}
    </>
  );
}

const said = (what: InstallRecord["what"]) =>
  what === "proposed" ? "r_proposed" : what === "suspended" ? "r_suspended" : what;

export const action = ({ here }: Shown, name: string, does: string) => here.url(`/staff/modules/${name}/${does}`);

interface StepProps {
  shown: Shown;
  name: string;
  does: string;
  label: string;
  hint?: string;
  version?: string;
  /** What of it is shown. */
  seen?: string;
}

/** One button that does one thing, and what it means before it is pressed. */
export const Step = ({ shown, name, does, label, hint, version, seen }: StepProps) => (
  <Form action={action(shown, name, does)} csrf={shown.csrf} submit={label}>
    {hint && <p class="hint">{hint}</p>}
    {version && <input type="hidden" name="version" value={version} />}
    {seen && <input type="hidden" name="seen" value={seen} />}
  </Form>
);

function Next({
  shown,
  name,
  install,
  other,
  hasApprovedOther,
  acts,
}: {
  shown: Shown;
  name: string;
  install: Install;
  other: string | undefined;
  hasApprovedOther: boolean;
  /** Something of it acts by itself. */
  acts: boolean;
}) {
  const t = installTexts.in(shown.lang);
  const next = nextStates(install.state);
  const isTried = install.trial?.version === install.version;
  const serves = isServing(install);
  const mayServe = !acts || install.shadow?.version === install.version;
  const common = { shown, name };
  if (install.state === "leaving")
    return <Step {...common} does="removal" label={t("remove")} hint={t("removeHint")} />;
  if (install.change)
    return (
      <>
        <Step {...common} does={install.change.from} label={t("stopChange")} hint={t("stopChangeHint")} />
        <Step {...common} does="removal" label={t("remove")} hint={t("removeHint")} />
      </>
    );
  return (
    <>
      {!serves && <Step {...common} does="trials" label={t("try")} hint={t("tryHint")} />}
      {next.includes("proposed") && isTried && <Step {...common} does="proposed" label={t("propose")} />}
      {acts && next.includes("shadow") && (
        <Step {...common} does="shadow" label={t("letShadow")} hint={t("shadowHint")} />
      )}
      {mayServe && next.includes("active") && (
        <Step {...common} does="active" label={t("activate")} hint={t(acts ? "activateActs" : "activateHint")} />
      )}
      {other && (
        <>
          <p>{t("newer", { version: other })}</p>
          {install.trial?.version === other || !serves ? (
            <Step
              {...common}
              does="version"
              version={other}
              label={t("upgrade", { version: other })}
              hint={t("upgradeHint")}
            />
          ) : (
            <Step
              {...common}
              does="trials"
              version={other}
              label={t("tryVersion", { version: other })}
              hint={t("tryHint")}
            />
          )}
        </>
      )}
      {acts && other && install.trial?.version === other && !hasApprovedOther && (
        <Step
          {...common}
          does="approvals"
          version={other}
          label={t("approveVersion", { version: other })}
          hint={t("approveHint")}
        />
      )}
      {install.previous && (
        <p>
          <a href={action(shown, name, "rollback")}>{t("rollback", { version: install.previous.version })}</a>{" "}
          <span class="hint">{t("rollbackHint", { until: cityMoment(install.previous.until, shown) })}</span>
        </p>
      )}
      {next.includes("suspended") && <Step {...common} does="suspended" label={t("suspend")} hint={t("suspendHint")} />}
      {next.includes("leaving") && <Step {...common} does="removal" label={t("remove")} hint={t("removeHint")} />}
    </>
  );
}

function TrialResult({ shown, trial }: { shown: Shown; trial: NonNullable<Install["trial"]> }) {
  const { lang } = shown;
  const t = installTexts.in(lang);
  return (
    <>
      <h2>{t("result")}</h2>
      <p>{t("triedOn", { version: trial.version, date: cityMoment(trial.triedAt, shown) })}</p>
      {trial.tariffs.length === 0 && <p>{t("nothingBilled")}</p>}
      {trial.proofs.length > 0 && (
        <Table
          caption={t("proofs")}
          head={[t("example"), t("answer")]}
          rows={trial.proofs.map(({ name, holds, reason }) => [
            name,
            holds ? (
              <Tag kind="success">{t("holds")}</Tag>
            ) : (
              <>
                {<Tag kind="error">{t("differs")}</Tag>} {reason}
              </>
            ),
          ])}
        />
      )}
      {trial.tariffs.map((tariff) => (
        <TariffResult shown={shown} tariff={tariff} />
      ))}
      <Facts items={[[t("resultDigest"), <code>{trial.resultDigest}</code>]]} />
    </>
  );
}

function TariffResult({ shown: { lang, here }, tariff }: { shown: Shown; tariff: TariffTrial }) {
  const t = installTexts.in(lang);
  const households = tariff.quarters.reduce((total, quarter) => total + quarter.households, 0);
  if (households === 0) return <p>{t("noHouseholds")}</p>;
  const months = new Intl.ListFormat(lang).format(tariff.months.map((month) => longMonth(month, lang)));
  const money = (minor: number) => formatMoney(minor, here.city.currency, lang);
  const unit = tariff.kind === "electricity" ? "kWh" : "m³";
  const use = (quantity: number) =>
    `${new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(quantity / 1000)} ${unit}`;
  const figures = (before: number | undefined, after: number): Child[] =>
    before === undefined ? [money(after)] : [money(before), money(after), money(after - before)];
  const isCompared = tariff.beforeMinor !== undefined;
  return (
    <>
      {!isCompared && <p>{t("noBefore")}</p>}
      <Table
        caption={t("resultLead", { n: households, months })}
        head={[t("quarter"), t("use"), ...(isCompared ? [t("before"), t("after"), t("difference")] : [t("after")])]}
        numeric={[1, 2, 3, 4]}
        rows={[
          ...tariff.quarters.map((quarter, i) => [
            t(`quarter${i as 0 | 1 | 2 | 3}`),
            use(quarter.meanUse),
            ...figures(quarter.beforeMinor, quarter.afterMinor),
          ]),
          [t("all"), "", ...figures(tariff.beforeMinor, tariff.afterMinor)],
        ]}
      />
    </>
  );
}

/** What residents see: what serves in their city, who made it, what it may do and what is in it. */
export function PublicPage({
  shown,
  serving,
}: {
  shown: Shown;
  /** Without what is in one where the city's own copy was changed. */
  serving: readonly { install: Install; opened: VerifiedPackage | undefined }[];
}) {
  const { lang } = shown;
  const t = installTexts.in(lang);
  if (serving.length === 0) return <p>{t("noneHere")}</p>;
  return serving.map(({ install, opened }) => {
    if (!opened)
      return (
        <section>
          <h2>{visible(install.module)}</h2>
          <Notice kind="error">{transparencyTexts.in(lang)("broken")}</Notice>
        </section>
      );
    const parts = partsInUse(opened.module, install.settings);
    return (
      <section>
        <h2>
          <Said words={opened.module.manifest.title} lang={lang} />
        </h2>
        <p>
          <Said words={opened.module.manifest.summary} lang={lang} />
        </p>
        {parts.some(({ kind }) => kind === "page") && (
          <ul>
            {parts
              .filter(({ kind }) => kind === "page")
              .map((part) => (
                <li>
                  <a href={shown.here.url(`/modules/${install.module}/${part.id}`)}>
                    <Said words={titleWords(part)} lang={lang} />
                  </a>
                </li>
              ))}
          </ul>
        )}
        <h3>{t("mayDo")}</h3>
        <MayDo module={{ ...opened.module, parts }} lang={lang} />
        {/* What a pack says for the house's texts stands on every page. */}
        <Parts parts={parts.filter((part) => !("texts" in part))} all={opened.module.parts} lang={lang} />
        <Facts
          items={[
            [t("publisher"), visible(install.publisher)],
            [t("version"), install.version],
            [t("since"), install.activeSince ? cityMoment(install.activeSince, shown) : ""],
            [t("licence"), opened.module.manifest.licence],
            [t("digest"), <code>{install.digest}</code>],
          ]}
        />
      </section>
    );
  });
}
