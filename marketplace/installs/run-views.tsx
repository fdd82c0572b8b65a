import { Pager, Table, Tag } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { dayOf } from "../../shared/time.ts";
import type { Run } from "./run-schema.ts";
import { installTexts } from "./texts.ts";
import type { Shown } from "./views.tsx";

const TONE = { done: "success", shadow: "info", refused: "error" } as const;

/** What rules and programs did, or in shadow would have done: by day, and run by run. */
export function RunsPage({ shown, runs, next }: { shown: Shown; runs: readonly Run[]; next: string | undefined }) {
  const { lang, here } = shown;
  const t = installTexts.in(lang);
  if (runs.length === 0) return <p>{t("noRuns")}</p>;
  const { timeZone } = here.city;
  const number = new Intl.NumberFormat(lang);
  // To the second: runs follow each other closely.
  const moment = new Intl.DateTimeFormat(lang, { dateStyle: "short", timeStyle: "medium", timeZone });
  const days = [...Map.groupBy(runs, ({ at }) => dayOf(new Date(at), timeZone)).values()];
  return (
    <>
      <Table
        caption={t("byDay")}
        head={[t("when"), t("runs"), t("r_shadow"), t("r_done"), t("r_refused")]}
        numeric={[1, 2, 3, 4]}
        rows={days.map((some) => [
          cityDay(some[0]!.at, shown),
          number.format(some.length),
          ...(["shadow", "done"] as const).map((outcome) =>
            number.format(
              some.filter((run) => run.outcome === outcome).reduce((sum, run) => sum + run.effects.length, 0),
            ),
          ),
          number.format(some.filter((run) => run.outcome === "refused").length),
        ])}
      />
      <Table
        caption={t("runs")}
        head={[t("when"), t("part"), t("outcome"), t("effects")]}
        rows={runs.map((run) => [
          moment.format(new Date(run.at)),
          run.part,
          <>
            <Tag kind={TONE[run.outcome]}>{t(`o_${run.outcome}`)}</Tag> {run.refused && t(`refused_${run.refused.why}`)}{" "}
            {run.refused?.detail && <code dir="ltr">{run.refused.detail}</code>}
          </>,
          run.effects.map(({ scope, about, fields }) => (
            <div>
              <code dir="ltr">{`${scope} ${about ?? ""} ${JSON.stringify(fields)}`}</code>
            </div>
          )),
        ])}
      />
      {next && <Pager next={[`?cursor=${encodeURIComponent(next)}`, t("older")]} />}
    </>
  );
}
