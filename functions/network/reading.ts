import type { Here } from "../../shared/here.ts";
import { dayOf, dayPlus, dayRange, hourOn, monthPlus } from "../../shared/time.ts";
import { ASKED_MAX, MetersNamed, UsageInSpans } from "../meters/events.ts";
import { heldAt, heldIn } from "./domain.ts";
import type { Area, Input, Point } from "./schema.ts";
import type { Reading } from "./series.ts";

// What an analysis reads of the meters: of points days and nights, of bulk meters days and hours.

/** So many days before a month are looked at too, so that a change in it has something to be compared with. */
const LEAD_DAYS = 28;
const [NIGHT_FROM, NIGHT_TO] = [2, 4];
/** Less than this of an hour's readings says too little of it. */
const ENOUGH = 0.5;

export interface Span {
  from: string;
  to: string;
}
export interface Day extends Span {
  day: string;
  night: Span;
  /** Its 24 hours by the clock on the wall; one that is skipped has no length. */
  hours: Span[];
}
/** The days that an analysis of a month looks at, in order. */
export interface Window {
  days: Day[];
  /** The first day of the month itself, by its index. */
  monthFrom: number;
}

/** @param now  what is not over yet is left out */
export function windowOf(month: string, zone: string, now: Date): Window {
  const days: Day[] = [];
  const end = [`${monthPlus(month, 1)}-01`, dayOf(now, zone)].sort()[0]!;
  for (let day = dayPlus(`${month}-01`, -LEAD_DAYS); day < end; day = dayPlus(day, 1)) {
    const { from, to } = dayRange(day, zone);
    const at = (hour: number) => (hour === 24 ? to : hourOn(day, hour, zone)).toISOString();
    days.push({
      day,
      ...{ from: from.toISOString(), to: to.toISOString() },
      night: { from: at(NIGHT_FROM), to: at(NIGHT_TO) },
      hours: Array.from({ length: 24 }, (_, hour) => ({ from: at(hour), to: at(hour + 1) })),
    });
  }
  return { days, monthFrom: Math.min(LEAD_DAYS, days.length) };
}

/** What a point used in a window, with what cannot be told from the readings alone. */
export interface PointUse {
  code: string;
  days: (Reading & { estimatedShare: number })[];
  /** Absent: it is not read by the hour. */
  nights?: Reading[];
  /** On which days it was somebody's account. */
  isBilled: boolean[];
}

interface Asked {
  meterId: string;
  spans: readonly Span[];
}
type Answered = Reading & { estimatedShare: number };

/** Asks for many spans of many meters. What is not known of a meter has a coverage of 0. */
export async function usageOf(here: Here, asked: readonly Asked[]): Promise<Answered[][]> {
  const parts = asked.map(({ meterId, spans }) => ({ meterId, spans: spans.filter(({ from, to }) => from < to) }));
  const none: Answered = { quantity: 0, coverage: 0, estimatedShare: 0 };
  const all: Answered[][] = [];
  for (let at = 0; at < parts.length; at += ASKED_MAX) {
    const some = parts.slice(at, at + ASKED_MAX);
    const sent = some.filter(({ spans }) => spans.length > 0);
    const answers = [...(sent.length > 0 ? await here.ask(UsageInSpans, { parts: sent }) : [])];
    for (const { meterId, spans } of some) {
      const answer = spans.length > 0 && answers[0]?.meterId === meterId ? answers.shift() : undefined;
      all.push(spans.map((_, i) => answer?.spans[i] ?? none));
    }
  }
  // A span without length is in its place again.
  return asked.map(({ spans }, i) => {
    let next = 0;
    return spans.map(({ from, to }) => (from < to ? (all[i]![next++] ?? none) : none));
  });
}

const lengthOf = ({ from, to }: Span): number => Date.parse(to) - Date.parse(from);

