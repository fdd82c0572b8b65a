import type { z } from "zod";
import type { Here } from "../../shared/here.ts";
import { dayPlus, dayRange, monthRange } from "../../shared/time.ts";
import { UsageInSpans } from "../meters/events.ts";
import { heldIn, together } from "./domain.ts";
import type { MeterShare, PointsOfAccounts, PointUsage } from "./events.ts";
import type { Point } from "./schema.ts";
import { networkStore } from "./store.ts";

/** Where accounts were served in a month, and which of their meters are billed by that. */
export async function pointsOfAccounts(
  here: Here,
  { accountIds, meterIds, month }: z.infer<(typeof PointsOfAccounts)["args"]>,
): Promise<z.infer<(typeof PointsOfAccounts)["answer"]>> {
  const store = networkStore(here);
  const { from, to } = rangeOf(month, here.city.timeZone);
  const [served, uses] = await Promise.all([store.pointsServing(accountIds), store.meters(meterIds)]);
  const points = served.flatMap((point) =>
    accountIds.flatMap((accountId) => {
      const standing = standingFor(point, accountId, from, to);
      if (standing.length === 0) return [];
      const idsOf = (all: readonly { b: { meterId: string } }[]) => [...new Set(all.map(({ b }) => b.meterId))];
      const { code, kind } = point;
      return [
        {
          ...{ accountId, point: code, kind, meterIds: idsOf(standing) },
          everMeterIds: idsOf(standingFor(point, accountId, EVER, to)),
        },
      ];
    }),
  );
  // Where nobody said whose a point is, its meter is billed to whom it is tied.
  const stood = new Map(uses.map(({ is }) => [is.meterId, is.stands.map(({ point }) => point)]));
  const owned = new Set(
    (await store.pointsNamed([...stood.values()].flat())).flatMap(({ is }) =>
      is.accounts.length > 0 ? [is.code] : [],
    ),
  );
  const known = [...stood].filter(([, codes]) => codes.some((code) => owned.has(code))).map(([meterId]) => meterId);
  return { points, known };
}

const EVER = new Date(0).toISOString();

const standingFor = (point: Point, accountId: string, from: string, to: string) =>
  together(
    point.accounts.filter((one) => one.accountId === accountId),
    point.meters,
    from,
    to,
  );

const rangeOf = (month: string, zone: string): { from: string; to: string } => {
  const { from, to } = monthRange(month, zone);
  return { from: from.toISOString(), to: to.toISOString() };
};

/** The days of a month in a zone, as instants. */
export function daysOf(month: string, zone: string): { day: string; from: string; to: string }[] {
  const days: { day: string; from: string; to: string }[] = [];
  for (let day = `${month}-01`; day.startsWith(month); day = dayPlus(day, 1)) {
    const { from, to } = dayRange(day, zone);
    days.push({ day, from: from.toISOString(), to: to.toISOString() });
  }
  return days;
}

/**
 * What an account used at a point in a month. Each meter counts while it stood there: its registers at both ends of
 * that time are readings like any other, so nothing is lost or doubled at an exchange. @throws {Fault} absent
 */
export async function pointUsage(
  here: Here,
  { point: code, accountId, month }: z.infer<(typeof PointUsage)["args"]>,
): Promise<z.infer<(typeof PointUsage)["answer"]>> {
  const point = await networkStore(here).point(code);
  const zone = here.city.timeZone;
  const { from, to } = rangeOf(month, zone);
  const days = daysOf(month, zone);
  const meters: MeterShare[] = [];
  const [wanted, read] = [new Set<string>(), new Set<string>()];
  let [coveredMs, estimatedMs] = [0, 0];
  for (const stay of standingFor(point, accountId, from, to)) {
    const { meterId, serial, opening, closing, from: setAt, to: takenAt } = stay.b;
    const spans = heldIn(days, stay.from, stay.to);
    const [used] = await here.ask(UsageInSpans, { parts: [{ meterId, spans }] });
    for (const [i, { day }] of spans.entries()) {
      wanted.add(day);
      if ((used?.spans[i]?.coverage ?? 0) > 0) read.add(day);
    }
    const { quantity = 0, coverage = 0, estimatedShare = 0 } = used?.whole ?? {};
    const ms = (Date.parse(stay.to) - Date.parse(stay.from)) * coverage;
    coveredMs += ms;
    estimatedMs += ms * estimatedShare;
    meters.push({
      ...{ meterId, serial, from: stay.from, to: stay.to, quantity },
      ...(opening !== undefined && setAt === stay.from ? { opening } : {}),
      ...(closing !== undefined && takenAt === stay.to ? { closing } : {}),
    });
  }
  return {
    kind: point.kind,
    quantity: meters.reduce((sum, { quantity }) => sum + quantity, 0),
    daysWithReadings: read.size,
    daysInMonth: wanted.size,
    estimatedShare: coveredMs === 0 ? 0 : Math.round((estimatedMs / coveredMs) * 10_000) / 10_000,
    meters,
  };
}
