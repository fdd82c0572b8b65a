import { Facts, Form, LinkButton, Table } from "../../../shared/components.tsx";
import { cityMoment } from "../../../shared/dates.ts";
import { sizeOf } from "./frames.ts";
import type { Letter } from "./letters.ts";
import type { Gap, MissingIntervals, Source } from "./schema.ts";
import { code, GAPS, more, type Shown, SOURCES } from "./shown.tsx";

export const GapsPage = ({ s, open, closed, sources, nameOf, next }: GapsProps) => (
  <>
    <h2>{s.t("openGaps")}</h2>
    {open.length === 0 ? (
      <p>{s.t("noGaps")}</p>
    ) : (
      <GapTable {...{ s, sources, nameOf }} gaps={open} name={s.t("openGaps")} />
    )}
    {more(s, GAPS, next)}
    {closed.length > 0 && (
      <>
        <h2>{s.t("closedGaps")}</h2>
        <GapTable {...{ s, sources, nameOf }} gaps={closed} name={s.t("closedGaps")} />
      </>
    )}
  </>
);
interface GapsProps {
  s: Shown;
  open: readonly Gap[];
  closed: readonly Gap[];
  sources: ReadonlyMap<string, Source>;
  nameOf: NameOf;
  next: string | undefined;
}

/** Of whoever is no source of the list: a program's key, or a person. */
type NameOf = (id: string) => string;

const GapTable = (props: Pick<GapsProps, "s" | "sources" | "nameOf"> & { gaps: readonly Gap[]; name: string }) => {
  const { s, gaps, sources, nameOf, name } = props;
  const { t, here } = s;
  return (
    <Table
      caption={name}
      head={[t("since"), t("source"), t("device"), t("missing"), t("asked"), t("gap")]}
      rows={gaps.map((gap) => [
        cityMoment(gap.from, s),
        sources.has(gap.sourceId) ? (
          <a href={here.url(`${SOURCES}/${gap.sourceId}`)}>{sources.get(gap.sourceId)!.name}</a>
        ) : (
          <bdi>{nameOf(gap.sourceId)}</bdi>
        ),
        gap.device === undefined ? "" : code(gap.device),
        missingOf(gap, t),
        askedOf(gap, s),
        <a href={here.url(`${GAPS}/${gap.id}`)}>{t("details")}</a>,
      ])}
    />
  );
};

/** Who has no way to be asked finds it in the list of what is missing. */
const askedOf = ({ asked }: Gap, s: Shown) =>
  asked ? s.t(`asked_${asked.by}`, { at: cityMoment(asked.at, s) }) : s.t("listed");

interface GapProps {
  s: Shown;
  gap: Gap;
  source: Source | undefined;
  nameOf: NameOf;
  missing: { intervals: readonly MissingIntervals[]; next?: string };
  /** To whoever sends, where the house cannot ask by itself. */
  letter: Letter | undefined;
}
export const GapPage = ({ s, gap, source, nameOf, missing, letter }: GapProps) => {
  const { t, here } = s;
  return (
    <>
      <Facts
        items={[
          [
            t("source"),
            source ? (
              <a href={here.url(`${SOURCES}/${source.id}`)}>{source.name}</a>
            ) : (
              <bdi>{nameOf(gap.sourceId)}</bdi>
            ),
          ],
          ...(gap.device === undefined ? [] : [[t("device"), code(gap.device)] as const]),
          [t("since"), cityMoment(gap.from, s)],
          [t("missing"), missingOf(gap, t)],
          [t("asked"), askedOf(gap, s)],
        ]}
      />
      {gap.state === "open" && source && (
        <Form action={here.url(`${GAPS}/${gap.id}/ask`)} csrf={s.csrf} submit={t("askNow")} />
      )}
      {letter && (
        <section>
          <h2>{t("letter")}</h2>
          <p>{t("letterHint")}</p>
          <p>{letter.text}</p>
          {letter.lines.length > 0 && <pre tabindex={0}>{letter.lines.join("\n")}</pre>}
          <LinkButton href={letter.mailto}>{t("letterMail")}</LinkButton>
        </section>
      )}
      {missing.intervals.length > 0 && (
        <Table
          caption={t("missing")}
          head={[t("meter"), t("from"), t("to")]}
          rows={missing.intervals.map(({ meterId, serial, from, to }) => [
            <a href={here.url(`/meters/${meterId}`)}>
              <bdi>{serial}</bdi>
            </a>,
            cityMoment(from, s),
            cityMoment(to, s),
          ])}
        />
      )}
      {more(s, `${GAPS}/${gap.id}`, missing.next)}
    </>
  );
};

function missingOf({ kind, missing, frames, intervals = 0, meters = 0, isMore }: Gap, t: Shown["t"]): string {
  if (kind === "silence") return t("silence");
  if (kind === "frames") return t("frames", { missing: sizeOf(missing), frames });
  return t(isMore ? "moreIntervals" : "intervals", { intervals, meters });
}