/** What points used, each day and (of water) each night, whichever meters stood there. */
export async function readPoints(here: Here, points: readonly Point[], window: Window): Promise<PointUse[]> {
  const { days } = window;
  const [first, last] = [days[0]?.from ?? "", days.at(-1)?.to ?? ""];
  const nights = days.map(({ night }) => night);
  const stays = points.flatMap((point, i) =>
    heldIn(point.meters, first, last).flatMap(({ meterId, from, to }) => {
      const within = (all: readonly Span[]) =>
        all.map((one) => heldIn([one], from, to)[0] ?? { from: one.from, to: one.from });
      const asked = [{ i, kind: "days" as const, meterId, spans: within(days) }];
      return point.kind === "water"
        ? [...asked, { i, kind: "nights" as const, meterId, spans: within(nights) }]
        : asked;
    }),
  );
  const [answers, tied] = await Promise.all([usageOf(here, stays), tiedOf(here, points)]);
  const empty = () => days.map((): Answered => ({ quantity: 0, coverage: 0, estimatedShare: 0 }));
  const read = points.map(() => ({ days: empty(), nights: empty() }));
  for (const [s, { i, kind, spans }] of stays.entries())
    for (const [d, one] of answers[s]!.entries()) {
      const into = read[i]![kind][d]!;
      const part = lengthOf(spans[d]!) / lengthOf(kind === "days" ? days[d]! : nights[d]!);
      const coverage = into.coverage + one.coverage * part;
      if (coverage > 0)
        into.estimatedShare =
          (into.estimatedShare * into.coverage + one.estimatedShare * one.coverage * part) / coverage;
      into.coverage = Math.min(1, coverage);
      into.quantity += one.quantity;
    }
  return points.map((point, i) => {
    const { code, accounts } = point;
    const { nights: dark, days: bright } = read[i]!;
    // What registers that are weeks apart say of a night is only their share of time.
    const isHourly = dark.some(({ coverage, estimatedShare }) => coverage > 0 && estimatedShare < 1);
    return {
      code,
      days: bright.map(rounded),
      ...(isHourly ? { nights: dark.map(rounded) } : {}),
      isBilled: days.map(({ from }) => (accounts.length > 0 ? heldAt(accounts, from) !== undefined : tied.has(code))),
    };
  });
}

/** Of points of which nobody said whose they are: those whose meter is tied to an account all the same. */
async function tiedOf(here: Here, points: readonly Point[]): Promise<Set<string>> {
  const asked = points.flatMap(({ code, accounts, meters }) => {
    const meterId = meters.at(-1)?.meterId;
    return accounts.length === 0 && meterId !== undefined ? [{ code, meterId }] : [];
  });
  if (asked.length === 0) return new Set();
  const found = await here.ask(MetersNamed, { names: asked.map(({ meterId }) => meterId) });
  const tied = new Set(found.filter(({ accountId }) => accountId !== undefined).map(({ meterId }) => meterId));
  return new Set(asked.filter(({ meterId }) => tied.has(meterId)).map(({ code }) => code));
}

const rounded = ({ quantity, coverage, estimatedShare }: Answered): Answered => ({
  quantity,
  coverage: Math.round(coverage * 1000) / 1000,
  estimatedShare: Math.round(estimatedShare * 1000) / 1000,
});

/**
 * The bulk meters of an area: its own; of one that has none, those of its parts. Empty: it is not measured.
 *
 * @param areas  all of them
 */
export function inputsOf(area: Area, areas: readonly Area[], window: { days: readonly Span[] }, depth = 0): Input[] {
  const [from, to] = [window.days[0]?.from ?? "", window.days.at(-1)?.to ?? ""];
  const own = heldIn(area.inputs, from, to);
  if (own.length > 0 || depth > 8) return own;
  return areas.flatMap((child) =>
    heldIn(child.within, from, to)
      .filter((one) => one.area === area.code)
      .flatMap((one) => heldIn(inputsOf(child, areas, window, depth + 1), one.from, one.to)),
  );
}

export interface Inflow {
  days: (number | undefined)[];
  /** Undefined: it is not read by the hour. */
  hours: (number | undefined)[] | undefined;
}

/** What flowed into an area, day by day and hour by hour. */
export async function readInflow(here: Here, inputs: readonly Input[], { days }: Window): Promise<Inflow> {
  const [byDay, byHour] = [
    await readFlow(here, inputs, days),
    await readFlow(
      here,
      inputs,
      days.flatMap((day) => day.hours),
    ),
  ];
  return { days: byDay.flow, hours: byHour.isRead ? byHour.flow : undefined };
}

/**
 * What flowed through bulk meters in each of these spans. A time at which one of them is silent is unknown; `isRead`
 * says whether each has more than shares of registers that are far apart.
 */
export async function readFlow(here: Here, inputs: readonly Input[], spans: readonly Span[]) {
  const parts = inputs.map(({ meterId, from, to }) => ({
    meterId,
    spans: spans.map((one) => heldIn([one], from, to ?? one.to)[0] ?? { from: one.from, to: one.from }),
  }));
  const answers = await usageOf(here, parts);
  const flow = spans.map((_, i): number | undefined => {
    let flowed = 0;
    let isThere = false;
    for (const [a, part] of parts.entries()) {
      if (lengthOf(part.spans[i]!) === 0) continue;
      const { quantity, coverage } = answers[a]![i]!;
      if (coverage < ENOUGH) return undefined;
      isThere = true;
      flowed += (inputs[a]!.direction === "in" ? 1 : -1) * (quantity / coverage);
    }
    return isThere ? flowed : undefined;
  });
  const isRead = answers.every((one) => one.some(({ coverage, estimatedShare }) => coverage > 0 && estimatedShare < 1));
  return { flow, isRead };
}
