import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { MatchingRuleSet } from "./events.ts";
import { KeptRule, MatchingRule } from "./schema.ts";

// question                                  key
// the rule in force, and each one before    pk MATCHING_RULE   sk <version>   (the last one is in force)
const PK = "MATCHING_RULE";
const keyOf = (version: number) => ({ pk: PK, sk: String(version).padStart(6, "0") });
const ruleOf = (item: Item): KeptRule => KeptRule.parse(item["rule"]);

/** Until the city sets one: what the payer names first, the rest to the oldest dues, and what is over is credit. */
const FIRST: KeptRule = { ...MatchingRule.parse({}), version: 0 };

export async function ruleInForce({ table }: Pick<Here, "table">): Promise<KeptRule> {
  const { items } = await table.query({ pk: PK, reverse: true, limit: 1 });
  return items[0] ? ruleOf(items[0]) : FIRST;
}

/** The latest first; the one that every city begins with stands last. */
export async function rulesBefore({ table }: Pick<Here, "table">, limit = 50): Promise<KeptRule[]> {
  const { items } = await table.query({ pk: PK, reverse: true, limit });
  return [...items.map(ruleOf), ...(items.length < limit ? [FIRST] : [])];
}

/** Sets another rule; no rule is ever changed. @throws {Fault} conflict: somebody else set one at this moment */
export async function setRule(here: Here, rule: MatchingRule, by: string): Promise<KeptRule> {
  const { version } = await ruleInForce(here);
  const next: KeptRule = { ...rule, version: version + 1, setBy: by, setAt: here.clock.now().toISOString() };
  try {
    await here.commit(
      [{ put: { ...keyOf(next.version), rule: next }, if: "absent" }],
      [told(MatchingRuleSet, "rule", { version: next.version, by }, next.version)],
    );
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "Somebody set another rule meanwhile: look again.");
    throw error;
  }
  return next;
}

export const ruleItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: PK });
