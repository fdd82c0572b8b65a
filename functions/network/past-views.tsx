import { Table } from "../../shared/components.tsx";
import type { PastRanking, PastResult } from "./losses-schema.ts";
import { dayName, money, number, percent, quantity, type Shown } from "./shown.tsx";

/** What an area's balance said night by night. */
export function AreaHistory({ s, history }: { s: Shown; history: readonly PastResult[] }) {
  const { t, lang } = s;
  if (history.length === 0) return null;
  return (
    <Table
      caption={t("history")}
      numeric={[1, 2, 3, 4, 5, 6, 7]}
      head={[
        ...[t("to"), t("input"), t("loss"), t("lossShare"), t("lossMoney")],
        ...[t("leakPerDay"), t("theftScore"), t("gaps")],
      ]}
      rows={history.map((one) => [
        dayName(one.on, lang),
        quantity(one.inputQuantity, one.kind, lang),
        quantity(one.lossQuantity, one.kind, lang),
        percent(one.lossShare, lang),
        money(one.lossMinor, one.currency, lang),
        quantity(one.leakPerDay, one.kind, lang),
        one.theftScore === undefined ? "" : number(one.theftScore, lang),
        percent(one.gapShare, lang),
      ])}
    />
  );
}

/** What came first, morning by morning. */
export function RankingHistory({ s, rankings }: { s: Shown; rankings: readonly PastRanking[] }) {
  const { t, here, lang } = s;
  if (rankings.length === 0) return null;
  return (
    <Table
      caption={t("rankingHistory")}
      numeric={[1]}
      head={[t("to"), t("ranking"), t("first")]}
      rows={rankings.map(({ on, interventions }) => {
        const [first] = interventions;
        return [
          dayName(on, lang),
          number(interventions.length, lang),
          first ? (
            <a
              href={here.url(
                first.point === undefined
                  ? `/staff/network/areas/${first.area}?month=${on.slice(0, 7)}`
                  : `/staff/network/points/${first.point}`,
              )}
            >
              {`${t(first.kind)}, ${first.point ?? first.area}: ${money(first.perCrewDayMinor, first.currency, lang)}`}
            </a>
          ) : (
            t("rankingNone")
          ),
        ];
      })}
    />
  );
}
