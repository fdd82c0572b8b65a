import { deflateSync, inflateSync } from "fflate";

/** Which way a channel's quantity flows: what is billed, what is given back, and what is only measured. */
export type Flow = "consumption" | "feedIn" | "other";
const FLOWS: readonly Flow[] = ["consumption", "feedIn", "other"];
export const flowCode = (flow: Flow): number => FLOWS.indexOf(flow);
export const flowOf = (code: number): Flow => FLOWS[code] ?? "other";

/**
 * A packed run of one channel of one meter: either quantities of equal intervals, or registers read at instants.
 *
 * Times are whole seconds since 1970, quantities are `values[i] × 10^exponent` of `unit`. A quality is NEM12's letter
 * with its method, and a reason after a colon (`A`, `F52`, `F52:71`); N means that there is no value.
 */
export interface Block {
  kind: "intervals" | "registers";
  channel: string;
  unit: string;
  flow: Flow;
  /** First instant; of registers the first one's. */
  startS: number;
  /** Length of each interval; 0 for registers. */
  stepS: number;
  /** Only of registers: when each was read, ascending. */
  timesS?: number[];
  exponent: number;
  values: number[];
  qualities: string[];
}

const FORMAT = 1;
const GROUP = 32;
/** Below this, deflate only adds. */
const DEFLATE_FROM = 200;

/**
 * Packs a block: a head, the quality letters run-length, and the values in whichever of the encodings is smallest —
 * equal runs, whole numbers or differences as varints, or those bit-packed in groups of 32 against the group's
 * smallest — and deflated where that helps.
 *
 * @throws {RangeError} values that are no safe whole numbers: a bug in the caller
 */
export function pack(block: Block): Uint8Array {
  const out = new Writer();
  out.byte((FORMAT << 1) | (block.kind === "registers" ? 1 : 0));
  out.byte(flowCode(block.flow));
  out.text(block.channel);
  out.text(block.unit);
  out.signed(block.exponent);
  out.signed(block.startS);
  out.unsigned(block.stepS);
  out.unsigned(block.values.length);
  if (block.kind === "registers") {
    const times = block.timesS ?? [];
    numbers(out, differences(times.map((at) => at - block.startS)));
  }
  qualities(out, block.qualities);
  numbers(out, block.values);
  return out.done();
}

/** @throws {RangeError} bytes that `pack` did not write */
export function unpack(bytes: Uint8Array): Block {
  const from = new Reader(bytes);
  const head = from.byte();
  if (head >> 1 !== FORMAT) throw new RangeError(`readings packed in format ${head >> 1} are not known here`);
  const kind = head & 1 ? "registers" : "intervals";
  const flow = flowOf(from.byte());
  const channel = from.text();
  const unit = from.text();
  const exponent = from.signed();
  const startS = from.signed();
  const stepS = from.unsigned();
  const count = from.unsigned();
  const timesS = kind === "registers" ? undifferences(readNumbers(from, count)).map((at) => at + startS) : undefined;
  const letters = readQualities(from, count);
  return {
    kind,
    channel,
    unit,
    flow,
    startS,
    stepS,
    ...(timesS ? { timesS } : {}),
    exponent,
    values: readNumbers(from, count),
    qualities: letters,
  };
}

// --- values

const RUNS = 0;
const PLAIN = 1;
const DELTA = 2;
const PACKED = 3;
const PACKED_DELTA = 4;
const DEFLATED = 8;

