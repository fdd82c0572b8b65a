import { AsyncLocalStorage } from "node:async_hooks";

/** What one request consumed of the table; written into its log line and folded into each city's cost. */
export interface Tally {
  readUnits: number;
  writeUnits: number;
  calls: number;
}

const current = new AsyncLocalStorage<Tally>();

export const newTally = (): Tally => ({ readUnits: 0, writeUnits: 0, calls: 0 });

/** Runs `work` with its own tally; nested calls count to the innermost. */
export const tallied = <T>(tally: Tally, work: () => T): T => current.run(tally, work);

export function count(kind: "read" | "write", units: number): void {
  const tally = current.getStore();
  if (!tally) return;
  tally.calls += 1;
  if (kind === "read") tally.readUnits += units;
  else tally.writeUnits += units;
}
