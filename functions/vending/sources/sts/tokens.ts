import type { KeyRef, MeterFacts } from "../../token-source.ts";
import { encrypted } from "./cipher.ts";
import { checksum } from "./crc.ts";
import { KEY_TYPE } from "./key.ts";

/** A value and how many bits it has. */
type Field = readonly [value: number | bigint, width: number];
type Resource = MeterFacts["resource"];

/** What makes two tokens of one minute and content different. */
export interface Stamp {
  /** Of 4 bits. */
  random: number;
  /** TID, of 24 bits. */
  identifier: number;
}

const CLASS = { credit: 0, management: 2 } as const;
const RESOURCES: Record<Resource, number> = { electricity: 0, water: 1 };
const SUBCLASS = { powerLimit: 0, clearCredit: 1, firstKeyHalf: 3, secondKeyHalf: 4, clearTamper: 5 } as const;
/** A key that never expires: the identifiers of its base date end first. */
const KEY_EXPIRY = 255;

const stamped = (subclass: number, { random, identifier }: Stamp, content: number): Field[] => [
  [subclass, 4],
  [random, 4],
  [identifier, 24],
  [content, 16],
];

/** @param amount  16 bits, by `amountBits` */
export const creditToken = (key: bigint, resource: Resource, stamp: Stamp, amount: number): string =>
  sealed(key, CLASS.credit, stamped(RESOURCES[resource], stamp, amount));

/** @param limit  watts in 16 bits, by `amountBits` */
export const powerLimitToken = (key: bigint, stamp: Stamp, limit: number): string =>
  sealed(key, CLASS.management, stamped(SUBCLASS.powerLimit, stamp, limit));

export const clearCreditToken = (key: bigint, resource: Resource, stamp: Stamp): string =>
  sealed(key, CLASS.management, stamped(SUBCLASS.clearCredit, stamp, RESOURCES[resource]));

export const clearTamperToken = (key: bigint, stamp: Stamp): string =>
  sealed(key, CLASS.management, stamped(SUBCLASS.clearTamper, stamp, 0));

/** Both halves of a new key under the old one, to be entered in this order. They carry no identifier. */
export function keyChangeTokens(
  key: bigint,
  next: { key: bigint; isRollOver: boolean } & Pick<KeyRef, "keyRevision" | "tariffIndex">,
): [string, string] {
  const first: Field[] = [
    [SUBCLASS.firstKeyHalf, 4],
    [KEY_EXPIRY >> 4, 4],
    [next.keyRevision, 4],
    [next.isRollOver ? 1 : 0, 1],
    // Two tokens make the set, not three.
    [0, 1],
    [KEY_TYPE, 2],
    [next.key >> 32n, 32],
  ];
  const second: Field[] = [
    [SUBCLASS.secondKeyHalf, 4],
    [KEY_EXPIRY & 15, 4],
    [Number(next.tariffIndex), 8],
    [next.key & 0xffffffffn, 32],
  ];
  return [sealed(key, CLASS.management, first), sealed(key, CLASS.management, second)];
}

/** 48 bits with their checksum, encrypted, as the 20 digits of 66 bits. */
function sealed(key: bigint, tokenClass: number, fields: Field[]): string {
  const content = fields.reduce((bits, [value, width]) => (bits << BigInt(width)) | BigInt(value), 0n);
  const check = checksum((BigInt(tokenClass) << 48n) | content);
  return digits(encrypted((content << 16n) | BigInt(check), key), tokenClass);
}

/** The class is not encrypted: it takes the place of bits 28 and 27, which move to the front. */
function digits(block: bigint, tokenClass: number): string {
  const moved = (block >> 27n) & 3n;
  const rest = block & ~(3n << 27n);
  const bits66 = (moved << 64n) | rest | (BigInt(tokenClass) << 27n);
  return bits66.toString().padStart(20, "0");
}
