import { Table } from "../../../shared/components.tsx";
import { sizeOf } from "./frames.ts";
import type { Gap, Source } from "./schema.ts";
import { code, GAPS, moment, more, type Shown, SOURCES } from "./shown.tsx";

export const GapsPage = ({ s, open, closed, sources, next }: GapsProps) => (
  <>
    <h2>{s.t("openGaps")}</h2>
    {open.length === 0 ? (
      <p>{s.t("noGaps")}</p>
    ) : (
      <GapTable s={s} gaps={open} sources={sources} name={s.t("openGaps")} />
    )}
    {more(s, GAPS, next)}
    {closed.length > 0 && (
      <>
        <h2>{s.t("closedGaps")}</h2>
        <GapTable s={s} gaps={closed} sources={sources} name={s.t("closedGaps")} />
      </>
    )}
  </>
);
interface GapsProps {
  s: Shown;
  open: readonly Gap[];
  closed: readonly Gap[];
  sources: ReadonlyMap<string, Source>;
  next: string | undefined;
}

const GapTable = (props: { s: Shown; gaps: readonly Gap[]; sources: ReadonlyMap<string, Source>; name: string }) => {
  const { s, gaps, sources, name } = props;
  const { t, here } = s;
  return (
    <Table
      caption={name}
      head={[t("since"), t("source"), t("device"), t("missing"), t("asked")]}
      rows={gaps.map((gap) => [
        moment(gap.from, s),
        sources.has(gap.sourceId) ? (
          <a href={here.url(`${SOURCES}/${gap.sourceId}`)}>{sources.get(gap.sourceId)!.name}</a>
        ) : (
          code(gap.sourceId)
        ),
        gap.device === undefined ? "" : code(gap.device),
        missingOf(gap, t),
        gap.backfill ? t("fromStorage") : gap.kind === "silence" ? "" : t("byHand"),
      ])}
    />
  );
};

function missingOf({ kind, missing, frames, intervals = 0, meters = 0, isMore }: Gap, t: Shown["t"]): string {
  if (kind === "silence") return t("silence");
  if (kind === "frames") return t("frames", { missing: sizeOf(missing), frames });
  return t(isMore ? "moreIntervals" : "intervals", { intervals, meters });
}
