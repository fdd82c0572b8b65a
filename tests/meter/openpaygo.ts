// A device that takes OpenPAYGO tokens. It shares no line with what makes them: its SipHash is its own, and it searches
// the chain from its count on, as devices do.

export type Outcome =
  | { is: "added" | "set"; value: number; left: number }
  | { is: "unlocked" | "synchronised" }
  | { is: "refused"; because: "unknown" | "used" };

/** How far ahead of its count it looks, and how far back it takes what was left out. */
const AHEAD = 64;
const AHEAD_OF_SYNC = 100;
const BACK = 16;

export class PaygoDevice {
  left = 0;
  isLocked = true;
  #count = 0;
  #used = new Set<number>();
  readonly #words: [bigint, bigint];
  readonly #start: bigint;

  /** @param key  32 hexadecimal digits; @param startingCode  by default, what the key gives */
  constructor(key: string, startingCode?: number) {
    const bytes = Buffer.from(key, "hex");
    this.#words = [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)];
    this.#start = startingCode === undefined ? short(sipHash(this.#words, bytes)) : BigInt(startingCode);
  }

  enter(digits: string): Outcome {
    const isLong = digits.length === 12;
    if (!isLong && digits.length !== 9) return { is: "refused", because: "unknown" };
    const values = isLong ? 1_000_000n : 1_000n;
    const entered = BigInt(digits);
    const mark = entered % values;
    const value = Number((mark + values - (this.#start % values)) % values);
    const isSync = !isLong && value === 999;
    let code = this.#start - (this.#start % values) + mark;
    let isKnown = false;
    for (let count = 0; count <= this.#count + (isSync ? AHEAD_OF_SYNC : AHEAD); count++) {
      if (code - (code % values) + mark === entered) {
        if (this.#mayTake(count, isSync)) return this.#take(count, value, isLong);
        isKnown = true;
      }
      code = isLong ? this.#nextLong(code) : this.#nextShort(code);
    }
    return { is: "refused", because: isKnown ? "used" : "unknown" };
  }

  #mayTake(count: number, isSync: boolean): boolean {
    if (count > this.#count) return true;
    if (isSync) return count > this.#count - AHEAD;
    return count % 2 === 0 && count > this.#count - BACK && !this.#used.has(count) && count > 0;
  }

  #take(count: number, value: number, isLong: boolean): Outcome {
    const isAdd = count % 2 === 0;
    this.#used.add(count);
    this.#count = Math.max(this.#count, count);
    // Anything but adding makes what came before it worthless.
    if (!isAdd) for (let past = 0; past <= count; past++) this.#used.add(past);
    if (!isAdd && !isLong && value === 998) {
      this.isLocked = false;
      return { is: "unlocked" };
    }
    if (!isAdd && !isLong && value === 999) return { is: "synchronised" };
    this.left = isAdd ? this.left + value : value;
    return { is: isAdd ? "added" : "set", value, left: this.left };
  }

  #nextShort(code: bigint): bigint {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE((code << 32n) | code);
    return short(sipHash(this.#words, bytes));
  }

  #nextLong(code: bigint): bigint {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(code);
    const cut = sipHash(this.#words, bytes) >> 24n;
    return cut > 999_999_999_999n ? cut - 99_511_627_777n : cut;
  }
}

function short(hash: bigint): bigint {
  const cut = ((hash >> 32n) ^ (hash & 0xffffffffn)) >> 2n;
  return cut > 999_999_999n ? cut - 73_741_825n : cut;
}

/** SipHash-2-4, from its authors' description. */
function sipHash([k0, k1]: [bigint, bigint], message: Uint8Array): bigint {
  const word = (value: bigint) => BigInt.asUintN(64, value);
  const turned = (value: bigint, by: bigint) => word((value << by) | (value >> (64n - by)));
  let [a, b, c, d] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = () => {
    a = word(a + b);
    c = word(c + d);
    b = turned(b, 13n) ^ a;
    d = turned(d, 16n) ^ c;
    a = turned(a, 32n);
    c = word(c + b);
    a = word(a + d);
    b = turned(b, 17n) ^ c;
    d = turned(d, 21n) ^ a;
    c = turned(c, 32n);
  };
  const padded = Buffer.alloc(Math.floor(message.length / 8) * 8 + 8);
  padded.set(message);
  padded[padded.length - 1] = message.length % 256;
  for (let at = 0; at < padded.length; at += 8) {
    const part = padded.readBigUInt64LE(at);
    d ^= part;
    round();
    round();
    a ^= part;
  }
  c ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return a ^ b ^ c ^ d;
}
