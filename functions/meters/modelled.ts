import { Reader, Writer } from "./packing.ts";

/**
 * Whole numbers as a meter counts them, coded by what is likely: each is a few yes-or-no questions, each answered by an
 * arithmetic coder at the odds that four points of view, weighed by how well they did so far, give together. The points
 * of view are what the meter used at this time of earlier days, what it used just before, and both.
 *
 * All arithmetic is on whole numbers, so any machine reads what any other wrote. What is learnt is forgotten at the end
 * of a chunk: one can be read without the others.
 *
 * @see Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (2005), for the method
 */

const VIEWS = 4;
/** Cells of a view, in rows that lie together: the questions of one number are neighbours. */
const TABLE_BITS = 14;
const TABLE = 1 << TABLE_BITS;
const ROW_BITS = 4;
/** The questions: how many bits, by a tree of 32; then the upper bits of so long a number, by a tree of 16. */
const LENGTH_DEPTH = 5;
const TREE_DEPTH = 4;
const MIXERS = 2 ** LENGTH_DEPTH + 2 ** TREE_DEPTH;
const MODELLED_MAX = 2 ** 31 - 1;
/** The coder's numbers have 31 bits: small ones, to the machine. */
const WHOLE = 0x7fffffff;

// --- odds: 16 bits of probability, and their logarithm in 256ths

/** 65536 / (1 + e^-x) at every half from -8 to 8. */
const SQUASHED = [
  22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11_954, 17_625, 24_743, 32_768, 40_793, 47_911,
  53_582, 57_724, 60_565, 62_428, 63_615, 64_357, 64_816, 65_097, 65_269, 65_374, 65_438, 65_476, 65_500, 65_514,
];
const ODDS_MAX = 2_047;
const squashes = new Uint16Array(2 * ODDS_MAX + 1);
for (let odds = -ODDS_MAX; odds <= ODDS_MAX; odds++) {
  const at = (odds + 2_048) >> 7;
  const part = (odds + 2_048) & 127;
  squashes[odds + ODDS_MAX] = (SQUASHED[at]! * (128 - part) + SQUASHED[at + 1]! * part + 64) >> 7;
}
const stretches = new Int16Array(4096);
for (let odds = -ODDS_MAX, at = 0; at < 4096; at++) {
  while (odds < ODDS_MAX && squashes[odds + ODDS_MAX]! < at * 16 + 8) odds++;
  stretches[at] = odds;
}
/** How far a count moves a probability, in 16384ths: 1 / (n + 1.6), until what is old counts as little as what is new. */
const COUNT_MAX = 60;
const rates = Uint16Array.from({ length: COUNT_MAX + 1 }, (_, n) => Math.floor(163_840 / (n * 10 + 16)));
const WEIGHT_MAX = 2 ** 19 - 1;

/** A size in steps of `per` to a doubling; 0 is 0. */
function sizeOf(value: number, per: number): number {
  if (value <= 0) return 0;
  const up = value + 1;
  const whole = 31 - Math.clz32(up);
  return 1 + whole * per + Math.floor(((up - 2 ** whole) * per) / 2 ** whole);
}

/** What coder and decoder know alike before each number. */
class Model {
  private readonly probabilities = new Uint16Array(VIEWS * TABLE).fill(32_768);
  private readonly counts = new Uint8Array(VIEWS * TABLE);
  private readonly weights = new Int32Array(MIXERS * VIEWS).fill(20_000);
  private readonly views = new Int32Array(VIEWS);
  private readonly rows = new Int32Array(VIEWS);
  private readonly inputs = new Int32Array(VIEWS);
  private readonly slots: number;
  private readonly slotS: number;
  private readonly usual: Float64Array;
  private readonly days: Uint8Array;
  private slot = 0;
  private meter = -1;
  private last = 0;

  constructor(stepS: number) {
    this.slotS = stepS === 0 ? 3_600 : Math.max(900, stepS);
    this.slots = Math.max(1, Math.floor(86_400 / this.slotS));
    this.usual = new Float64Array(this.slots);
    this.days = new Uint8Array(this.slots);
  }

