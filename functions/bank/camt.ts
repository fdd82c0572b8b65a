import { z } from "zod";
import { exponentOf } from "../../shared/money.ts";
import { at, lineAt, listAt, readXml, textAt, wrong } from "../../shared/xml.ts";
import type { Line, Statement } from "./schema.ts";

// ISO 20022 camt.053, versions .02 (2009) and .08 (2019), which differ in where the status and a part's amount stand.

export type ReadStatement = Pick<
  Statement,
  "bankId" | "format" | "currency" | "openedOn" | "closedOn" | "openingMinor" | "closingMinor" | "credits" | "debits"
> & { iban: string; lines: Line[] };

const LISTS = new Set(["Stmt", "Bal", "Ntry", "NtryDtls", "TxDtls", "Ustrd", "Strd"]);
const FORMATS = { "02": "camt.053.001.02", "08": "camt.053.001.08" } as const;
export const LINES_MAX = 5_000;
const TEXT_MAX = 140;
/** Older than camt.053: a day before it is a mistake of whoever wrote the file. */
const EARLIEST = "2000-01-01";
const isDay = (text: string): boolean => text >= EARLIEST && z.iso.date().safeParse(text).success;

/** A decimal of the file as minor units, exactly; undefined where it is no amount of this currency. */
export function minorFrom(text: string, currency: string): number | undefined {
  const found = /^(\d{1,15})(?:\.(\d{1,5}))?$/.exec(text);
  if (!found) return undefined;
  const exponent = exponentOf(currency);
  const fraction = (found[2] ?? "").padEnd(exponent, "0");
  if (/[1-9]/.test(fraction.slice(exponent))) return undefined;
  const minor = Number(found[1]! + fraction.slice(0, exponent));
  return Number.isSafeInteger(minor) && minor <= 1_000_000_000_000 ? minor : undefined;
}

/**
 * Reads one account's statement whole, or refuses it whole: `opening + entries = closing` to the minor unit.
 * @param currency  of the account that it is for
 * @throws {Fault} too_large, malformed, invalid: each with the line of the file
 */
export function readCamt(bytes: Uint8Array, iban: string, currency: string): ReadStatement {
  const { text, root } = readXml(bytes, LISTS);
  const lineOf = linesOf(text);
  const space = Object.values((at(root, "Document") as Record<string, unknown> | undefined) ?? {})
    .filter((value) => typeof value === "string")
    .concat(/xmlns(?::\w+)?="(urn:iso[^"]+)"/.exec(text)?.[1] ?? "")
    .join(" ");
  const version = /camt\.053\.001\.(02|08)\b/.exec(space)?.[1] as "02" | "08" | undefined;
  if (!version) throw wrong(lineOf("Document"), "This is no camt.053.001.02 or camt.053.001.08.");
  const statements = listAt(root, "Document", "BkToCstmrStmt", "Stmt");
  if (statements.length !== 1)
    throw wrong(lineOf("Stmt", 1), `One statement is taken at a time; this file has ${statements.length}.`);
  const [statement] = statements;

  const account = textAt(statement, "Acct", "Id", "IBAN").replace(/\s/g, "");
  if (account !== iban) throw wrong(lineOf("Acct"), "This statement is of another account.");
  const stated = textAt(statement, "Acct", "Ccy");
  if (stated !== "" && stated !== currency)
    throw wrong(lineOf("Acct"), `This statement is in ${stated}, the account in ${currency}.`);
  const bankId = textAt(statement, "Id");
  if (bankId === "" || bankId.length > 35) throw wrong(lineOf("Stmt"), "A statement has an Id of at most 35 signs.");

  /** @throws {Fault} invalid */
  const amountOf = (of: unknown, line: number): number => {
    const money = at(of, "Amt");
    const given = at(money, "@Ccy");
    if (given !== currency)
      throw wrong(line, `An amount in ${String(given ?? "no currency").slice(0, 20)}; the account is in ${currency}.`);
    const minor = minorFrom(textAt(of, "Amt"), currency);
    if (minor === undefined) throw wrong(line, `${textAt(of, "Amt").slice(0, 30)} is no amount of ${currency}.`);
    return minor;
  };
  const signOf = (of: unknown, line: number): 1 | -1 => {
    const side = textAt(of, "CdtDbtInd");
    if (side !== "CRDT" && side !== "DBIT") throw wrong(line, "It is neither CRDT nor DBIT.");
    return side === "CRDT" ? 1 : -1;
  };
  const balances = listAt(statement, "Bal").map((balance, i) => {
    const line = lineOf("Bal", i);
    return {
      code: textAt(balance, "Tp", "CdOrPrtry", "Cd"),
      minor: () => signOf(balance, line) * amountOf(balance, line),
      on: (textAt(balance, "Dt", "Dt") || textAt(balance, "Dt", "DtTm")).slice(0, 10),
    };
  });
  const opening = balances.find(({ code }) => code === "OPBD") ?? balances.find(({ code }) => code === "PRCD");
  const closing = balances.find(({ code }) => code === "CLBD");
  if (!opening || !closing) throw wrong(lineOf("Bal"), "It lacks its opening (OPBD) or its closing balance (CLBD).");
  for (const { on } of [opening, closing]) if (!isDay(on)) throw wrong(lineOf("Bal"), "A balance has no day.");

  const lines: Line[] = [];
  let sum = 0;
  for (const [i, entry] of listAt(statement, "Ntry").entries()) {
    const line = lineOf("Ntry", i);
    const status = textAt(entry, "Sts", "Cd") || textAt(entry, "Sts");
    // What is only announced is in no balance, and comes again when it is booked.
    if (status !== "BOOK") continue;
    const sign = signOf(entry, line);
    const amountMinor = amountOf(entry, line);
    sum += sign * amountMinor;
    const bookedOn = (textAt(entry, "BookgDt", "Dt") || textAt(entry, "BookgDt", "DtTm")).slice(0, 10) || closing.on;
    if (!isDay(bookedOn)) throw wrong(line, "It was booked on no day of the calendar.");
    for (const part of partsOf(entry, amountMinor, currency)) {
      if (part.amountMinor === 0) continue;
      lines.push({ ...part, n: lines.length + 1, side: sign === 1 ? "credit" : "debit", bookedOn });
    }
    if (lines.length > LINES_MAX) throw wrong(line, `A statement has at most ${LINES_MAX} lines.`);
  }
  const [openingMinor, closingMinor] = [opening.minor(), closing.minor()];
  if (openingMinor + sum !== closingMinor)
    throw wrong(
      lineOf("Bal"),
      `The balance is broken: ${openingMinor} and entries of ${sum} make ${openingMinor + sum}, not ${closingMinor} (minor units).`,
    );
  return {
    iban,
    bankId,
    format: FORMATS[version],
    currency,
    openedOn: opening.on,
    closedOn: closing.on,
    openingMinor,
    closingMinor,
    credits: lines.filter(({ side }) => side === "credit").length,
    debits: lines.filter(({ side }) => side === "debit").length,
    lines,
  };
}

