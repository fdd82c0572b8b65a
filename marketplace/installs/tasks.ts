import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { does, type Tasker } from "../../shared/tasks.ts";
import { ChangeRows, Clear, DropRows } from "./events.ts";
import { ownRows } from "./own-rows.ts";
import type { Install } from "./schema.ts";
import { clearedAway, goOn } from "./steps.ts";
import { copyIn, installStore, isCopyNeeded } from "./store.ts";

// What an install still has to do after a request, or after whoever did it stopped halfway.

const found = (here: Here, id: string): Promise<Install | undefined> => installStore(here).get(id).catch(absentIsNone);

export const lifeTasks: readonly Tasker[] = [
  does(ChangeRows, async (here, id, { at: from }) => {
    const install = await found(here, id);
    if (install?.state !== "changing") return {};
    const { at } = await goOn(here, install, from);
    return at ? { again: { at: here.clock.now(), data: { at } } } : {};
  }),
  does(DropRows, async (here, taskId) => {
    const copy = copyIn(taskId);
    const install = await found(here, copy.id);
    if (!install || !isCopyNeeded(install, copy.data, here.clock.now())) await ownRows(here).drop(copy);
    return {};
  }),
  does(Clear, async (here, id) => {
    const install = await found(here, id);
    if (install?.state !== "leaving") return {};
    const isGone = await clearedAway(here, install, "house");
    return isGone ? {} : { again: { at: here.clock.now(), data: {} } };
  }),
];