  next(meter: number, atS: number): void {
    if (meter !== this.meter) {
      this.meter = meter;
      this.usual.fill(0);
      this.days.fill(0);
      this.last = 0;
    }
    const { slots, usual, days, last } = this;
    const slot = Math.floor((atS % 86_400) / this.slotS) % slots;
    this.slot = slot;
    let [sum, weight] = [0, 0];
    for (let away = -2; away <= 2; away++) {
      const near = (slot + away + slots) % slots;
      const counts = days[near]! * (away === 0 ? 4 : away === 1 || away === -1 ? 2 : 1);
      sum += usual[near]! * counts;
      weight += counts;
    }
    const usually = weight === 0 ? last : Math.floor(sum / weight);
    const { views } = this;
    views[0] = sizeOf(last, 2);
    views[1] = sizeOf(usually, 2) * 64 + sizeOf(last, 1);
    views[2] = sizeOf(Math.floor((usually + last) / 2), 6);
    views[3] = weight === 0 ? 0 : 1 + slot;
    this.turn(0);
  }

  /** Turns to the questions about a number of so many bits; 0: to how many it has. */
  turn(bits: number): void {
    const { views, rows } = this;
    const shift = bits === 0 ? LENGTH_DEPTH : ROW_BITS;
    for (let i = 0; i < VIEWS; i++) {
      const mixed = Math.imul(views[i]! * 64 + bits, 0x9e3779b1);
      rows[i] = i * TABLE + ((mixed >>> (32 - TABLE_BITS + shift)) << shift);
    }
  }

  /** How likely, of 65536, the answer is yes. */
  odds(node: number, mixer: number): number {
    const { rows, inputs, weights, probabilities } = this;
    const at = mixer * VIEWS;
    let sum = 0;
    for (let i = 0; i < VIEWS; i++) {
      const input = stretches[probabilities[rows[i]! + node]! >> 4]!;
      inputs[i] = input;
      sum += Math.imul(weights[at + i]!, input) >> 8;
    }
    sum >>= 8;
    if (sum > ODDS_MAX) sum = ODDS_MAX;
    else if (sum < -ODDS_MAX) sum = -ODDS_MAX;
    return squashes[sum + ODDS_MAX]!;
  }

  learn(node: number, mixer: number, odds: number, answer: number): void {
    const { rows, inputs, weights, probabilities, counts } = this;
    const target = answer === 1 ? 65_535 : 0;
    const error = target - odds;
    const at = mixer * VIEWS;
    for (let i = 0; i < VIEWS; i++) {
      const weight = weights[at + i]! + ((Math.imul(error, inputs[i]!) + 8_192) >> 14);
      weights[at + i] = Math.max(-WEIGHT_MAX, Math.min(WEIGHT_MAX, weight));
      const cell = rows[i]! + node;
      const count = counts[cell]!;
      const probability = probabilities[cell]!;
      probabilities[cell] = probability + (Math.imul(target - probability, rates[count]!) >> 14);
      if (count < COUNT_MAX) counts[cell] = count + 1;
    }
  }

  heard(value: number): void {
    const { slot, usual, days } = this;
    const count = Math.min(days[slot]! + 1, 12);
    usual[slot]! += Math.trunc((value - usual[slot]!) / count);
    if (days[slot]! < 20) days[slot]!++;
    this.last = value;
  }
}

interface Rows {
  stepS: number;
  meters: readonly number[];
  timesS: readonly number[];
}

