import { isDeepStrictEqual } from "node:util";
import { decodeTime } from "ulid";
import { Fault, invalid } from "../../../shared/errors.ts";
import { told } from "../../../shared/events.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Write } from "../../../shared/table.ts";
import { planned } from "../../../shared/tasks.ts";
import { dayOf } from "../../../shared/time.ts";
import { correctedMark } from "../apart.ts";
import {
  counted,
  type DeliveredBlock,
  faced,
  iso,
  pointsOf,
  registerSpans,
  TOTAL_CHANNEL,
  TOTAL_DIAL,
  usageBy,
} from "../domain.ts";
import { ReadingsCorrected } from "../events.ts";
import { type Exact, exact, FINEST, scaled } from "../exact.ts";
import { METHOD } from "../formats/nem.ts";
import type { Block } from "../packing.ts";
import { BASE_UNIT, faceUnit, type Meter } from "../schema.ts";
import { unitOf } from "../series.ts";
import { Checking, lookedFrom } from "./checking.ts";
import { estimated, LIKE_DAYS } from "./estimating.ts";
import { changedMeanwhile, demandOpen, findingFor, settled } from "./findings.ts";
import type { Correction, CorrectionShown, NewCorrection } from "./schema.ts";
import { type Kept, undone } from "./standing.ts";
import { correctionsOf, correctionWrite, known } from "./store.ts";
import type { Truth } from "./truth.ts";

const DAY_S = 86_400;
const AHEAD_S = 600;
const EARLIEST_S = 0;
const VALUE_MAX = 2 ** 51;
const ESTIMATES_MAX = 20_000;
/** All of them are read with the meter's readings. */
const CORRECTIONS_MAX = 500;
/** How far registers are looked for on both sides of what is corrected. */
const AROUND_S = 62 * DAY_S;
/** A correction of more time than this is made in parts. */
const RANGE_DAYS_MAX = 800;

type Asked<K extends NewCorrection["kind"]> = Extract<NewCorrection, { kind: K }>;
/** What a correction says beside who, when and why. */
type Says = Omit<Correction, "id" | "meterId" | "by" | "at" | "reason" | "findingId" | "kind">;
interface Made {
  says: Says;
  blocks: Block[];
}

/**
 * Sets something right of a meter. What was delivered stays as it is; from here on this counts in its place, until
 * another correction undoes it. With it go the fact that tells of it, a new look at the days, what becomes of the
 * finding that it names, and `also`.
 *
 * @throws {Fault} invalid, with the field; conflict: the finding is settled
 */
export async function correct(
  here: Here,
  meter: Meter,
  asked: NewCorrection,
  by: string,
  also: (made: Correction) => readonly Write[] = () => [],
): Promise<Correction> {
  const { findingId, reason } = asked;
  const finding = findingId === undefined ? undefined : await findingFor(here, findingId, meter.id);
  if (finding) demandOpen(finding);
  const before = await correctionsOf(here, meter.id);
  if (before.length >= CORRECTIONS_MAX)
    throw new Fault("conflict", `A meter is corrected at most ${CORRECTIONS_MAX} times. Exchange it.`);
  const { says, blocks } = await made(here, meter, asked, before);
  const now = here.clock.now();
  const correction: Correction = {
    // After all that it may take back, also where another machine's clock is ahead.
    id: newId("cor", new Date(Math.max(now.getTime(), ...before.map(({ correction: { id } }) => timeOf(id) + 1)))),
    meterId: meter.id,
    kind: asked.kind,
    by,
    at: now.toISOString(),
    reason,
    ...(findingId === undefined ? {} : { findingId }),
    ...says,
    ...(says.to === undefined ? {} : { quantityBefore: await quantityOf(here, meter, says.from, says.to) }),
  };
  const { id: correctionId, at } = correction;
  const { from, to } = correction.reach ?? correction;
  const day = (instant: string) => dayOf(new Date(instant), here.city.timeZone);
  const last = day(to === undefined || to > at ? at : to);
  const first = lookedFrom(day(from), last);
  const state = asked.kind === "estimate" ? "estimated" : "edited";
  const writes = [
    correctionWrite({ correction, blocks }),
    correctedMark(meter.id),
    planned(Checking, correctionId, now, { meterIds: [meter.id], from: first, to: last }),
    ...(finding ? [settled(finding, { state, reason, by, at, correctionId }).write] : []),
    ...also(correction),
  ];
  const fact = { meterId: meter.id, correctionId, from, ...(to ? { to } : {}) };
  try {
    await here.commit(writes, [told(ReadingsCorrected, meter.id, fact)]);
  } catch (error) {
    if (
      error instanceof ConditionFailed &&
      finding &&
      !isDeepStrictEqual(await findingFor(here, finding.id, meter.id), finding)
    )
      throw changedMeanwhile();
    throw error;
  }
  return correction;
}