/** On which line the nth element of a name begins; each name is looked for once. */
function linesOf(text: string): (element: string, nth?: number) => number {
  const known = new Map<string, number[]>();
  return (element, nth = 0) => {
    let lines = known.get(element);
    if (!lines) {
      lines = [];
      let [line, from] = [1, 0];
      for (const { index } of text.matchAll(new RegExp(`<(?:\\w+:)?${element}[\\s>/]`, "g"))) {
        line += lineAt(text.slice(from, index), index - from) - 1;
        from = index;
        lines.push(line);
      }
      known.set(element, lines);
    }
    return lines[nth] ?? lines[0] ?? 1;
  };
}

/** The cut may go through a sign that takes two places, and half a sign no table keeps. */
const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed();

type Part = Omit<Line, "n" | "side" | "bookedOn">;

/** An entry of several payments is taken apart where their amounts add up to it; else it is one line. */
function partsOf(entry: unknown, amountMinor: number, currency: string): Part[] {
  const bankRef = cut(textAt(entry, "AcctSvcrRef"), 35);
  const details = listAt(entry, "NtryDtls").flatMap((one) => listAt(one, "TxDtls"));
  const parts = details.map((one) => ({ ...saidOf(one, bankRef), amountMinor: partAmount(one, currency) }));
  if (parts.length > 1 && parts.every((part): part is Part => part.amountMinor !== undefined))
    if (parts.reduce((total, part) => total + part.amountMinor, 0) === amountMinor) return parts;
  const [first] = parts;
  if (first && parts.length === 1) return [{ ...first, amountMinor }];
  const info = cut(textAt(entry, "AddtlNtryInf"), TEXT_MAX);
  return [{ amountMinor, bankRef, endToEndId: "", structured: [], text: info }];
}

function partAmount(one: unknown, currency: string): number | undefined {
  for (const money of [at(one, "Amt"), at(one, "AmtDtls", "TxAmt", "Amt")])
    if (at(money, "@Ccy") === currency) return minorFrom(textAt(money, "#text"), currency);
  return undefined;
}

function saidOf(one: unknown, bankRef: string): Omit<Part, "amountMinor"> {
  const endToEndId = cut(textAt(one, "Refs", "EndToEndId"), 35);
  return {
    bankRef: cut(textAt(one, "Refs", "AcctSvcrRef") || bankRef, 35),
    endToEndId: endToEndId === "NOTPROVIDED" ? "" : endToEndId,
    structured: listAt(one, "RmtInf", "Strd")
      .map((strd) => cut(textAt(strd, "CdtrRefInf", "Ref"), 35))
      .filter((ref) => ref !== "")
      .slice(0, 5),
    text: cut(
      listAt(one, "RmtInf", "Ustrd")
        .map((part) => textAt(part))
        .join(" "),
      TEXT_MAX,
    ),
  };
}
