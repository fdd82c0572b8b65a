import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { RuleSet } from "./events.ts";
import type { Rule } from "./schema.ts";
import { collectionStore } from "./store.ts";

/** Sets the city's rule, and tells who did. */
export const setRule = (here: Here, rule: Rule, by: string): Promise<void> =>
  here.commit([collectionStore(here).ruleWrite(rule)], [told(RuleSet, "rule", { by })]);
