import { isDeepStrictEqual } from "node:util";
import { Mistakes, quoted, type Row, refuseLine, rowsOf, textOf } from "../../shared/delimited.ts";
import { absentIsNone, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { AccountsByNumber } from "../accounts/events.ts";
import { readNumber } from "./domain.ts";
import { checkedMeter, registered } from "./meters.ts";
import { NewMeter } from "./schema.ts";
import { vendingStore } from "./store.ts";

/** What one request can take in while somebody waits for it. */
const ROWS_MAX = 1_000;
const COLUMNS = [
  ...(["number", "source", "resource", "account", "free_units"] as const),
  ...(["supply_group", "key_revision", "tariff_index", "base_year"] as const),
] as const;
type Column = (typeof COLUMNS)[number];

interface Line {
  line: number;
  meter: NewMeter;
}

/**
 * Takes in the meters of a CSV file: all of them, or none while a line has a mistake. Sent again it makes nothing twice.
 * @throws {Fault} invalid, with what is wrong by line
 */
export async function metersFromFile(
  here: Here,
  file: Uint8Array,
  isDryRun: boolean,
): Promise<{ added: number; there: number }> {
  const lines = await linesOf(here, rowsOf(textOf(file)));
  const found = { added: 0, there: 0 };
  for (const { meter, isThere } of lines) {
    if (!isThere && !isDryRun) await registered(here, meter);
    found[isThere ? "there" : "added"] += 1;
  }
  return found;
}

async function linesOf(here: Here, [head, ...rows]: Row[]): Promise<(Line & { isThere: boolean })[]> {
  if (!head || rows.length === 0)
    return refuseLine(1, `A first line of ${COLUMNS.join(",")}, then one for each meter.`);
  if (rows.length > ROWS_MAX) return refuseLine(head.line, `More than ${ROWS_MAX} meters; send them in parts.`);
  const names = head.fields.map((name) => name.toLowerCase());
  for (const name of names)
    if (!COLUMNS.some((column) => column === name)) refuseLine(head.line, `${quoted(name)} is no column here.`);
  const mistakes = new Mistakes();
  const accounts = await accountsIn(here, names, rows);
  const seen = new Set<string>();
  const lines: (Line & { isThere: boolean })[] = [];
  for (const row of rows) {
    const meter = meterOf(names, row, accounts, mistakes);
    if (!meter) continue;
    if (seen.has(meter.number)) mistakes.at(row.line, `${quoted(meter.number)} stands in the file twice.`);
    seen.add(meter.number);
    try {
      const facts = await checkedMeter(here, meter);
      const kept = (await vendingStore(here).meterByNumber(meter.number).catch(absentIsNone))?.is;
      const isThere = kept !== undefined;
      if (kept && !(isDeepStrictEqual(kept.facts, facts) && kept.accountId === meter.accountId))
        mistakes.at(row.line, `${quoted(meter.number)} is here already, with other data.`);
      lines.push({ line: row.line, meter, isThere });
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "invalid") throw error;
      mistakes.at(row.line, error.message);
    }
  }
  mistakes.refuse();
  return lines;
}

/** The accounts that a file names, by number. */
async function accountsIn(here: Here, names: readonly string[], rows: readonly Row[]): Promise<Map<string, string>> {
  const at = names.indexOf("account");
  const numbers = [...new Set(rows.map(({ fields }) => fields[at]?.slice(0, 40) ?? ""))].filter(
    (number) => number !== "",
  );
  const found = new Map<string, string>();
  for (let i = 0; i < numbers.length; i += 100)
    for (const { number, id } of await here.ask(AccountsByNumber, { numbers: numbers.slice(i, i + 100) }))
      found.set(number.toUpperCase(), id);
  return found;
}

/** One line as a meter, or what is wrong with it. */
function meterOf(
  names: readonly string[],
  { line, fields }: Row,
  accounts: ReadonlyMap<string, string>,
  mistakes: Mistakes,
): NewMeter | undefined {
  const of = (column: Column) => fields[names.indexOf(column)] || undefined;
  const number = of("account");
  const account = number === undefined ? undefined : accounts.get(number.toUpperCase());
  if (number !== undefined && account === undefined) mistakes.at(line, `${quoted(number)} is no account's number.`);
  const [free = "0", source = "sts"] = [of("free_units"), of("source")];
  const asked = {
    ...{ source, number: readNumber(of("number") ?? ""), resource: of("resource") },
    ...(account === undefined ? {} : { accountId: account }),
    freeTenths: /^[0-9]{1,5}([.,][0-9])?$/.test(free) ? Math.round(Number(free.replace(",", ".")) * 10) : -1,
    ...(source === "sts"
      ? {
          key: {
            supplyGroup: of("supply_group"),
            keyRevision: Number(of("key_revision")),
            tariffIndex: of("tariff_index")?.padStart(2, "0"),
            baseYear: Number(of("base_year")),
          },
        }
      : {}),
  };
  const read = NewMeter.safeParse(asked);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) mistakes.at(line, `${path.join(".")}: ${message}`);
  return undefined;
}
