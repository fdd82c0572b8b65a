import { readCreditorReference } from "../../shared/creditor-reference.ts";
import type { Transfer } from "../../shared/ledger.ts";
import type { Line } from "./schema.ts";

export const bankAccount = (id: string): string => `bank:${id}`;
/** What the bank took and nobody here ordered: fees, and what is to be looked into. */
export const unexplainedAt = (id: string): string => `unexplained:${id}`;
export const IN_TRANSIT = "in_transit";
/** What lay at the bank before the first statement. */
export const OPENING = "opening_balance";

/** References of ours that a line may carry, by how sure they are; each is looked up before it is believed. */
export interface Carried {
  /** In a field for references: what a creditor reference carries, or a bare reference. */
  structured: string[];
  /** In the text or the end-to-end id. */
  written: string[];
  /** Words there that may be an account's number: an amount, a day or a telephone is none of these. */
  numbers: string[];
}

// A bill's nine signs, or an account's, which an A stands before.
const OWN = /(?<![0-9A-Z])(?:(A)[\s.\-/]?)?([0-9A-Z]{4})[\s.\-/]?([0-9A-Z]{4})[\s.\-/]?([0-9A-Z])(?![0-9A-Z])/g;
const CREDITOR = /(?<![0-9A-Z])RF[0-9]{2}(?:\s?[0-9A-Z]){1,21}(?![0-9A-Z])/g;

/** All signs that stand as ours do, wherever they begin: banks cut and join what payers write. */
function ownIn(text: string): string[] {
  const upper = text.toUpperCase();
  const found: string[] = [];
  for (let i = 0; i < upper.length; i++) {
    OWN.lastIndex = i;
    const match = OWN.exec(upper);
    if (!match) break;
    found.push(match.slice(1).filter(Boolean).join("-"));
    i = match.index;
  }
  return [...new Set(found)];
}

/** With a letter and at least four digits: numbers of digits alone are believed in fields for references only. */
const isNumber = (word: string): boolean =>
  /[A-Za-z]/.test(word) && /(?:[^0-9]*[0-9]){4}/.test(word) && word.length <= 30;

export function carriedBy(line: Pick<Line, "structured" | "text" | "endToEndId">): Carried {
  const structured = line.structured.flatMap(
    (ref) => readCreditorReference(ref) ?? (ref.startsWith("RF") ? [] : [ref]),
  );
  const texts = [line.text, line.endToEndId];
  const creditor = texts.flatMap((text) =>
    [...text.toUpperCase().matchAll(CREDITOR)].flatMap(([whole]) => {
      // A reference that is written with spaces ends where its check digits fit.
      for (let end = whole.length; end > 4; end--) {
        const read = readCreditorReference(whole.slice(0, end));
        if (read && read.length >= 9) return [read];
      }
      return [];
    }),
  );
  return {
    structured: [...new Set([...structured, ...creditor])].slice(0, 8),
    written: [...new Set(texts.flatMap(ownIn))].slice(0, 12),
    numbers: [...new Set(texts.flatMap((text) => text.split(/[\s,;:]+/)).filter(isNumber))].slice(0, 12),
  };
}

/** What the account held before its first statement. */
export function openingTransfers(id: string, openingMinor: number, currency: string): Transfer[] {
  if (openingMinor === 0) return [];
  const [debit, credit] = openingMinor > 0 ? [bankAccount(id), OPENING] : [OPENING, bankAccount(id)];
  return [{ debit, credit, amountMinor: Math.abs(openingMinor), currency, code: "opening" }];
}
