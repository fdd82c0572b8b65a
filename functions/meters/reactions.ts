import type { Reaction } from "../../shared/events.ts";
import { checkingReactions } from "./checks/index.ts";
import { homeReactions } from "./home/index.ts";
import { fileReactions } from "./sources/index.ts";

/** A room hears each fact once, so those who wait for the same one hear it together. */
export const meterReactions: Reaction[] = [
  ...Map.groupBy([...checkingReactions, ...homeReactions, ...fileReactions], ({ type }) => type).values(),
].map(
  ([first, ...others]): Reaction => ({
    ...first!,
    run: async (here, facts, seen) => {
      const writes = await Promise.all([first!, ...others].map((one) => one.run(here, facts, seen)));
      return writes.flatMap((some) => some ?? []);
    },
  }),
);
