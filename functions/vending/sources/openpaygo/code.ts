import siphash from "siphash";

// The OpenPAYGO Token as it is published: the digits of a token are a chain of hashes from the device's starting code,
// as long as the device's count is high, in whose last digits stands the value.

export interface Device {
  /** 16 bytes, which the device has from its maker. */
  key: Uint8Array;
  /** Of nine digits: where the chain begins. */
  startingCode: number;
}

/** `add` and `set` change what is left; `disable` frees the device for ever; `sync` brings its count up to ours. */
export type Does = "add" | "set" | "disable" | "sync";

/** The last three digits carry a value, in the longer form the last six. */
const FORMS = {
  short: { digits: 9, values: 1_000, valueMax: 995, next: nextShort },
  long: { digits: 12, values: 1_000_000, valueMax: 999_999, next: nextLong },
} as const;
export type Form = keyof typeof FORMS;

export const valueMax = (form: Form): number => FORMS[form].valueMax;

/** Instead of a value, by which a device knows these two. */
const SPECIAL = { disable: 998, sync: 999 } as const;

/**
 * The count of a token. Even ones add, odd ones do anything else; each order has one of both, so that the counts of a
 * device never lie further apart than it looks ahead.
 *
 * @param orders  how many came before
 */
export const countFor = (orders: number, does: Does): number => 2 * orders + (does === "add" ? 2 : 1);

export function token(device: Device, count: number, does: Does, value: number, form: Form): string {
  const { digits, values, next } = FORMS[form];
  const shown = does === "disable" || does === "sync" ? SPECIAL[does] : value;
  const mark = ((device.startingCode % values) + shown) % values;
  const marked = (code: number) => code - (code % values) + mark;
  let code = marked(device.startingCode);
  for (let i = 0; i < count; i++) code = next(code, device.key);
  return String(marked(code)).padStart(digits, "0");
}

/** Where a device begins whose maker gave it no starting code of its own. */
export const startingCodeOf = (key: Uint8Array): number => folded(hashed(key, key));

function nextShort(code: number, key: Uint8Array): number {
  const twice = Buffer.alloc(8);
  twice.writeUInt32BE(code, 0);
  twice.writeUInt32BE(code, 4);
  return folded(hashed(key, twice));
}

function nextLong(code: number, key: Uint8Array): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(code));
  const { h, l } = hashed(key, bytes);
  const bits40 = h * 2 ** 8 + (l >>> 24);
  return bits40 > 999_999_999_999 ? bits40 - 99_511_627_777 : bits40;
}

/** 64 bits as a number of at most nine digits. */
function folded({ h, l }: { h: number; l: number }): number {
  const bits30 = (h ^ l) >>> 2;
  return bits30 > 999_999_999 ? bits30 - 73_741_825 : bits30;
}

function hashed(key: Uint8Array, message: Uint8Array): { h: number; l: number } {
  const view = Buffer.from(key);
  return siphash.hash(
    Uint32Array.from([0, 4, 8, 12], (at) => view.readUInt32LE(at)),
    message,
  );
}
