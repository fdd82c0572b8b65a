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
        <a href={here.url(`${SOURCES}/${gap.sourceId}`)}>{sources.get(gap.sourceId)?.name ?? gap.sourceId}</a>,
        code(gap.device),
        gap.kind === "silence" ? t("silence") : t("frames", { missing: sizeOf(gap.missing), frames: gap.frames }),
        gap.backfill ? t("fromStorage") : gap.kind === "frames" ? t("byHand") : "",
      ])}
    />
  );
};