const timeOf = (id: string): number => decodeTime(id.slice("cor_".length));

async function quantityOf(here: Here, meter: Meter, from: string, to: string): Promise<number> {
  const [fromS, toS] = [secondsOf(from), secondsOf(to)];
  const { delivered, truth } = await known(here, meter, fromS, toS);
  return usageBy([{ at: from, fromS, toS }], counted(delivered, truth))[0]!.quantity;
}

async function made(here: Here, meter: Meter, asked: NewCorrection, before: readonly Kept[]): Promise<Made> {
  const nowS = here.clock.now().getTime() / 1000;
  switch (asked.kind) {
    case "values":
      return values(here, meter, asked, nowS);
    case "register":
      return register(here, meter, asked, nowS);
    case "withdraw": {
      const range = rangeOf(asked, nowS);
      const reach = asked.of === "registers" ? { reach: await reachOf(here, meter, range.fromS, range.toS) } : {};
      return { says: { ...said(range), withdrawn: asked.of, ...reach }, blocks: [] };
    }
    case "estimate":
      return estimate(here, meter, rangeOf(asked, nowS), asked.anew);
    case "exchange": {
      const atS = instant(asked.at, "#/at", nowS);
      const power = powerOf(meter, asked.unit);
      const [last, first] = [inBase(asked.last, power, "#/last"), inBase(asked.first, power, "#/first")];
      const { delivered } = await known(here, meter, atS - AROUND_S, atS + AROUND_S);
      const { channel } = channelOf(delivered, "registers", asked.channel);
      const reach = await reachOf(here, meter, atS, atS);
      const says = { from: iso(atS), last: textOf(last), first: textOf(first), channels: [channel], reach };
      return { says, blocks: [] };
    }
    case "dial": {
      const fromS = instant(asked.from, "#/from", nowS);
      const { digits, multiplier } = asked;
      const reach = { from: (await reachOf(here, meter, fromS, fromS)).from };
      return {
        says: { from: iso(fromS), ...(digits ? { digits } : {}), ...(multiplier ? { multiplier } : {}), reach },
        blocks: [],
      };
    }
    case "undo":
      return { says: undo(asked, before), blocks: [] };
  }
}

/** Takes back what stands. What it may change is what that changed. */
function undo({ correctionId }: Asked<"undo">, before: readonly Kept[]): Says {
  const all = before.map(({ correction }) => correction);
  const target = all.find(({ id }) => id === correctionId);
  if (!target) throw invalid("#/correctionId", "This meter has no such correction.");
  if (undone(all).has(correctionId)) throw invalid("#/correctionId", "It was undone already.");
  const { from, to, reach } = target;
  return { correctionId, from, ...(to ? { to } : {}), ...(reach ? { reach } : {}) };
}