export function numbers(out: Writer, values: readonly number[]): void {
  for (const value of values)
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe whole number`);
  const delta = differences(values);
  const made: [number, Uint8Array | undefined][] = [
    [RUNS, runs(values)],
    [PLAIN, varints(values)],
    [DELTA, varints(delta)],
    [PACKED, bitPacked(values)],
    [PACKED_DELTA, bitPacked(delta)],
  ];
  const plain = made.filter((one): one is [number, Uint8Array] => one[1] !== undefined);
  const candidates = plain.flatMap(([code, bytes]): [number, Uint8Array][] =>
    bytes.length < DEFLATE_FROM || code >= PACKED
      ? [[code, bytes]]
      : [
          [code, bytes],
          [code | DEFLATED, deflateSync(bytes, { level: 9 })],
        ],
  );
  const [code, bytes] = candidates.reduce((best, one) => (one[1].length < best[1].length ? one : best));
  out.byte(code);
  out.unsigned(bytes.length);
  out.bytes(bytes);
}

export function readNumbers(from: Reader, count: number): number[] {
  const code = from.byte();
  let bytes = from.take(from.unsigned());
  if (code & DEFLATED) bytes = inflateSync(bytes);
  const inner = new Reader(bytes);
  switch (code & ~DEFLATED) {
    case RUNS: {
      const values: number[] = [];
      while (values.length < count) {
        const times = inner.unsigned() + 1;
        const value = inner.signed();
        for (let i = 0; i < times; i++) values.push(value);
      }
      return values;
    }
    case PLAIN:
      return Array.from({ length: count }, () => inner.signed());
    case DELTA:
      return undifferences(Array.from({ length: count }, () => inner.signed()));
    case PACKED:
      return bitUnpacked(inner, count);
    case PACKED_DELTA:
      return undifferences(bitUnpacked(inner, count));
    default:
      throw new RangeError(`values packed by code ${code} are not known here`);
  }
}

/** Goes on behind what `numbers` wrote. */
export function skipNumbers(from: Reader): void {
  from.byte();
  from.take(from.unsigned());
}

const differences = (values: readonly number[]): number[] =>
  values.map((value, i) => value - (i === 0 ? 0 : values[i - 1]!));

function undifferences(values: number[]): number[] {
  for (let i = 1; i < values.length; i++) values[i] = values[i]! + values[i - 1]!;
  return values;
}

function runs(values: readonly number[]): Uint8Array {
  const out = new Writer();
  for (let at = 0; at < values.length; ) {
    let end = at + 1;
    while (end < values.length && values[end] === values[at]) end++;
    out.unsigned(end - at - 1);
    out.signed(values[at]!);
    at = end;
  }
  return out.done();
}

function varints(values: readonly number[]): Uint8Array {
  const out = new Writer();
  for (const value of values) out.signed(value);
  return out.done();
}

/** Each group: its smallest value, a width, and every value's distance from the smallest in so many bits. */
function bitPacked(values: readonly number[]): Uint8Array | undefined {
  const out = new Writer();
  for (let at = 0; at < values.length; at += GROUP) {
    const group = values.slice(at, at + GROUP);
    const least = Math.min(...group);
    const width = bitsOf(Math.max(...group) - least);
    if (width > 24) return undefined; // the accumulator below holds 31 bits
    out.signed(least);
    out.byte(width);
    let held = 0;
    let bits = 0;
    for (const value of group) {
      held |= (value - least) << bits;
      bits += width;
      while (bits >= 8) {
        out.byte(held & 0xff);
        held >>>= 8;
        bits -= 8;
      }
    }
    if (bits > 0) out.byte(held & 0xff);
  }
  return out.done();
}

function bitUnpacked(from: Reader, count: number): number[] {
  const values: number[] = [];
  while (values.length < count) {
    const size = Math.min(GROUP, count - values.length);
    const least = from.signed();
    const width = from.byte();
    const mask = width === 0 ? 0 : 2 ** width - 1;
    let held = 0;
    let bits = 0;
    for (let i = 0; i < size; i++) {
      while (bits < width) {
        held |= from.byte() << bits;
        bits += 8;
      }
      values.push(least + (held & mask));
      held >>>= width;
      bits -= width;
    }
  }
  return values;
}

const bitsOf = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

// --- qualities

const QUALITY = /^([A-Z])(\d{1,2})?(?::(\d{1,3}))?$/;

/** Runs of one quality: how many, the letter, method and reason, each plus one so that 0 says "none". */
export function qualities(out: Writer, letters: readonly string[]): void {
  for (let at = 0; at < letters.length; ) {
    let end = at + 1;
    while (end < letters.length && letters[end] === letters[at]) end++;
    const parts = QUALITY.exec(letters[at]!);
    if (!parts) throw new RangeError(`${letters[at]} is no quality`);
    out.unsigned(end - at - 1);
    out.byte(parts[1]!.charCodeAt(0));
    out.unsigned(parts[2] === undefined ? 0 : Number(parts[2]) + 1);
    out.unsigned(parts[3] === undefined ? 0 : Number(parts[3]) + 1);
    at = end;
  }
}

export function readQualities(from: Reader, count: number): string[] {
  const letters: string[] = [];
  while (letters.length < count) {
    const times = from.unsigned() + 1;
    const letter = String.fromCharCode(from.byte());
    const method = from.unsigned();
    const reason = from.unsigned();
    const quality = letter + (method ? String(method - 1).padStart(2, "0") : "") + (reason ? `:${reason - 1}` : "");
    for (let i = 0; i < times; i++) letters.push(quality);
  }
  return letters;
}

// --- bytes

export class Writer {
  private buffer = new Uint8Array(256);
  private length = 0;

  private room(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    larger.set(this.buffer);
    this.buffer = larger;
  }
  byte(value: number): void {
    this.room(1);
    this.buffer[this.length++] = value;
  }
  bytes(values: Uint8Array): void {
    this.room(values.length);
    this.buffer.set(values, this.length);
    this.length += values.length;
  }
  /** LEB128, up to 2^53. */
  unsigned(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.byte((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    this.byte(left);
  }
  /** Zigzag, without the bit operations that would cut at 32 bits. */
  signed(value: number): void {
    if (value >= 0 && value < 2 ** 52) this.unsigned(value * 2);
    else if (value < 0 && value > -(2 ** 52)) this.unsigned(-value * 2 - 1);
    else throw new RangeError(`${value} is too large to be packed`);
  }
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    this.bytes(bytes);
  }
  done(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
  /** Begins anew, in the room that there is. */
  clear(): void {
    this.length = 0;
  }
}

export class Reader {
  private at = 0;
  constructor(private readonly buffer: Uint8Array) {}

  byte(): number {
    const value = this.buffer[this.at++];
    if (value === undefined) throw new RangeError("the packed readings end too early");
    return value;
  }
  take(count: number): Uint8Array {
    if (this.at + count > this.buffer.length) throw new RangeError("the packed readings end too early");
    this.at += count;
    return this.buffer.subarray(this.at - count, this.at);
  }
  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.buffer.length - this.at);
  }
  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  text(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }
}
