import type { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { heldAt, standingIn, subtree } from "./domain.ts";
import type { AreaDemand, AreasNamed } from "./events.ts";
import { inputsOf, readFlow, type Span, usageOf } from "./reading.ts";
import type { Area, Point } from "./schema.ts";
import { networkStore } from "./store.ts";

const HOUR_MS = 3_600_000;
/** An area without a bulk meter is the sum of so many points at most: each has months of hours to be read. */
const POINTS_MAX = 500;
/** Of the meters that stood there in an hour, this share must have readings; they stand for the others. */
const ENOUGH_METERS = 0.8;
const ENOUGH_OF_AN_HOUR = 0.5;

type Answered = z.infer<(typeof AreaDemand)["answer"]>;

/** What an area used hour by hour. @throws {Fault} absent; conflict: too many points and no bulk meter */
export async function areaDemand(
  here: Here,
  { area: code, from, hours }: z.infer<(typeof AreaDemand)["args"]>,
): Promise<Answered> {
  const network = networkStore(here);
  const areas = [...(await network.areas()).values()].map(({ is }) => is);
  const area = areas.find((one) => one.code === code);
  if (!area) throw new Fault("absent", "There is no such area.");
  const at = (hour: number) => new Date(Date.parse(from) + hour * HOUR_MS).toISOString();
  const spans = Array.from({ length: hours }, (_, i) => ({ from: at(i), to: at(i + 1) }));
  const now = here.clock.now().toISOString();
  const codes = await network.fedBy(subtree(code, areas, from, at(hours)).keys());
  const inputs = inputsOf(area, areas, { days: spans });
  if (inputs.length === 0 && codes.length > POINTS_MAX)
    throw new Fault("conflict", `${code} has more than ${POINTS_MAX} connection points: give it a bulk meter.`);
  const points = (await network.pointsNamed(codes.slice(0, POINTS_MAX))).map(({ is }) => is);
  const { flow, isRead } =
    inputs.length > 0 ? await readFlow(here, inputs, spans) : await readSum(here, points, area, areas, spans);
  return {
    ...{ kind: area.kind, level: area.level, accounts: accountsAt(points, area, areas, now) },
    quantities: flow.map((one) => (isRead && one !== undefined ? Math.round(one) : null)),
  };
}

/** How many accounts these points of an area serve at an instant. */
function accountsAt(points: readonly Point[], area: Area, areas: readonly Area[], at: string): number {
  const parts = subtree(area.code, areas, at, new Date(Date.parse(at) + 1).toISOString());
  const accounts = points.flatMap((point) => {
    const held = heldAt(point.areas, at);
    const account = held && parts.has(held.area) ? heldAt(point.accounts, at) : undefined;
    return account ? [account.accountId] : [];
  });
  return new Set(accounts).size;
}

/** The sum of the meters that stood at points while the area fed them. */
async function readSum(
  here: Here,
  points: readonly Point[],
  area: Area,
  areas: readonly Area[],
  spans: readonly Span[],
): Promise<{ flow: (number | undefined)[]; isRead: boolean }> {
  const [first, last] = [spans[0]!.from, spans.at(-1)!.to];
  const parts = subtree(area.code, areas, first, last);
  const stays = points.flatMap((point) =>
    standingIn(point, parts, first, last).map(({ meterId, from, to }) => ({
      meterId,
      // An hour in which it was set or taken away counts for neither meter.
      isThere: spans.map((span) => from <= span.from && span.to <= to),
    })),
  );
  const answers = await usageOf(
    here,
    stays.map(({ meterId, isThere }) => ({ meterId, spans: spans.filter((_, i) => isThere[i]) })),
  );
  const sums = spans.map(() => ({ there: 0, read: 0, quantity: 0 }));
  for (const [s, { isThere }] of stays.entries()) {
    let next = 0;
    for (const [i, sum] of sums.entries()) {
      if (!isThere[i]) continue;
      const { quantity, coverage, estimatedShare } = answers[s]![next++]!;
      sum.there += 1;
      // What is only a register's share of time says nothing of an hour.
      if (coverage < ENOUGH_OF_AN_HOUR || estimatedShare === 1) continue;
      sum.read += 1;
      sum.quantity += quantity / coverage;
    }
  }
  return {
    flow: sums.map(({ there, read, quantity }) =>
      there === 0 || read < ENOUGH_METERS * there ? undefined : quantity * (there / read),
    ),
    isRead: true,
  };
}

export async function areasNamed(here: Here): Promise<z.infer<(typeof AreasNamed)["answer"]>> {
  return [...(await networkStore(here).areas()).values()].map(({ is: { code, kind, level, name } }) => ({
    ...{ code, kind, level },
    ...(name === undefined ? {} : { name }),
  }));
}
