import { DELIMITERS, Mistakes, type Row, refuseLine, rowsOf, textOf } from "../../../shared/delimited.ts";
import { Fault, type FieldError } from "../../../shared/errors.ts";
import type { FiledLine } from "../rail.ts";
import { AMOUNT_MAX } from "../schema.ts";
import {
  type Columns,
  columnsOf,
  HEAD_MAX,
  likelyNames,
  missing,
  type Named,
  plainName,
  ROLES,
  type Role,
} from "./columns.ts";
import { amountOf, type DateOrder, instantOf, isClear, isNamed, orderIn } from "./figures.ts";
import { type FiledKey, filedTexts } from "./texts.ts";

/** How a file is to be read. */
export interface How {
  /** The one that the city is paid in. */
  currency: string;
  /** Of times that name none. */
  zone: string;
  now: Date;
  named?: Named;
  /** How much it may be; else what a person hands in. */
  most?: { bytes: number; lines: number };
  /** What the treasurer says of dates that may be meant in two ways. */
  dates?: DateOrder;
}

/** A line of a file, with the numbers of wallets in it. */
export interface ReadLine extends FiledLine {
  line: number;
  /** To whom the money came; empty where the file does not say. */
  to: string;
  /** One for each column that may be the payer's, or the city's own. */
  wallets: string[];
}

/** What a request to the cloud can carry, and what one commit can keep. */
export const MOST = { bytes: 4 * 1024 * 1024, lines: 5_000 };
const REFERENCE_MAX = 60;
const WALLET_MAX = 100;
/** A provider's clock may be ahead of ours by so much. */
const AHEAD_MS = 10 * 60_000;

const NEW_LINE = /\r\n|\n|\r/;
const NUMBER = /^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}$/;
/** What an office program makes of a long number: digits of it are gone. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+?\d+$/i;

const MOVED = new Set([
  ...["success", "successful", "succeeded", "succes", "reussi", "reussie", "completed", "complete", "completee"],
  ...["termine", "terminee", "effectue", "effectuee", "paid", "paye", "payee", "ok", "valide", "validee", "approved"],
  ...["settled", "confirmed", "confirme", "confirmee", "transaction reussie"],
]);
const NOT_MOVED = new Set([
  ...["failed", "failure", "fail", "echec", "echoue", "echouee", "rejected", "rejete", "rejetee", "refused", "refuse"],
  ...[
    "refusee",
    "cancelled",
    "canceled",
    "annule",
    "annulee",
    "pending",
    "accepted",
    "en attente",
    "en cours",
    "initiated",
  ],
  ...["initie", "initiee", "expired", "expire", "expiree", "declined", "timeout", "ongoing", "processing"],
  ...["submitted", "enqueued", "in reconciliation"],
]);
const FRENCH = new Set(["montant", "statut", "devise", "heure", "frais", "libelle", "motif", "n de compte"]);

/** A mistake in the reader's language, and in English for programs. */
export const wrong = (key: FiledKey, values: Record<string, string> = {}) => ({
  detail: filedTexts.in("en")(key, values),
  says: { key, values } satisfies NonNullable<FieldError["says"]>,
});
/** What is wrong with a file, by line, in these words. */
export class FileMistakes extends Mistakes {
  of({ line }: Pick<Row, "line">, key: FiledKey, values: Record<string, string> = {}): void {
    const { detail, says } = wrong(key, values);
    this.at(line, detail, says);
  }
}
const shortly = (said: string) => (said.length > 40 ? `${said.slice(0, 40)}…` : said);

/**
 * All movements of money that a file tells of, in its order. Whole or not at all: each mistake names its line.
 * @throws {Fault} too_large; invalid: no file of lines, its columns are not found, or lines that cannot be read
 */
export function readFiled(file: Uint8Array, how: How): ReadLine[] {
  const { most = MOST } = how;
  if (file.length > most.bytes) throw new Fault("too_large", `A file has at most ${most.bytes} bytes.`);
  const text = textIn(file);
  if (text.trimEnd().split(NEW_LINE, most.lines + 1).length > most.lines) {
    const { detail, says } = wrong("lines_many", { most: String(most.lines) });
    refuseLine(most.lines + 1, detail, says);
  }
  const { rows, columns } = found(text, how.named ?? {});
  const mistakes = new FileMistakes();
  const told = rows.filter(({ line, fields }) => line > columns.line && isMovement(fields, columns));
  const order = orderOf(told, columns, how);
  const lines: (ReadLine & { isFee: boolean })[] = [];
  for (const row of told) {
    const read = lineOf(row, columns, { ...how, order }, mistakes);
    if (read) lines.push(read);
  }
  mistakes.refuse();
  const all = withFees(lines, mistakes);
  mistakes.refuse();
  return all;
}

