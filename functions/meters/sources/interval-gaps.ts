import { type NewEvent, told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Key, type Write } from "../../../shared/table.ts";
import { GapClosed, GapOpened } from "../events.ts";
import { askWrites } from "./asked.ts";
import {
  dayOf,
  daysAround,
  type Hole,
  measured,
  packEnds,
  packHoles,
  type Span,
  spanOf,
  unpackEnds,
  unpackHoles,
  walked,
  without,
} from "./intervals.ts";
import type { Gap } from "./schema.ts";
import { sourceStore } from "./store.ts";

type Missing = ReturnType<typeof measured>;

/** Meters are looked at so many at a time: what a city's million of them ends at is 63 small items. */
const PAGE = 16_000;
/** Of a page, a day and a source. What a network that loses much at random lacks beyond this is told by `isMore`. */
const ADDED_BYTES_MAX = 16_000;
/** What comes late can cut holes in pieces. */
const KEPT_BYTES_MAX = 200_000;
/** Of days and sources in one transaction, five writes each. A single interval never opens more. */
const OPENED_AT_ONCE = 15;
const TRIES = 5;

const pageKey = (page: number): string => String(page).padStart(6, "0");
const endsKey = (page: number): Key => ({ pk: "INTERVALENDS", sk: pageKey(page) });
/** Where the intervals of meters end. */
export async function endsOf(here: Here, meters: readonly number[]): Promise<Map<number, number>> {
  const pages = [...new Set(meters.map((meter) => Math.floor(meter / PAGE)))];
  const items = await here.table.getMany(pages.map(endsKey));
  return new Map(items.flatMap((item) => [...unpackEnds(item["ends"] as Uint8Array)]));
}
/** Where the holes of a day's gap are told, and which pages have any. */
export async function pagesOf(here: Here, day: string, source: string): Promise<{ gapId: string; pages: number[] }> {
  const item = await here.table.get(dayKey(day, source));
  const pages = Object.keys((item?.["pages"] ?? {}) as Record<string, Missing>);
  return { gapId: String(item?.["gapId"]), pages: pages.map(Number).sort((a, b) => a - b) };
}
export async function holesOf(here: Here, page: number, day: string, source: string): Promise<Hole[]> {
  const item = await here.table.get(holesKey(page, day, source));
  return item ? unpackHoles(item["holes"] as Uint8Array) : [];
}
const holesKey = (page: number, day: string, source: string): Key => ({
  pk: "INTERVALHOLES",
  sk: `${pageKey(page)}#${day}#${source}`,
});
const inKey = (sk: string): [day: string, source: string] => [sk.slice(7, 17), sk.slice(18)];
const dayKey = (day: string, source: string): Key => ({ pk: "INTERVALGAPS", sk: `${day}#${source}` });

/**
 * Notes which intervals came, of some meters at a time: where one's are missing a gap opens or widens, one for each
 * source and UTC day, and what comes late fills it. The same intervals noted twice say nothing more.
 *
 * @param sourceOf  who delivers a meter; asked only where something is missing
 */
export async function intervalsCame(
  here: Here,
  came: readonly Span[],
  sourceOf: (meter: number) => string,
): Promise<void> {
  for (const [page, some] of Map.groupBy(came, ({ meter }) => Math.floor(meter / PAGE)))
    await pageCame(here, page, some, sourceOf);
}

/**
 * Notes what is missing within what came at once, wherever the meters' intervals end: of a file of last month nobody
 * else would say it. What is noted already is not noted twice.
 */
export async function intervalsMissing(here: Here, missing: readonly Hole[], source: string): Promise<void> {
  const groups = Map.groupBy(missing, ({ meter, fromS }) => `${Math.floor(meter / PAGE)} ${dayOf(fromS)}`);
  for (const [key, holes] of groups) {
    const [page, day] = key.split(" ") as [string, string];
    await settled(async () => {
      const { writes, events } = await changed(here, Number(page), [day, source], (kept) => widened(kept, holes));
      if (writes.length > 0) await here.commit(writes, events);
    });
  }
}

/** Another compaction was faster, or another page of the same gap: then it looks again at what is there now. */
async function settled(write: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ConditionFailed) || tries === TRIES) throw error;
    }
  }
}

async function pageCame(
  here: Here,
  page: number,
  came: readonly Span[],
  sourceOf: (meter: number) => string,
): Promise<void> {
  await settled(() => note(here, page, came, sourceOf));
}

async function note(here: Here, page: number, came: readonly Span[], sourceOf: (meter: number) => string) {
  const before = await here.table.get(endsKey(page));
  const ends = before ? unpackEnds(before["ends"] as Uint8Array) : new Map<number, number>();
  const { holes, late } = walked(ends, came);
  const opening = Map.groupBy(holes, ({ meter, fromS }) => `${dayOf(fromS)}#${sourceOf(meter)}`);
  if (opening.size > OPENED_AT_ONCE) {
    const sorted = [...came].sort((a, b) => a.meter - b.meter || a.atS - b.atS);
    const middle = Math.ceil(sorted.length / 2);
    await pageCame(here, page, sorted.slice(0, middle), sourceOf);
    await pageCame(here, page, sorted.slice(middle), sourceOf);
    return;
  }
  if (late.length > 0) await fill(here, page, late);
  const changes = await Promise.all(
    [...opening].map(([sk, some]) =>
      changed(here, page, inKey(`${pageKey(page)}#${sk}`), (kept) => widened(kept, some)),
    ),
  );
  const packed = packEnds(ends);
  if (before && Buffer.from(before["ends"] as Uint8Array).equals(packed)) return;
  // Together: else a hole could be kept whose filling, seen before the ends moved, would not count as late.
  await here.commit(
    [
      {
        put: { ...endsKey(page), ends: packed, version: Number(before?.["version"] ?? 0) + 1 },
        if: before ? { version: before["version"] } : "absent",
      },
      ...changes.flatMap(({ writes }) => writes),
    ],
    changes.flatMap(({ events }) => events),
  );
}

