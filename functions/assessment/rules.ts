import { invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import type { Write } from "../../shared/table.ts";
import { daysOf, perOf, wrongRate } from "./domain.ts";
import { proposals } from "./proposals.ts";
import { type NewRule, type Roll, Rule } from "./schema.ts";

export const rules = proposals("RULE", Rule, ({ roll }) => roll);

/** @throws {Fault} invalid: another currency, or a rate that fits nothing on this roll */
export async function proposeRule(
  here: Here,
  roll: Roll,
  asked: NewRule,
  by: string,
  record: (rule: Rule) => Write[] = () => [],
): Promise<Rule> {
  if (asked.currency !== here.city.currency)
    throw invalid("#/currency", `This city's currency is ${here.city.currency}.`);
  const wrong = wrongRate(roll.kind, asked.rates);
  if (wrong) throw invalid(`#/rates/${wrong.at}`, wrong.detail);
  const now = here.clock.now();
  const proposed = { state: "proposed", proposedBy: by, proposedAt: now.toISOString() } as const;
  const rule = { id: newId("rul", now), roll: roll.code, ...asked, ...proposed };
  return rules.propose(here, rule, record(rule));
}

/** The rule of a period: of those approved for its length and day, the one that is valid last; of two, the newer. */
export async function ruleFor(here: Here, roll: string, period: string): Promise<Rule | undefined> {
  const { from } = daysOf(period);
  const fitting = (await rules.list(here, roll)).filter(
    ({ state, per, validFrom }) => state === "approved" && per === perOf(period) && validFrom <= from,
  );
  return fitting.reduce<Rule | undefined>(
    (best, one) => (!best || one.validFrom > best.validFrom ? one : best),
    undefined,
  );
}
