import { latinDigits, positiveMinorOf } from "../../../shared/amounts.ts";
import { Mistakes, type Row, refuseLine, rowsOf } from "../../../shared/delimited.ts";
import { Fault } from "../../../shared/errors.ts";
import { decimalOf } from "../../../shared/money.ts";
import { AMOUNT_MAX } from "../schema.ts";
import { detailOf, type WrongLine } from "./opening.ts";
import { type Asked, LINES_MAX } from "./schema.ts";

/** A meter and an amount as they were typed, or stand in a file. */
export interface TypedLine {
  /** In the text or file. */
  line: number;
  meter: string;
  /** None where there is none, or more than a purchase may have. */
  amountMinor?: number;
}

/**
 * The lines of a text or a CSV file: a meter and an amount in the currency's main unit, in this order or by the first
 * line's headings (`meter`, `amount`). A first line without a digit is headings in whatever language. Of more than an
 * order may have, one more is read, so that it shows.
 * @throws {Fault} invalid: a line that cannot be read
 */
export function linesOf(text: string, currency: string): TypedLine[] {
  const rows = rowsOf(text);
  const head = rows[0] && !/\d/.test(latinDigits(rows[0].fields.join(""))) ? rows[0].fields : undefined;
  const lines = head ? rows.slice(1) : rows;
  const names = (head ?? []).map((name) => name.toLowerCase());
  const [meterAt, amountAt] = [names.indexOf("meter"), names.indexOf("amount")];
  const at: [number, number] = meterAt >= 0 && amountAt >= 0 ? [meterAt, amountAt] : [0, 1];
  return lines.slice(0, LINES_MAX + 1).map((row) => lineOf(row, at, currency));
}

function lineOf({ line, fields }: Row, [meterAt, amountAt]: [number, number], currency: string): TypedLine {
  // Without a separator the amount is what comes after the last space: meters are typed with spaces, too.
  const [, spaced, rest] = fields.length === 1 ? (/^(.*\S)\s+(\S+)$/.exec(fields[0]!) ?? []) : [];
  const meter = (spaced ?? fields[meterAt] ?? "").slice(0, 40);
  const amount = (rest ?? fields[amountAt] ?? "").slice(0, 40);
  try {
    const amountMinor = positiveMinorOf(amount, currency, "amount");
    return amountMinor > AMOUNT_MAX ? { line, meter } : { line, meter, amountMinor };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { line, meter };
  }
}

/** Those that can be asked for what they buy, with their place in the text. */
export const askable = (lines: readonly TypedLine[]): (Asked & { line: number })[] =>
  lines.flatMap(({ line, meter, amountMinor }) =>
    meter === "" || amountMinor === undefined ? [] : [{ line, meter, amountMinor }],
  );

/** As they are typed: to show them again, and to send them on from the page where they are checked. */
export const textOfLines = (lines: readonly Asked[], currency: string): string =>
  lines.map(({ meter, amountMinor }) => `${meter};${decimalOf(amountMinor, currency)}`).join("\n");

/** @throws {Fault} invalid: none, or more than an order may have */
export function demandLines(lines: readonly TypedLine[]): void {
  if (lines.length === 0) refuseLine(1, "A meter and an amount on each line.");
  const beyond = lines[LINES_MAX];
  if (beyond) refuseLine(beyond.line, `An order has at most ${LINES_MAX} lines.`);
}

export interface WrongTyped {
  line: number;
  why: "no_number" | "no_amount" | WrongLine["why"];
}
/** All that is wrong with typed lines, by their place in the text. @param wrong  of those that could be asked for */
export function wrongIn(lines: readonly TypedLine[], wrong: readonly WrongLine[]): WrongTyped[] {
  const asked = askable(lines);
  return [
    ...lines.flatMap(({ line, meter, amountMinor }): WrongTyped[] => [
      ...(meter === "" ? [{ line, why: "no_number" as const }] : []),
      ...(amountMinor === undefined ? [{ line, why: "no_amount" as const }] : []),
    ]),
    ...wrong.map(({ index, why }) => ({ line: asked[index]!.line, why })),
  ].sort((a, b) => a.line - b.line);
}

/** @throws {Fault} invalid, with what is wrong by the file's line */
export function refuseTyped(lines: readonly TypedLine[], wrong: readonly WrongLine[]): void {
  const mistakes = new Mistakes();
  for (const { line, why } of wrongIn(lines, wrong)) mistakes.at(line, detailOf(why));
  mistakes.refuse();
}
