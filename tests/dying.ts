import type { Here } from "../shared/here.ts";
import type { Table, Write } from "../shared/table.ts";

/** A city whose house loses its power after so many writes: whatever it writes from then on fails. */
export function dyingAfter(whole: Here, writes: number): Here & { table: Table } {
  let calls = 0;
  const dying = <T extends object>(of: T, names: readonly (keyof T)[]): T => {
    const out = { ...of };
    for (const name of names)
      out[name] = (async (...args: unknown[]) => {
        if (calls++ >= writes) throw new Error("the power is gone");
        return (of[name] as (...args: unknown[]) => unknown)(...args);
      }) as T[keyof T];
    return out;
  };
  const table = dying(whole.table, ["put", "delete", "transact"]);
  const commit = (some: readonly Write[]) => table.transact(some);
  return { ...whole, table, commit, blobs: dying(whole.blobs, ["put", "delete"]) } as Here & { table: Table };
}
