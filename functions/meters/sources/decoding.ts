import { Fault, type FieldError } from "../../../shared/errors.ts";
import type { Sandbox } from "../../../shared/ports.ts";
import { unitOf, unknownUnit } from "../series.ts";
import type { Decoder, MappedEvent, MappedField, NewDecoder, Sample, Uplink } from "./schema.ts";

const LIMITS = { timeMs: 200, outputMax: 16_000 };

/** Formatters of both systems get the time of receipt as a Date. */
const CALL =
  "\n;function hansaDecode(input) { input.recvTime = new Date(input.recvTime); return decodeUplink(input); }";

/** One value that a message brings, not yet of a meter. */
export interface Found {
  field: MappedField;
  value: number;
  /** When it was read, or its interval ended, in seconds since 1970. */
  atS: number;
}

/** A day of minutes is more than any radio carries. */
const LIST_MAX = 200;
/** A clock may be so far ahead, as everywhere. */
const AHEAD_S = 600;
const EARLIEST_S = Date.UTC(2000) / 1000;

/** What a message says: readings, and what it tells of tampering. */
export interface Decoded {
  readings: Found[];
  events: MappedEvent[];
}

/** Why a message could not be decoded, in a sentence. */
export class Undecodable extends Error {
  readonly isCostly: boolean;
  /** @param isCostly  it took all the time or memory that it could get */
  constructor(reason: string, isCostly = false) {
    super(reason);
    this.isCostly = isCostly;
  }
}

/** What a message's mapped fields say; a field that it does not have is left out. @throws {Undecodable} */
export async function decoded(
  decoder: Pick<Decoder, "code" | "fields" | "events">,
  uplink: Pick<Uplink, "payload" | "port" | "at" | "decoded">,
  sandbox: Sandbox,
): Promise<Decoded> {
  const data = decoder.code === undefined ? uplink.decoded : await formatted(decoder.code, uplink, sandbox);
  if (data === undefined) throw new Undecodable("The network's server sent no decoded payload.");
  return {
    readings: decoder.fields.flatMap((field) => readingsIn(data, field, Math.floor(Date.parse(uplink.at) / 1000))),
    events: decoder.events.filter(({ field, is }) => isOn(inside(data, field), is)),
  };
}

const isOn = (value: unknown, is: string | undefined): boolean =>
  is === undefined ? value === true || (typeof value === "number" && value > 0) : String(value) === is;

/** What a field says: one value, or a list of them with their times. */
function readingsIn(data: object, field: MappedField, sentS: number): Found[] {
  const found = inside(data, field.field);
  const times = field.time === undefined ? undefined : inside(data, field.time);
  const isThere = (value: unknown) => value !== undefined && value !== null;
  if (!Array.isArray(found)) {
    if (!isThere(found)) return [];
    const atS = isThere(times) ? instantS(field, times, sentS) : sentS;
    return [{ field, value: figure(field, found), atS }];
  }
  if (found.length > LIST_MAX) throw new Undecodable(`${field.field} has more than ${LIST_MAX} values.`);
  const timeOf = timesOf(field, times, found.length, sentS);
  return found.flatMap((value, i) => (isThere(value) ? [{ field, value: figure(field, value), atS: timeOf(i) }] : []));
}

/** The times of a list's values: one for each; or the latest's, or none, from which they go back in equal steps. */
function timesOf(field: MappedField, times: unknown, count: number, sentS: number): (i: number) => number {
  if (Array.isArray(times)) return (i) => instantS(field, times[i], sentS);
  const stepS = field.intervalS ?? field.stepS;
  if (stepS === undefined) throw new Undecodable(`${field.field} is a list: say where its times are, or its steps.`);
  const told = times === undefined || times === null ? sentS : instantS(field, times, sentS);
  // On the grid of the steps, whatever the radio took.
  const lastS = Math.round(told / stepS) * stepS;
  return (i) => lastS - (field.order === "newest_first" ? i : count - 1 - i) * stepS;
}

function instantS({ field, time }: MappedField, value: unknown, sentS: number): number {
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  // Milliseconds since 1970 have been larger than any seconds since 1973.
  const atS =
    typeof number === "number"
      ? Math.floor(number > 1e11 ? number / 1000 : number)
      : typeof number === "string"
        ? Math.floor(Date.parse(number) / 1000)
        : Number.NaN;
  if (!(atS >= EARLIEST_S && atS <= sentS + AHEAD_S))
    throw new Undecodable(`${time ?? field} is no time before the message: ${String(value).slice(0, 40)}.`);
  return atS;
}

async function formatted(
  code: string,
  { payload, port, at }: Pick<Uplink, "payload" | "port" | "at">,
  sandbox: Sandbox,
) {
  const input = { bytes: [...Buffer.from(payload, "base64")], fPort: port, recvTime: at };
  const ran = await sandbox.run(code + CALL, "hansaDecode", input, { ...LIMITS, nowMs: Date.parse(at) });
  if ("refused" in ran)
    throw new Undecodable(`The decoder failed. ${ran.detail}`, ran.refused === "time" || ran.refused === "memory");
  const { data, errors } = (ran.output ?? {}) as { data?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0)
    throw new Undecodable(`The decoder refused it. ${String(errors[0]).slice(0, 200)}`);
  if (typeof data !== "object" || data === null) throw new Undecodable("The decoder returned no data.");
  return data as Record<string, unknown>;
}

/** What stands under a path. A name below a list is that of each of its elements. */
function inside(data: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => {
    if (Array.isArray(at) && !Object.hasOwn(at, name)) return at.map((one) => member(one, name));
    return member(at, name);
  }, data);
}
const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

function figure({ field, decimals }: MappedField, value: unknown): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) throw new Undecodable(`${field} is no number.`);
  return Number(number.toFixed(decimals));
}

/**
 * Tries a decoder on its samples before it is kept.
 * @returns what each of them says
 * @throws {Fault} invalid: a unit that is not known, a sample that fails, a field that is in none of them
 */
export async function tried(decoder: NewDecoder, now: Date, sandbox: Sandbox): Promise<Found[][]> {
  const errors: FieldError[] = decoder.fields.flatMap(({ unit }, i) =>
    unitOf(unit) ? [] : [{ pointer: `#/fields/${i}/unit`, detail: unknownUnit(unit) }],
  );
  const results: Found[][] = [];
  for (const [i, sample] of decoder.samples.entries())
    try {
      results.push((await decoded(decoder, uplinkOf(sample, now), sandbox)).readings);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      errors.push({ pointer: `#/samples/${i}`, detail: error.message });
    }
  const seen = new Set(results.flat().map(({ field }) => field));
  if (errors.length === 0)
    for (const [i, field] of decoder.fields.entries())
      if (!seen.has(field)) errors.push({ pointer: `#/fields/${i}/field`, detail: "No sample has this field." });
  if (errors.length > 0) throw new Fault("invalid", "The decoder was tried and not kept.", { errors });
  return results;
}

const uplinkOf = ({ port, bytes, decoded }: Sample, now: Date) => ({
  port,
  payload: Buffer.from(bytes, "hex").toString("base64"),
  at: now.toISOString(),
  ...(decoded ? { decoded } : {}),
});
