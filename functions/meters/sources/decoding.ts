import { Fault, type FieldError } from "../../../shared/errors.ts";
import { run } from "../../../shared/sandbox/index.ts";
import { unitOf, unknownUnit } from "../series.ts";
import type { Decoder, MappedField, NewDecoder, Sample, Uplink } from "./schema.ts";

const LIMITS = { timeMs: 200, outputMax: 16_000 };

/** Formatters of both systems get the time of receipt as a Date. */
const CALL =
  "\n;function hansaDecode(input) { input.recvTime = new Date(input.recvTime); return decodeUplink(input); }";

/** One value that a message brings, not yet of a meter. */
export interface Found {
  field: MappedField;
  value: number;
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

/**
 * What a message's mapped fields say; a field that it does not have is left out.
 *
 * @param city  its slug: of each city one decoder runs at a time
 * @throws {Undecodable}
 */
export async function decoded(
  decoder: Pick<Decoder, "code" | "fields">,
  uplink: Pick<Uplink, "payload" | "port" | "at" | "decoded">,
  city: string,
): Promise<Found[]> {
  const data = decoder.code === undefined ? uplink.decoded : await formatted(decoder.code, uplink, city);
  if (data === undefined) throw new Undecodable("The network's server sent no decoded payload.");
  return decoder.fields.flatMap((field) => {
    const value = inside(data, field.field);
    return value === undefined || value === null ? [] : [{ field, value: figure(field, value) }];
  });
}

async function formatted(code: string, { payload, port, at }: Pick<Uplink, "payload" | "port" | "at">, city: string) {
  const input = { bytes: [...Buffer.from(payload, "base64")], fPort: port, recvTime: at };
  const ran = await run(code + CALL, "hansaDecode", input, { ...LIMITS, nowMs: Date.parse(at) }, city);
  if ("refused" in ran)
    throw new Undecodable(`The decoder failed. ${ran.detail}`, ran.refused === "time" || ran.refused === "memory");
  const { data, errors } = (ran.output ?? {}) as { data?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0)
    throw new Undecodable(`The decoder refused it. ${String(errors[0]).slice(0, 200)}`);
  if (typeof data !== "object" || data === null) throw new Undecodable("The decoder returned no data.");
  return data as Record<string, unknown>;
}

function inside(data: object, path: string): unknown {
  let at: unknown = data;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

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
export async function tried(decoder: NewDecoder, now: Date, city: string): Promise<Found[][]> {
  const errors: FieldError[] = decoder.fields.flatMap(({ unit }, i) =>
    unitOf(unit) ? [] : [{ pointer: `#/fields/${i}/unit`, detail: unknownUnit(unit) }],
  );
  const results: Found[][] = [];
  for (const [i, sample] of decoder.samples.entries())
    try {
      results.push(await decoded(decoder, uplinkOf(sample, now), city));
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