/** What the columns of a file may be called, where it can be read at all. */
export function namesIn(file: Uint8Array): string[] {
  try {
    return likelyNames(heads(textIn(file))[0]!.rows);
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

export function refusal(field: string, { detail, says }: ReturnType<typeof wrong>): Fault {
  return new Fault("invalid", `Nothing of the file was kept. ${detail}`, {
    errors: [{ pointer: `#/${field}`, detail, says }],
  });
}

/** @throws {Fault} invalid: a workbook, a picture, a document for printing; no file of lines holds a zero */
function textIn(file: Uint8Array): string {
  const text = textOf(file);
  if (text.includes("\0") || /^(?:PK|%PDF)/.test(text)) throw refusal("file", wrong("not_csv"));
  return text;
}

/** The first rows, cut by each sign that may stand between fields: those with the most fields first. */
function heads(text: string): { sign: string; rows: Row[] }[] {
  const lines = text.split(NEW_LINE, HEAD_MAX).join("\n");
  const cuts: { sign: string; rows: Row[] }[] = [];
  let first: unknown;
  for (const sign of DELIMITERS)
    try {
      cuts.push({ sign, rows: rowsOf(lines, sign) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      first ??= error;
    }
  if (cuts.length === 0) throw first;
  const widest = ({ rows }: { rows: Row[] }) => Math.max(0, ...rows.map(({ fields }) => fields.length));
  return cuts.sort((a, b) => widest(b) - widest(a));
}

function found(text: string, named: Named): { rows: Row[]; columns: Columns } {
  const cuts = heads(text);
  for (const { sign, rows } of cuts) {
    const columns = columnsOf(rows, named);
    if (!columns) continue;
    for (const role of ROLES)
      if (named[role] !== undefined && columns.at[role] === undefined)
        throw refusal(role, wrong("no_such", { name: shortly(named[role]), columns: listed(columns.names) }));
    return { rows: rowsOf(text, sign), columns };
  }
  const { rows } = cuts[0]!;
  const columns = listed(likelyNames(rows));
  const errors = missing(rows, named).map((role) => {
    const { detail, says } = wrong(`no_${role}`, { columns });
    return { pointer: `#/${role}`, detail, says };
  });
  throw new Fault("invalid", `Nothing of the file was kept. ${errors[0]?.detail ?? ""}`, { errors });
}
const listed = (names: readonly string[]) =>
  names
    .filter((name) => name !== "")
    .slice(0, 80)
    .map((name) => shortly(name))
    .join(", ");

const cell = (fields: readonly string[], index: number | undefined): string =>
  index === undefined ? "" : (fields[index] ?? "").trim();

/** Sums at the end of a file, and words below it, have no date. */
function isMovement(fields: readonly string[], { at }: Columns): boolean {
  return cell(fields, at.date) !== "" || /\d/.test(cell(fields, at.number));
}

function orderOf(rows: readonly Row[], { at, names }: Columns, { dates: said }: How): DateOrder {
  const dates = rows.map(({ fields }) => cell(fields, at.date));
  const order = orderIn(dates);
  if (order === "day" || order === "month") return order;
  if (said !== undefined) return said;
  const isFrench = names.some((name) => FRENCH.has(plainName(name)));
  const unclear = dates.find((date) => !isClear(date));
  if (order === "neither" || isFrench || unclear === undefined) return "day";
  throw refusal("dates", wrong("date_order", { said: shortly(unclear) }));
}

function lineOf(
  row: Row,
  columns: Columns,
  { currency, zone, now, order }: How & { order: DateOrder },
  mistakes: FileMistakes,
): (ReadLine & { isFee: boolean }) | undefined {
  const { line, fields } = row;
  const { at, names, fees, to, wallets } = columns;
  const refuse = (key: FiledKey, values?: Record<string, string>): undefined => {
    mistakes.of(row, key, values);
  };
  const of = (role: Role) => cell(fields, at[role]);
  const last = Math.max(at.number!, at.date!, at.amount ?? at.credit!);
  if (fields.length <= last) return refuse("few_cells", { name: shortly(names[last] ?? "") });
  const status = plainName(of("status"));
  if (NOT_MOVED.has(status)) return undefined;
  if (status !== "" && !MOVED.has(status)) return refuse("status_unknown", { said: shortly(of("status")) });
  // As a text: ="123", or '123.
  const typed = of("number");
  const number = /^="([^"]*)"$/.exec(typed)?.[1] ?? typed.replace(/^'/, "");
  if (number === "") return refuse("number_none");
  if (!NUMBER.test(number) || SHORTENED.test(number)) return refuse("number_wrong", { said: shortly(typed) });
  const named = (of("currency") || columns.currency) ?? "";
  if (named !== "" && !isNamed(named.toUpperCase(), currency))
    return refuse("currency_other", { said: shortly(named), currency });
  const instant = instantOf(of("date"), of("time"), order, zone);
  const date = [of("date"), of("time")].filter(Boolean).join(" ");
  if (instant === undefined) return refuse("date_wrong", { said: shortly(date) });
  if (Date.parse(instant) > now.getTime() + AHEAD_MS) return refuse("date_future", { said: shortly(date) });
  const amounts = [
    [of("amount"), 1],
    ...(at.amount === undefined
      ? ([
          [of("credit"), 1],
          [of("debit"), -1],
        ] as const)
      : []),
  ] as const;
  let amountMinor = 0;
  let isTold = false;
  for (const [text, sign] of amounts) {
    if (text === "" || text === "-") continue;
    const read = amountOf(text, currency);
    if (read === undefined || Math.abs(read) > AMOUNT_MAX)
      return refuse("amount_wrong", { said: shortly(text), currency });
    isTold = true;
    // What went out stands with its sign in some files, and without it in others.
    amountMinor += sign === 1 ? read : -Math.abs(read);
  }
  if (!isTold) return refuse("amount_wrong", { said: "", currency });
  let feeMinor = 0;
  for (const index of amountMinor > 0 ? fees.in : fees.out) {
    const text = cell(fields, index);
    const read = text === "" || text === "-" ? 0 : amountOf(text, currency);
    if (read === undefined || Math.abs(read) > AMOUNT_MAX)
      return refuse("amount_wrong", { said: shortly(text), currency });
    feeMinor += Math.abs(read);
  }
  const short = (role: Role) => of(role).toWellFormed().slice(0, REFERENCE_MAX);
  return {
    ...{ line, number, at: instant, amountMinor, feeMinor, type: plainName(of("type")).slice(0, REFERENCE_MAX) },
    ...{ reference: short("reference"), note: short("note") },
    to: cell(fields, to).slice(0, WALLET_MAX),
    wallets: wallets.map((index) => cell(fields, index).slice(0, WALLET_MAX)),
    isFee: /\b(fee|fees|frais|commission|commissions|charge|charges)\b/.test(plainName(of("type"))),
  };
}

/** What the provider keeps may be a line of its own, under the number of the movement that it is for. */
function withFees(lines: readonly (ReadLine & { isFee: boolean })[], mistakes: FileMistakes): ReadLine[] {
  const all = new Map<string, ReadLine>();
  for (const { isFee, ...line } of lines.filter(({ isFee }) => !isFee)) {
    const before = all.get(line.number);
    if (!before) all.set(line.number, line);
    else if (!isSame(before, line)) mistakes.of(line, "number_twice", { number: line.number });
  }
  for (const { isFee: _yes, ...line } of lines.filter(({ isFee }) => isFee)) {
    const movement = all.get(line.number);
    if (movement) movement.feeMinor += Math.abs(line.amountMinor);
    // Of no movement in this file: money that went out, under its own number.
    else all.set(line.number, { ...line, amountMinor: -Math.abs(line.amountMinor) });
  }
  return [...all.values()];
}

/** Whether two lines tell of the same movement. */
export const isSame = (a: FiledLine, b: FiledLine): boolean =>
  a.number === b.number && a.amountMinor === b.amountMinor && a.at === b.at;
