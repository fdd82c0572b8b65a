import { quoted } from "../../shared/delimited.ts";
import { Fault, type FieldError, invalid } from "../../shared/errors.ts";
import { EARLIEST_S, LATEST_S, type Sent, secondsOf } from "./batch-frame.ts";
import type { Packable } from "./batch-packing.ts";
import { exact, FINEST, scaled } from "./exact.ts";
import { faceUnit, type Kind, noUnitOf } from "./schema.ts";
import { unitOf, unknownUnit } from "./series.ts";

const MISTAKES_MAX = 50;
/** A clock that runs further ahead than this is told to the source; what it counted is kept. */
const AHEAD_S = 600;
const VALUE_MAX = 2 ** 51;
const QUALITY = /^(?:A|[ESF]\d{2}(?::\d{1,3})?|N)$/;

/** What the intake must know of a meter. */
export interface Known {
  id: string;
  /** Its small whole number in this city. */
  number: number;
  kind: Kind;
  registerUnit: string;
}

export interface Checked {
  columns: Packable;
  /** What was left out of a partial delivery, by line, the first of them. */
  errors: FieldError[];
  refused: number;
  /** Readings whose clock is more than ten minutes ahead: kept, and told. */
  aheadOfTime: number;
}

/**
 * Checks each reading against its meter and puts them side by side, by meter and time.
 *
 * A delivery without `madeAt` is as old as its latest reading: so which of two values counts does not hang on the
 * order in which they came.
 *
 * @param pointerOf  where in what was sent a reading stands
 * @throws {Fault} invalid by reading (`#/readings/7`), unless the delivery may be kept in part and something is good
 */