/** @returns undefined where a number is too large for it */
export function modelled(values: readonly number[], { stepS, meters, timesS }: Rows): Uint8Array | undefined {
  let [least, most, factor] = [0, 0, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (most - least > MODELLED_MAX) return undefined;
  for (const value of values) for (let rest = value - least; rest > 0; ) [factor, rest] = [rest, factor % rest];
  factor = Math.max(1, factor);
  const out = new Writer();
  out.signed(least);
  out.unsigned(factor);
  const model = new Model(stepS);
  let low = 0;
  let high = WHOLE;
  const code = (answer: number, odds: number) => {
    const middle = low + Math.imul((high - low) >>> 15, odds >>> 1);
    if (answer === 1) high = middle;
    else low = middle + 1;
    while ((low ^ high) >>> 23 === 0) {
      out.byte(high >>> 23);
      low = (low << 8) & WHOLE;
      high = ((high << 8) | 255) & WHOLE;
    }
  };
  /** The upper bits of a number, each against what was said of it so far. */
  const tell = (value: number, size: number, depth: number, mixers: number) => {
    let node = 1;
    for (let left = size - 1; left >= size - depth; left--) {
      const answer = (value >>> left) & 1;
      const odds = model.odds(node, mixers + node);
      code(answer, odds);
      model.learn(node, mixers + node, odds, answer);
      node = node * 2 + answer;
    }
  };
  for (let i = 0; i < values.length; i++) {
    const value = (values[i]! - least) / factor;
    model.next(meters[i]!, timesS[i]!);
    const bits = 32 - Math.clz32(value);
    tell(bits, LENGTH_DEPTH, LENGTH_DEPTH, 0);
    if (bits > 1) {
      model.turn(bits);
      const depth = Math.min(TREE_DEPTH, bits - 1);
      tell(value, bits - 1, depth, 2 ** LENGTH_DEPTH);
      for (let left = bits - 2 - depth; left >= 0; left--) code((value >>> left) & 1, 32_768);
    }
    model.heard(value);
  }
  // A number between the two, of which whatever is read after it changes nothing.
  out.byte(high >>> 23);
  out.byte((high >>> 15) & 255);
  return out.done();
}

/** @throws {RangeError} bytes that end too early */
export function unmodelled(bytes: Uint8Array, count: number, { stepS, meters, timesS }: Rows): number[] {
  const from = new Reader(bytes);
  const least = from.signed();
  const factor = from.unsigned();
  const coded = from.rest();
  const model = new Model(stepS);
  let at = 0;
  const byte = () => {
    if (at < coded.length) return coded[at++]!;
    // The coder leaves out at most what its last bytes say by themselves.
    if (at++ > coded.length + 4) throw new RangeError("the packed readings end too early");
    return 0;
  };
  let low = 0;
  let high = WHOLE;
  let word = 0;
  let held = 0;
  const shift = () => {
    const before = held;
    held = byte();
    word = ((word << 8) & WHOLE) | ((before & 1) << 7) | (held >>> 1);
  };
  for (let i = 0; i < 4; i++) shift();
  const read = (odds: number): number => {
    const middle = low + Math.imul((high - low) >>> 15, odds >>> 1);
    const answer = word <= middle ? 1 : 0;
    if (answer === 1) high = middle;
    else low = middle + 1;
    while ((low ^ high) >>> 23 === 0) {
      low = (low << 8) & WHOLE;
      high = ((high << 8) | 255) & WHOLE;
      shift();
    }
    return answer;
  };
  const hear = (depth: number, mixers: number): number => {
    let node = 1;
    for (let i = 0; i < depth; i++) {
      const odds = model.odds(node, mixers + node);
      const answer = read(odds);
      model.learn(node, mixers + node, odds, answer);
      node = node * 2 + answer;
    }
    return node;
  };
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) {
    model.next(meters[i]!, timesS[i]!);
    const bits = hear(LENGTH_DEPTH, 0) - 2 ** LENGTH_DEPTH;
    let value = bits === 0 ? 0 : 1;
    if (bits > 1) {
      model.turn(bits);
      const depth = Math.min(TREE_DEPTH, bits - 1);
      value = hear(depth, 2 ** LENGTH_DEPTH);
      for (let left = bits - 1 - depth; left > 0; left--) value = value * 2 + read(32_768);
    }
    values[i] = value * factor + least;
    model.heard(value);
  }
  return values;
}
