import { stringify } from "csv-stringify/sync";
import type { Here } from "../../shared/here.ts";
import type { Lang } from "../../shared/texts.ts";
import { type ChartId, COLUMNS, endOf, linesOf } from "./domain.ts";

const ROWS_AT_ONCE = 2_000;

export interface Wanted {
  /** Days that transfers count for, both included. */
  from: string;
  to: string;
  chart: ChartId;
  lang: Lang;
}

/**
 * The journal's lines of these days as CSV, in its order, as they are read; with the sums and the proof in the last
 * rows. The proof is made first, and nothing that was posted after it is in the export, so its digest fixes every line.
 */
export async function* exportCsv({ ledger, clock }: Pick<Here, "ledger" | "clock">, wanted: Wanted) {
  const { from, to, chart, lang } = wanted;
  const proof = await ledger.prove();
  const totals = new Map<string, bigint>();
  let rows: string[][] = [[...COLUMNS]];
  for await (const entry of ledger.allEntries()) {
    if (entry.seq > proof.segments) break;
    if (entry.on < from || entry.on > to) continue;
    const { currency, amountMinor } = entry.transfer;
    totals.set(currency, (totals.get(currency) ?? 0n) + BigInt(amountMinor));
    rows.push(...linesOf(entry, chart, lang));
    if (rows.length < ROWS_AT_ONCE) continue;
    yield csv(rows);
    rows = [];
  }
  yield csv([...rows, ...endOf(totals, proof, clock.now().toISOString())]);
}

// A cell that a spreadsheet would take for a formula is given as text.
const csv = (rows: string[][]): string => stringify(rows, { escape_formulas: true, record_delimiter: "\r\n" });