async function values(here: Here, meter: Meter, asked: Asked<"values">, nowS: number): Promise<Made> {
  const { interval: stepS, quality } = asked;
  const fromS = instant(asked.from, "#/from", nowS);
  const toS = fromS + asked.values.length * stepS;
  if (toS > nowS + AHEAD_S) throw invalid("#/values", "They reach into time that is to come.");
  const power = powerOf(meter, asked.unit);
  const exacts = asked.values.map((text, i) =>
    text === null ? { digits: 0, exponent: 0 } : inBase(text, power, `#/values/${i}`),
  );
  const { numbers, exponent } = together(exacts, "#/values");
  const { delivered, truth } = await known(here, meter, fromS, toS);
  const dial = faced(delivered, truth).find(
    (one) => one.isRegister && one.flow === "consumption" && one.fromS < toS && one.toS > fromS,
  );
  // Where intervals are, registers do not count: a few of them would take the rest of the register's time away.
  if (dial && (dial.fromS < fromS || dial.toS > toS))
    throw invalid("#/from", "In this time the meter is read by its register: say what that showed.");
  const counted = channelOf(delivered, "intervals", asked.channel);
  const block: Block = {
    ...blockHead(meter, "intervals", counted, fromS, stepS),
    exponent,
    values: numbers,
    qualities: asked.values.map((text) => (text === null ? "N" : quality + METHOD.agreed)),
  };
  const count = asked.values.filter((text) => text !== null).length;
  return { says: { ...said({ fromS, toS }), channels: [counted.channel], count, quality }, blocks: [block] };
}

async function register(here: Here, meter: Meter, asked: Asked<"register">, nowS: number): Promise<Made> {
  const atS = instant(asked.at, "#/at", nowS);
  const value = inBase(asked.value, powerOf(meter, asked.unit), "#/value");
  const { delivered } = await known(here, meter, atS - AROUND_S, atS + AROUND_S);
  const counted = channelOf(delivered, "registers", asked.channel);
  const { numbers, exponent } = together([value], "#/value");
  const block: Block = {
    ...blockHead(meter, "registers", counted, atS, 0),
    timesS: [atS],
    exponent,
    values: numbers,
    qualities: [asked.quality === "A" ? "A" : asked.quality + METHOD.agreedRead],
  };
  const reach = await reachOf(here, meter, atS, atS);
  return {
    says: { from: iso(atS), register: textOf(value), channels: [counted.channel], quality: asked.quality, reach },
    blocks: [block],
  };
}

/** @throws {Fault} invalid: nothing is missing, or there is nothing to go by */
async function estimate(
  here: Here,
  meter: Meter,
  { fromS, toS }: { fromS: number; toS: number },
  anew: boolean,
): Promise<Made> {
  const { delivered, truth } = await known(here, meter, fromS - LIKE_DAYS * DAY_S, toS + LIKE_DAYS * DAY_S);
  const withdrawn = [...truth.withdrawn, ...(anew ? [{ kind: "intervals" as const, fromS, toS }] : [])];
  const without: Truth = { ...truth, withdrawn };
  const made = estimated(
    {
      counts: faced(delivered, without),
      registers: registerSpans(delivered, truth),
      zone: here.city.timeZone,
      unit: BASE_UNIT[meter.kind],
    },
    fromS,
    toS,
  );
  if (made.count === 0)
    throw invalid("#/from", "Nothing is missing in this time, or there are no intervals of this meter to go by.");
  if (made.count > ESTIMATES_MAX) throw invalid("#/to", `Estimate at most ${ESTIMATES_MAX} intervals at once.`);
  const { blocks, channels, methods, count } = made;
  const says = { ...said({ fromS, toS }), channels, methods, count, quality: "S" };
  return { says: { ...says, ...(anew ? { withdrawn: "intervals" as const } : {}) }, blocks };
}

// --- what was asked, understood

function rangeOf({ from, to }: { from: string; to: string }, nowS: number): { fromS: number; toS: number } {
  const [fromS, toS] = [instant(from, "#/from", nowS), instant(to, "#/to", nowS)];
  if (toS - fromS > RANGE_DAYS_MAX * DAY_S) throw invalid("#/to", `At most ${RANGE_DAYS_MAX} days at once.`);
  return { fromS, toS };
}
const said = ({ fromS, toS }: { fromS: number; toS: number }) => ({ from: iso(fromS), to: iso(toS) });
const secondsOf = (at: string): number => Date.parse(at) / 1000;

function instant(text: string, pointer: string, nowS: number): number {
  const atS = Math.floor(secondsOf(text));
  if (atS < EARLIEST_S) throw invalid(pointer, "Not before 1970.");
  if (atS > nowS + AHEAD_S) throw invalid(pointer, "This is still to come.");
  return atS;
}

