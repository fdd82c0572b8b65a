import { createCipheriv } from "node:crypto";

// A meter that takes STS tokens. It shares no line with what makes them: it reads bits from a string of zeros and
// ones, has tables of its own, and was written from the standard's description of the meter's side.

export type Outcome =
  | { is: "credited"; tenths: number }
  | { is: "limited"; watts: number }
  | { is: "cleared" }
  | { is: "half_key" }
  | { is: "new_key"; isRollOver: boolean }
  | { is: "refused"; because: "digits" | "not_mine" | "used" | "old" | "order" | "class" };

const refused = (because: Extract<Outcome, { is: "refused" }>["because"]): Outcome => ({ is: "refused", because });

/** How many token identifiers it remembers. */
const MEMORY = 50;

// Decryption by the printed sample tables: what encryption sends to a place comes back from it.
const FORTH = ["CA843F02E15D697B", "69743ACE2D1F0B85"];
const BACK = FORTH.map((row) => [..."0123456789ABCDEF"].map((to) => row.indexOf(to).toString(2).padStart(4, "0")));
const PLACES =
  "29 27 34 9 16 62 55 2 40 49 38 25 33 61 30 23 1 41 21 57 42 15 5 58 19 53 22 17 48 28 24 39 3 60 36 14 11 52 54 12 " +
  "31 51 10 26 0 45 37 43 44 6 59 4 7 35 56 50 13 18 32 47 46 63 20 8";
const PLACE = PLACES.split(" ").map(Number);

/** A table of all 256 remainders, as meters have it in their memory. */
const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let i = 0; i < 8; i++) rest = rest % 2 === 1 ? ((rest - 1) / 2) ^ 0xa001 : rest / 2;
  return rest;
});

export class StsMeter {
  credit = 0;
  isTampered = false;
  powerLimit: number | undefined;
  #key: string;
  #memory: number[] = [];
  #half: { bits: string; isRollOver: boolean } | undefined;
  readonly #subclass: number;

  /** @param key  64 bits as 16 hexadecimal digits: what the factory loads */
  constructor(key: string, resource: "electricity" | "water") {
    this.#key = bitsOf(BigInt(`0x${key}`), 64);
    this.#subclass = resource === "electricity" ? 0 : 1;
  }

  enter(digits: string): Outcome {
    if (!/^\d{20}$/.test(digits) || BigInt(digits) >= 1n << 66n) return refused("digits");
    const all = bitsOf(BigInt(digits), 66);
    // Bit 65 is the first of the string. The class stands at 28 and 27, whose own bits were moved to 65 and 64.
    const kind = all.slice(65 - 28, 65 - 26);
    const block = all.slice(2, 65 - 28) + all.slice(0, 2) + all.slice(65 - 26);
    if (kind !== "00" && kind !== "10") return refused("class");
    const clear = decrypted(block, this.#key);
    const content = clear.slice(0, 48);
    if (crcOf(kind + content) !== clear.slice(48)) return refused("not_mine");
    const number = (from: number, length: number) => Number.parseInt(content.slice(from, from + length), 2);
    const subclass = number(0, 4);
    if (kind === "10" && (subclass === 3 || subclass === 4)) return this.#turnKey(subclass, content);
    if (kind === "00" && subclass !== this.#subclass) return refused("class");

    const identifier = number(8, 24);
    if (this.#memory.includes(identifier)) return refused("used");
    // A full memory takes nothing that is older than all of it; a half-empty one was filled at the factory.
    if (this.#memory.length === MEMORY && identifier < Math.min(...this.#memory)) return refused("old");
    const value = amountOf(number(32, 2), number(34, 14));
    const outcome = kind === "00" ? this.#credited(value) : this.#managed(subclass, number(32, 16), value);
    if (outcome.is !== "refused") {
      this.#memory.push(identifier);
      if (this.#memory.length > MEMORY) this.#memory.splice(this.#memory.indexOf(Math.min(...this.#memory)), 1);
    }
    return outcome;
  }

  #credited(tenths: number): Outcome {
    this.credit += tenths;
    return { is: "credited", tenths };
  }

  #managed(subclass: number, register: number, value: number): Outcome {
    if (subclass === 0) {
      this.powerLimit = value;
      return { is: "limited", watts: value };
    }
    if (subclass === 1 && register === this.#subclass) this.credit = 0;
    else if (subclass === 5) this.isTampered = false;
    else return refused("class");
    return { is: "cleared" };
  }

  /** The first half, then at once the second. */
  #turnKey(subclass: number, content: string): Outcome {
    if (subclass === 3) {
      this.#half = { bits: content.slice(16), isRollOver: content[12] === "1" };
      return { is: "half_key" };
    }
    const half = this.#half;
    if (!half) return refused("order");
    this.#key = half.bits + content.slice(16);
    this.#half = undefined;
    // Identifiers of another base date begin anew, and none of the old key can come again.
    if (half.isRollOver) this.#memory = [];
    return { is: "new_key", isRollOver: half.isRollOver };
  }
}

/** Each range begins where the one below ends. */
function amountOf(exponent: number, mantissa: number): number {
  let amount = mantissa;
  for (let i = 0; i < exponent; i++) amount = amount * 10;
  for (let n = 1; n <= exponent; n++) amount += 16384 * 10 ** (n - 1);
  return amount;
}

function bitsOf(number: bigint, width: number): string {
  return number.toString(2).padStart(width, "0");
}

function crcOf(bits50: string): string {
  const bits = bits50.padStart(56, "0");
  let crc = 0xffff;
  for (let at = 0; at < 56; at += 8)
    crc = (crc >> 8) ^ CRC_TABLE[(crc ^ Number.parseInt(bits.slice(at, at + 8), 2)) & 0xff]!;
  const text = bitsOf(BigInt(crc), 16);
  return text.slice(8) + text.slice(0, 8);
}

function decrypted(block: string, key: string): string {
  let data = block;
  let turning = key;
  for (let round = 0; round < 16; round++) {
    // What stands at place p came from where the table leads to p.
    const before: string[] = new Array(64);
    PLACE.forEach((to, from) => {
      before[63 - from] = data[63 - to]!;
    });
    data = "";
    for (let at = 0; at < 64; at += 4) {
      // The key turns under the data; where its lowest bit of four is 1, the first table was used.
      const table = turning[at + 3] === "1" ? 0 : 1;
      data += BACK[table]![Number.parseInt(before.slice(at, at + 4).join(""), 2)]!;
    }
    turning = turning.slice(-1) + turning.slice(0, -1);
  }
  return data;
}

/** How a factory derives the key of a meter, by DKGA02: 16 hexadecimal digits. */
export function factoryKey(
  vendingKey: Uint8Array,
  meter: { number: string; supplyGroup: string; keyRevision: number; tariffIndex: string },
): string {
  const pan = (meter.number.length === 11 ? "00727" : "000") + meter.number;
  const control = `2${meter.supplyGroup}${meter.tariffIndex}${meter.keyRevision}ffffff`;
  const mixed = Buffer.from(pan, "hex").map((byte, i) => byte ^ Buffer.from(control, "hex")[i]!);
  // Triple DES with one key thrice is single DES.
  const thrice = Buffer.concat([vendingKey, vendingKey, vendingKey]);
  const des = createCipheriv("des-ede3-ecb", thrice, null).setAutoPadding(false);
  const key = des.update(mixed).map((byte, i) => byte ^ mixed[i]! ^ vendingKey[i]!);
  return Buffer.from(key).toString("hex");
}
