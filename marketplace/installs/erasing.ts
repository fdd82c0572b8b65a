import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Here } from "../../shared/here.ts";
import type { Item, Write } from "../../shared/table.ts";
import { does, planned } from "../../shared/tasks.ts";
import { EraseRows } from "./events.ts";
import { ownRows } from "./own-rows.ts";
import { Run } from "./run-schema.ts";
import { runsPk } from "./run-store.ts";
import type { Install } from "./schema.ts";
import { installStore } from "./store.ts";

// A resident's erasure reaches what modules keep: a row of theirs that names one of the ids goes whole, and of a
// receipt that names one the figures and words go. That a run took place stays.

export const NewErasure = z
  .strictObject({
    /** What the resident is known by: account, meters, bills, cases. */
    ids: z
      .array(z.string().regex(/^[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}$/, "an id such as acc_01J…"))
      .min(1)
      .max(100),
  })
  .meta({ id: "NewModuleErasure" });

/** The write by which a task erases them; the same ids are erased once at a time. */
export function erasure(here: Here, ids: readonly string[]): Write {
  const name = createHash("sha256")
    .update([...ids].sort().join(" "))
    .digest("hex")
    .slice(0, 32);
  return planned(EraseRows, name, here.clock.now(), { ids: [...ids] });
}

const AT_ONCE = 100;

/** While its rows are copied for another version, it is looked at again after this. */
const CHANGING_MS = 10_000;

/** One module after the other, each in a turn of its own. */
export const erasing = does(EraseRows, async (here, _name, { ids, after = "" }) => {
  const store = installStore(here);
  const next = (await store.list()).find(({ module }) => module > after);
  if (!next) return {};
  await eraseIn(here, next, ids);
  const now = here.clock.now();
  const then = await store.find(next.module);
  // A row may have been copied before it was erased, to where had been looked already.
  const isCopied = [next, then].some((one) => one?.state === "changing") || then?.data !== next.data;
  if (then && isCopied) return { again: { at: new Date(now.getTime() + CHANGING_MS), data: { ids, after } } };
  return { again: { at: now, data: { ids, after: next.module } } };
});

async function eraseIn(here: Here, { id }: Install, ids: readonly string[]): Promise<void> {
  const { table } = here;
  const names = (value: unknown) => ids.some((one) => JSON.stringify(value).includes(one));
  let writes: Write[] = [];
  const write = async (one: Write) => {
    writes.push(one);
    if (writes.length === AT_ONCE) await flush();
  };
  const flush = async () => {
    if (writes.length > 0) await table.transact(writes);
    writes = [];
  };
  for await (const { pk, sk, row } of ownRows(here).ofInstall(id))
    if (names([sk, row])) await write({ delete: { pk, sk } });
  for await (const item of table.all({ pk: runsPk(id) })) if (names(item["run"])) await write({ put: redacted(item) });
  await flush();
}

/** A receipt without what it said of anybody: which scopes it used, and how often, is left. */
function redacted(item: Item): Item {
  const { refused, ...run } = Run.parse(item["run"]);
  const { detail: _, ...why } = refused ?? {};
  return {
    ...item,
    run: {
      ...run,
      effects: run.effects.map(({ scope }) => ({ scope, fields: {} })),
      ...(refused ? { refused: why } : {}),
    },
  };
}