/** Takes from holes what is there after all. */
export async function intervalsFilled(here: Here, came: readonly Span[]): Promise<void> {
  for (const [page, some] of Map.groupBy(came, ({ meter }) => Math.floor(meter / PAGE)))
    await settled(() => fill(here, page, some));
}

/** Takes from holes what came late. */
async function fill(here: Here, page: number, late: readonly Span[]): Promise<void> {
  const [from, to] = daysAround(late);
  const pk = "INTERVALHOLES";
  for await (const item of here.table.all({ pk, from: `${pageKey(page)}#${from}`, to: `${pageKey(page)}#${to}#~` })) {
    const { writes, events } = await changed(here, page, inKey(item.sk), (kept) => narrowed(kept, late));
    if (writes.length > 0) await here.commit(writes, events);
  }
}

function widened(kept: readonly Hole[], holes: readonly Hole[]): Change {
  const more = without(holes, kept.map(spanOf));
  let some = more;
  while (some.length > 0 && packHoles([...kept, ...some]).length > ADDED_BYTES_MAX)
    some = some.slice(0, Math.floor(some.length / 2));
  return { holes: [...kept, ...some], isMore: some.length < more.length };
}

function narrowed(kept: readonly Hole[], late: readonly Span[]): Change {
  let holes = without(kept, late);
  const left = holes.length;
  while (packHoles(holes).length > KEPT_BYTES_MAX) holes = holes.slice(0, Math.floor(holes.length / 2));
  return { holes, isMore: holes.length < left };
}

interface Change {
  holes: readonly Hole[];
  /** There was no room for all that is missing. */
  isMore: boolean;
}

/** What a change of a page's holes writes: the holes, what is missing by pages, and the gap. */
async function changed(
  here: Here,
  page: number,
  [day, source]: readonly [day: string, source: string],
  change: (kept: readonly Hole[]) => Change,
): Promise<{ writes: Write[]; events: NewEvent[] }> {
  const store = sourceStore(here);
  const key = holesKey(page, day, source);
  const whole = await here.table.get(dayKey(day, source));
  const [kept, before] = await Promise.all([
    here.table.get(key).then((item) => item && Buffer.from(item["holes"] as Uint8Array)),
    whole && store.gap(String(whole["gapId"])),
  ]);
  const { holes, isMore } = change(kept ? unpackHoles(kept) : []);
  const packed = packHoles(holes);
  const isSame = kept ? kept.equals(packed) : holes.length === 0;
  if (isSame && (!isMore || before?.gap.isMore)) return { writes: [], events: [] };
  const { [pageKey(page)]: _, ...others } = (whole?.["pages"] ?? {}) as Record<string, Missing>;
  const pages = holes.length > 0 ? { ...others, [pageKey(page)]: measured(holes) } : others;
  const gap = gapOf(here, source, Object.values(pages), { holes, isMore }, before?.gap);
  const version = Number(whole?.["version"] ?? 0);
  return {
    writes: [
      {
        put: { ...dayKey(day, source), gapId: gap.id, pages, version: version + 1 },
        if: whole ? { version } : "absent",
      },
      store.gapWrite(gap, before?.item),
      holes.length > 0 ? { put: { ...key, holes: packed } } : { delete: key },
      ...(gap.state === before?.gap.state ? [] : askWrites(here, gap)),
    ],
    events: newsOf(gap, before?.gap),
  };
}

function gapOf(here: Here, source: string, missing: readonly Missing[], change: Change, before?: Gap): Gap {
  const now = here.clock.now();
  const isMore = change.isMore || before?.isMore === true;
  const intervals = missing.reduce((sum, one) => sum + one.intervals, 0);
  const around = [
    ...change.holes.flatMap(({ fromS, toS }) => [fromS * 1000, toS * 1000]),
    ...(before ? [Date.parse(before.from), Date.parse(before.to ?? before.from)] : []),
  ];
  const [fromMs, toMs] = around.reduce(
    ([least, most], at) => [Math.min(least, at), Math.max(most, at)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const isOpen = intervals > 0 || isMore;
  return {
    id: before?.id ?? newId("gap", now),
    sourceId: source,
    kind: "intervals",
    state: isOpen ? "open" : "closed",
    missing: [],
    frames: 0,
    intervals,
    meters: missing.reduce((sum, one) => sum + one.meters, 0),
    ...(isMore ? { isMore } : {}),
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    openedAt: before?.state === "open" ? before.openedAt : now.toISOString(),
    ...(isOpen ? {} : { closedAt: now.toISOString() }),
    ...(before?.asked ? { asked: before.asked } : {}),
  };
}

/** Told when it opens, not each time that it widens: as a network goes on losing, that is at every compaction. */
function newsOf(gap: Gap, before: Gap | undefined): NewEvent[] {
  const fields = { gapId: gap.id, sourceId: gap.sourceId, kind: gap.kind };
  if (gap.state === (before?.state ?? "closed")) return [];
  return [
    gap.state === "open"
      ? told(GapOpened, gap.id, { ...fields, frames: 0, from: gap.from })
      : told(GapClosed, gap.id, fields),
  ];
}
