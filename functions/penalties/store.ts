import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item, Write } from "../../shared/table.ts";
import { Amnesty, Hold, PenaltyRule } from "./schema.ts";

// question                             key
// what is in force, in one read        pk     PENALTY_BOOK           sk     BOOK     (with a version: two approve one)
// one rule                             pk     PENALTY_RULE#<id>      sk     RULE
// rules, the latest last               gsi1pk PENALTY_RULES          gsi1sk <id>
// one amnesty, with its yield          pk     AMNESTY#<id>           sk     AMNESTY  (with a version)
// amnesties, the latest last           gsi1pk AMNESTIES              gsi1sk <id>
// when was a bill disputed             pk     PENALTY_HOLD#<bill>    sk     HOLD
// all such bills                       gsi1pk PENALTY_HOLDS          gsi1sk <bill>
const BOOK_KEY = { pk: "PENALTY_BOOK", sk: "BOOK" };
const ruleKey = (id: string) => ({ pk: `PENALTY_RULE#${id}`, sk: "RULE" });
const amnestyKey = (id: string) => ({ pk: `AMNESTY#${id}`, sk: "AMNESTY" });
const holdKey = (billId: string) => ({ pk: `PENALTY_HOLD#${billId}`, sk: "HOLD" });
const LISTS = ["PENALTY_RULES", "AMNESTIES", "PENALTY_HOLDS"] as const;
/** Of each in force, so that the book stays one item. */
const IN_FORCE_MAX = 200;

/** Rules and amnesties that two people approved. */
export interface Book {
  rules: PenaltyRule[];
  amnesties: Amnesty[];
  version: number;
}
const versionOf = (item: Item | undefined): number => Number(item?.["version"] ?? 0);
const isAsRead = (version: number) => (version === 0 ? ("absent" as const) : { version });

const ruleItem = (rule: PenaltyRule): Item => ({
  ...ruleKey(rule.id),
  gsi1pk: "PENALTY_RULES",
  gsi1sk: rule.id,
  state: rule.state,
  rule,
});
const ruleIn = (item: Item): PenaltyRule => PenaltyRule.parse(item["rule"]);
const amnestyIn = (item: Item): Amnesty => Amnesty.parse(item["amnesty"]);

export function penaltyStore({ table }: Pick<Here, "table">) {
  return {
    async book(): Promise<Book> {
      const item = await table.get(BOOK_KEY);
      return {
        rules: PenaltyRule.array().parse(item?.["rules"] ?? []),
        amnesties: Amnesty.array().parse(item?.["amnesties"] ?? []),
        version: versionOf(item),
      };
    },
    /** @throws {Fault} conflict: too many */
    bookWrite({ rules, amnesties, version }: Book): Write {
      if (rules.length > IN_FORCE_MAX || amnesties.length > IN_FORCE_MAX)
        throw new Fault("conflict", `At most ${IN_FORCE_MAX} rules and amnesties are in force.`);
      return { put: { ...BOOK_KEY, rules, amnesties, version: version + 1 }, if: isAsRead(version) };
    },

    /** @throws {Fault} absent */
    async rule(id: string): Promise<PenaltyRule> {
      const item = await table.get(ruleKey(id));
      if (!item) throw absent();
      return ruleIn(item);
    },
    async keepRule(rule: PenaltyRule): Promise<{ created: boolean; rule: PenaltyRule }> {
      const { created, item } = await table.putIfAbsent(ruleItem(rule));
      return { created, rule: ruleIn(item) };
    },
    decidedRuleWrite: (rule: PenaltyRule): Write => ({ put: ruleItem(rule), if: { state: "proposed" } }),
    async rules(at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: "PENALTY_RULES", index: "gsi1", reverse: true, ...at });
      return { rules: items.map(ruleIn), ...(cursor ? { next: cursor } : {}) };
    },

    /** @throws {Fault} absent */
    async amnesty(id: string): Promise<{ amnesty: Amnesty; version: number }> {
      const item = await table.get(amnestyKey(id));
      if (!item) throw absent();
      return { amnesty: amnestyIn(item), version: versionOf(item) };
    },
    /** @param version  as it was read; 0 where there was none */
    amnestyWrite: (amnesty: Amnesty, version: number): Write => ({
      put: {
        ...amnestyKey(amnesty.id),
        gsi1pk: "AMNESTIES",
        gsi1sk: amnesty.id,
        amnesty,
        version: version + 1,
      },
      if: isAsRead(version),
    }),
    async amnesties(at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: "AMNESTIES", index: "gsi1", reverse: true, ...at });
      return { amnesties: items.map(amnestyIn), ...(cursor ? { next: cursor } : {}) };
    },

    async hold(billId: string): Promise<{ hold: Hold; version: number }> {
      const item = await table.get(holdKey(billId));
      return { hold: item ? Hold.parse(item["hold"]) : { billId, periods: [] }, version: versionOf(item) };
    },
    holdWrite: (hold: Hold, version: number): Write => ({
      put: {
        ...holdKey(hold.billId),
        gsi1pk: "PENALTY_HOLDS",
        gsi1sk: hold.billId,
        hold,
        version: version + 1,
      },
      if: isAsRead(version),
    }),
    async holds(at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: "PENALTY_HOLDS", index: "gsi1", ...at });
      return { holds: items.map((item) => Hold.parse(item["hold"])), ...(cursor ? { next: cursor } : {}) };
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      const book = await table.get(BOOK_KEY);
      if (book) yield book;
      for (const pk of LISTS) yield* table.all({ pk, index: "gsi1" });
    },
  };
}
