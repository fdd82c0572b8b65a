import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import { defineTask, does, dropped, planned } from "../../shared/tasks.ts";
import { KeepRegisters, TieMeter } from "../meters/events.ts";
import { type Drawing, type Telling, tiesNow } from "./drawing.ts";
import { NetworkChanged } from "./events.ts";
import { networkStore } from "./store.ts";

const LATER_MS = 60_000;

const ToTell = z.object({
  registers: z.array(z.object({ meterId: z.string(), at: z.string(), value: z.string() })),
  ties: z.array(z.object({ meterId: z.string(), accountId: z.string().nullable(), from: z.string().optional() })),
});
/** What the meters are still to be told of a change that is kept: should the process die meanwhile, this does it. */
const TellMeters = defineTask("network.tell_meters", ToTell);

/**
 * Writes what was drawn. One change is one transaction; a file of thousands is many, so whoever calls with one sees to
 * it that it is gone on with (`importing.ts`).
 *
 * @throws {Fault} conflict: somebody else changed the same meanwhile
 */
export async function keep(here: Here, drawn: Drawing, of: string, by: string): Promise<void> {
  const parts = await drawn.parts();
  const later = new Date(here.clock.now().getTime() + LATER_MS);
  for (const [i, { writes, ...telling }] of parts.entries()) {
    const isTold = telling.registers.length + telling.ties.length > 0;
    const id = idOf(telling);
    const isLast = i === parts.length - 1;
    try {
      await here.commit(
        [...writes, networkStore(here).versionWrite(), ...(isTold ? [planned(TellMeters, id, later, telling)] : [])],
        isLast ? [told(NetworkChanged, of, { of, changed: drawn.changed, by })] : [],
      );
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      throw new Fault("conflict", "Somebody else changed this at the same time. Look again, and send it again.", {
        hindrance: "changed_meanwhile",
      });
    }
    if (!isTold) continue;
    // At once, for whoever looks now; should the process die before, the task does it.
    await tell(here, id, telling);
    await here.commit([dropped(TellMeters, id)]);
  }
}

const idOf = (telling: Telling): string =>
  createHash("sha256").update(JSON.stringify(telling)).digest("hex").slice(0, 40);

async function tell(here: Here, id: string, { registers, ties }: Telling): Promise<void> {
  // A meter that is moved within one instant shows one register: what it was set with.
  const once = [...new Map(registers.map((one) => [`${one.meterId} ${one.at}`, one])).values()];
  if (once.length > 0) await here.ask(KeepRegisters, { delivery: `network-${id}`, readings: once });
  // Of two changes the one that was kept first may be told last, also long after it by the task: what the network says
  // by now is told, and looked at again afterwards.
  for (let left = await tiesNow(here, ties); left.length > 0; ) {
    for (const one of left) await here.ask(TieMeter, one);
    const now = await tiesNow(here, left);
    left = now.filter((one, i) => !isDeepStrictEqual(one, left[i]));
  }
}

export const telling = does(TellMeters, async (here, id, data) => {
  await tell(here, id, data);
  return {};
});