/** The power of ten of a unit, the meter's own where none is named. */
function powerOf(meter: Meter, named: string | undefined): number {
  const [unit, power] = unitOf(named ?? meter.registerUnit)!;
  if (unit !== faceUnit(meter)) throw invalid("#/unit", `This meter counts ${meter.registerUnit}.`);
  return power;
}

function inBase(text: string, power: number, pointer: string): Exact {
  const read = exact(text);
  if (!read) throw invalid(pointer, "A decimal of at most 15 digits.");
  const { digits, exponent } = read;
  if (digits === 0) return read;
  if (exponent + power < FINEST) throw invalid(pointer, "It has more decimals than are kept.");
  if (!(Math.abs(digits) * 10 ** Math.max(0, exponent + power) < VALUE_MAX))
    throw invalid(pointer, "It is too large to be kept exactly.");
  return { digits, exponent: exponent + power };
}

function together(values: readonly Exact[], pointer: string): { numbers: number[]; exponent: number } {
  const whole = scaled(values);
  if (!whole || whole.numbers.some((value) => Math.abs(value) >= VALUE_MAX))
    throw invalid(pointer, "The values differ too much in size to be kept exactly.");
  return whole;
}

const textOf = ({ digits, exponent }: Exact): string =>
  exponent >= 0
    ? `${digits}${"0".repeat(exponent)}`
    : String(digits)
        .padStart(1 - exponent, "0")
        .replace(new RegExp(`(\\d{${-exponent}})$`), ".$1");

interface Channel {
  channel: string;
  flow: Block["flow"];
}

const blockHead = (meter: Meter, kind: Block["kind"], of: Channel, startS: number, stepS: number) => ({
  kind,
  ...of,
  unit: BASE_UNIT[meter.kind],
  startS,
  stepS,
});

/** The channel that is meant: the one that is named, or the only one that is consumed. */
function channelOf(delivered: readonly DeliveredBlock[], kind: Block["kind"], named: string | undefined): Channel {
  const has = new Map<string, Block["flow"]>();
  for (const { block } of delivered)
    if (block.kind === kind && block.flow !== "other") has.set(block.channel, block.flow);
  const names = [...has.keys()].sort().join(", ");
  if (named !== undefined) {
    if (has.size > 0 && !has.has(named)) throw invalid("#/channel", `This meter has ${names}.`);
    return { channel: named, flow: has.get(named) ?? "consumption" };
  }
  const consumed = [...has].filter(([, flow]) => flow === "consumption");
  if (consumed.length > 1 || (consumed.length === 0 && has.size > 0))
    throw invalid("#/channel", `Say which channel: ${names}.`);
  return { channel: consumed[0]?.[0] ?? (kind === "intervals" ? TOTAL_CHANNEL : TOTAL_DIAL), flow: "consumption" };
}

/** From the register before a time to the one after it: between them the totals may change. */
async function reachOf(here: Here, meter: Meter, fromS: number, toS: number): Promise<{ from: string; to?: string }> {
  const { delivered, truth } = await known(here, meter, fromS - AROUND_S, toS + AROUND_S);
  const points = pointsOf(delivered, truth).flat();
  const before = points.filter(({ atS }) => atS < fromS).map(({ atS }) => atS);
  const after = points.filter(({ atS }) => atS > toS).map(({ atS }) => atS);
  return {
    from: iso(before.length > 0 ? Math.max(...before) : fromS),
    ...(after.length > 0 ? { to: iso(Math.min(...after)) } : {}),
  };
}

/** All that was set right of a meter, the latest first, and what of it was taken back. */
export async function historyOf(here: Here, meterId: string): Promise<CorrectionShown[]> {
  const all = (await correctionsOf(here, meterId)).map(({ correction }) => correction);
  const gone = undone(all);
  return all.map((one) => ({ ...one, ...(gone.has(one.id) ? { undoneBy: gone.get(one.id)! } : {}) })).reverse();
}
