import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { metersNumbered } from "../batch-store.ts";
import { iso } from "../domain.ts";
import { meterStore } from "../store.ts";
import { holesOf, pagesOf } from "./interval-gaps.ts";
import { dayOf } from "./intervals.ts";
import type { Gap, GapRequest, MissingIntervals } from "./schema.ts";
import { sourceStore } from "./store.ts";

const AT_ONCE = 500;

/**
 * Which intervals a gap misses, meter by meter; a gap of frames says by itself which.
 *
 * @param cursor  `<page>.<hole>`, as `next` said
 */
export async function missingOf(
  here: Here,
  gap: Gap,
  cursor = "0.0",
): Promise<{ intervals: MissingIntervals[]; next?: string }> {
  if (gap.kind !== "intervals" || gap.state === "closed") return { intervals: [] };
  const at = /^(\d{1,6})\.(\d{1,6})$/.exec(cursor);
  if (!at) throw invalid("#/query/cursor", "This is no cursor of this list.");
  const [fromPage, skip] = [Number(at[1]), Number(at[2])];
  // All its holes begin on one UTC day, and it begins with the first.
  const day = dayOf(Date.parse(gap.from) / 1000);
  const { pages } = await pagesOf(here, day, gap.sourceId);
  const page = pages.find((one) => one >= fromPage);
  if (page === undefined) return { intervals: [] };
  const holes = await holesOf(here, page, day, gap.sourceId);
  const first = page === fromPage ? skip : 0;
  const some = holes.slice(first, first + AT_ONCE);
  const ids = await metersNumbered(here, [...new Set(some.map(({ meter }) => meter))]);
  const meters = new Map((await meterStore(here).findAll([...ids.values()])).map((one) => [one.id, one]));
  const intervals = some.flatMap(({ meter, fromS, toS, stepS }): MissingIntervals[] => {
    const found = meters.get(ids.get(meter) ?? "");
    if (!found) return [];
    return [{ meterId: found.id, serial: found.serial, from: iso(fromS), to: iso(toS), intervalS: stepS }];
  });
  const later = pages.find((one) => one > page);
  const next =
    first + AT_ONCE < holes.length ? `${page}.${first + AT_ONCE}` : later === undefined ? undefined : `${later}.0`;
  return { intervals, ...(next === undefined ? {} : { next }) };
}

/** What a source is asked for by one gap. */
export async function requestOf(here: Here, gap: Gap): Promise<GapRequest> {
  const { intervals, next } = await missingOf(here, gap);
  return { gap, intervals, isMore: next !== undefined || gap.isMore === true };
}

/** Gaps that are looked through for those of one source, at a time. */
const LOOKED_AT = 200;

/** What a source is asked for now, the latest first. A page may have none and still be followed by others. */
export async function requestsTo(
  here: Here,
  sourceId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ requests: GapRequest[]; next?: string }> {
  const limit = Math.min(page.limit, LOOKED_AT);
  const { items, next } = await sourceStore(here).gaps("open", { limit, cursor: page.cursor });
  const requests: GapRequest[] = [];
  for (const gap of items) if (gap.sourceId === sourceId) requests.push(await requestOf(here, gap));
  return { requests, ...(next === undefined ? {} : { next }) };
}