export function checked(
  sent: Sent,
  known: ReadonlyMap<string, Known>,
  nowS: number,
  pointerOf = (reading: number) => `#/readings/${reading}`,
): Checked {
  const { stepS, readings } = sent;
  const errors: FieldError[] = [];
  let refused = 0;
  const refuse = (line: number, detail: string) => {
    refused++;
    if (errors.length < MISTAKES_MAX) errors.push({ pointer: pointerOf(line), detail });
  };
  const named = sent.unit === undefined ? undefined : unitOf(sent.unit);
  if (sent.unit !== undefined && !named) throw invalid("#/unit", unknownUnit(sent.unit));
  const powers = new Map<string, number>();
  const meters: number[] = [];
  const timesS: number[] = [];
  const digits: number[] = [];
  const exponents: number[] = [];
  const letters: string[] = [];
  const lines: number[] = [];
  let [isActual, isSorted, ahead, least, most] = [true, true, 0, 0, Number.NEGATIVE_INFINITY];
  let [lastText, lastTextS] = ["", 0];
  for (let line = 0; line < readings.length; line++) {
    const one = readings[line];
    if (!Array.isArray(one) || one.length < 3 || one.length > 4) {
      refuse(line, "A reading is [meter, time, value] or [meter, time, value, quality].");
      continue;
    }
    const [name, time, value, quality] = one as unknown[];
    const meter = known.get(name as string);
    if (meter === undefined) {
      refuse(
        line,
        typeof name === "string"
          ? `No meter ${quoted(name)} is registered here.`
          : "Its first field is a meter's number.",
      );
      continue;
    }
    let atS: number | undefined;
    if (typeof time === "number")
      atS = Number.isSafeInteger(time) && time >= EARLIEST_S && time <= LATEST_S ? time : undefined;
    else if (time === lastText) atS = lastTextS;
    else {
      atS = secondsOf(time);
      if (atS !== undefined) [lastText, lastTextS] = [time as string, atS];
    }
    if (atS === undefined) {
      refuse(
        line,
        "Its time is neither whole seconds since 1970 nor an instant such as 2026-11-23T14:00:00Z, up to 2100.",
      );
      continue;
    }
    const face = named ?? sent.unit ?? meter.registerUnit;
    let power: number;
    if (typeof face === "string") power = powers.get(face) ?? powerOf(face, powers);
    else {
      if (face[0] !== faceUnit(meter)) {
        refuse(line, `${quoted(sent.unit!)} is no unit of ${noUnitOf(meter)}, and ${quoted(String(name))} is one.`);
        continue;
      }
      power = face[1];
    }
    let number: number;
    let exponent: number;
    if (typeof value === "number" && Number.isSafeInteger(value)) [number, exponent] = [value, power];
    else {
      const thousand = typeof value === "number" ? Math.round(value * 1000) : Number.NaN;
      // The shortest decimal of a float with at most three places is the one that was sent.
      if (Number.isSafeInteger(thousand) && thousand / 1000 === value && Math.abs(thousand) < 1e12)
        [number, exponent] = [thousand, power - 3];
      else {
        const read = typeof value === "number" || typeof value === "string" ? exact(String(value)) : undefined;
        if (read === undefined) {
          refuse(line, "Its value is no decimal of at most 15 digits.");
          continue;
        }
        [number, exponent] = [read.digits, read.digits === 0 ? 0 : read.exponent + power];
      }
    }
    if (number === 0) exponent = 0;
    if (exponent < FINEST || Math.abs(number) * 10 ** Math.max(0, exponent) >= VALUE_MAX) {
      refuse(
        line,
        exponent < FINEST
          ? "It has more decimals than are kept: a millionth of a Wh or litre."
          : "It is too large to be kept exactly.",
      );
      continue;
    }
    if (number < 0 && stepS === 0) {
      refuse(line, "A register is not below zero.");
      continue;
    }
    if (quality !== undefined && quality !== "A") {
      if (typeof quality !== "string" || !QUALITY.test(quality)) {
        refuse(line, "Its quality is none of NEM12's: A, or E, S or F with two digits of a method, or N.");
        continue;
      }
      isActual = false;
    }
    if (atS > nowS + AHEAD_S) ahead++;
    if (atS > most) most = atS;
    if (exponent < least) least = exponent;
    const before = meters.length - 1;
    if (before >= 0 && (meters[before]! > meter.number || (meters[before] === meter.number && timesS[before]! >= atS)))
      isSorted = false;
    meters.push(meter.number);
    timesS.push(atS);
    digits.push(number);
    exponents.push(exponent);
    letters.push((quality as string | undefined) ?? "A");
    lines.push(line);
  }
  let order = Array.from(lines, (_, i) => i);
  if (!isSorted) {
    order.sort((a, b) => meters[a]! - meters[b]! || timesS[a]! - timesS[b]! || a - b);
    // One meter twice at one time: the same value counts once, another one is a mistake.
    order = order.filter((i, at) => {
      const j = at === 0 ? undefined : order[at - 1]!;
      if (j === undefined || meters[i] !== meters[j] || timesS[i] !== timesS[j]) return true;
      const isSame = digits[i]! * 10 ** exponents[i]! === digits[j]! * 10 ** exponents[j]! && letters[i] === letters[j];
      if (!isSame) refuse(lines[i]!, `${pointerOf(lines[j]!)} has another value for the same meter and time.`);
      return false;
    });
  }
  if (refused > 0 && (!sent.isPartial || order.length === 0)) {
    const first = errors[0]!;
    throw new Fault("invalid", `Nothing of the delivery was kept. ${first.pointer}: ${first.detail}`, { errors });
  }
  const isPlain = exponents.every((exponent) => exponent === 0);
  const whole = isPlain
    ? { numbers: order.map((i) => digits[i]!), exponent: 0 }
    : scaled(order.map((i) => ({ digits: digits[i]!, exponent: exponents[i]! })));
  if (!whole || whole.numbers.some((one) => Math.abs(one) >= VALUE_MAX))
    throw invalid(
      "#/readings",
      "The values of one delivery differ too much in size to be kept exactly. Send it in parts.",
    );
  return {
    columns: {
      stepS,
      exponent: whole.exponent,
      meters: isSorted ? meters : order.map((i) => meters[i]!),
      timesS: isSorted ? timesS : order.map((i) => timesS[i]!),
      values: whole.numbers,
      qualities: isActual ? undefined : order.map((i) => letters[i]!),
      asOfS: sent.madeAtS ?? most,
    },
    errors,
    refused,
    aheadOfTime: ahead,
  };
}

function powerOf(face: string, powers: Map<string, number>): number {
  const power = unitOf(face)![1];
  powers.set(face, power);
  return power;
}
