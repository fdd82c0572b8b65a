import { randomBytes } from "node:crypto";
import { latinDigits } from "./amounts.ts";
import { readCreditorReference } from "./creditor-reference.ts";

// References that people read aloud and type on small telephones: no letter that looks like a digit or another letter,
// and 31 signs, a prime, so that the check sign finds every wrong sign and every swapped pair.
const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXY";
const LENGTH = 8;
const BASE = BigInt(SIGNS.length);
const LOOKS_LIKE: Record<string, string> = { I: "1", L: "1", O: "0", U: "V", Z: "2" };
const ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What a reference begins with, so that none is read as another: a bill’s with nothing, an account’s with an A, a case’s with a C, a permit’s with a P. */
export type Lead = "" | "A" | "C" | "P";

const checkOf = (body: string): string =>
  SIGNS[[...body].reduce((sum, sign, i) => sum + (i + 2) * SIGNS.indexOf(sign), 0) % SIGNS.length]!;

const shown = (signs: string, lead: Lead) => {
  const rest = signs.slice(lead.length);
  return `${lead === "" ? "" : `${lead}-`}${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
};

/** Sixteen signs of an id that no id before it gives away. */
export const newChance = (): string => [...randomBytes(16)].map((byte) => ULID[byte % 32]).join("");

/** A reference such as `K7M2-9QXR-4`, or `A-K7M2-9QXR-J`. @param drawn what ends with 16 signs of an id, all chance */
export function drawReference(drawn: string, lead: Lead = ""): string {
  let chance = [...drawn.slice(-16)].reduce((sum, sign) => sum * 32n + BigInt(ULID.indexOf(sign)), 0n);
  let body: string = lead;
  for (let i = 0; i < LENGTH; i++) {
    body += SIGNS[Number(chance % BASE)];
    chance /= BASE;
  }
  return shown(body + checkOf(body), lead);
}

// What separates the groups, and the unseen marks of direction that are copied along from a page in Arabic.
const SEPARATORS = /[\s\p{Pd}\p{Cf}._]/gu;

/**
 * A reference as somebody typed it, also with the digits of the Arabic scripts, in its one spelling; undefined when it is
 * none of these, or its check sign does not fit.
 */
export function readReference(typed: string, lead: Lead = ""): string | undefined {
  const typedSigns = latinDigits(typed.toUpperCase()).replace(SEPARATORS, "");
  // As a bill names it for a transfer, and a bank repeats it: `RF`, two digits, then the reference.
  const isForTransfer = typedSigns.length === lead.length + LENGTH + 1 + 4;
  const plain = (isForTransfer && readCreditorReference(typedSigns)) || typedSigns;
  const signs = [...plain].map((sign) => LOOKS_LIKE[sign] ?? sign).join("");
  if (signs.length !== lead.length + LENGTH + 1 || !signs.startsWith(lead)) return undefined;
  if ([...signs].some((sign) => !SIGNS.includes(sign))) return undefined;
  return checkOf(signs.slice(0, -1)) === signs.at(-1) ? shown(signs, lead) : undefined;
}
