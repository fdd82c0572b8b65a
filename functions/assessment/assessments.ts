import { absent } from "../../shared/errors.ts";
import type { Item, Table, Write } from "../../shared/table.ts";
import { Assessment } from "./schema.ts";
import { idOf } from "./store.ts";

// question                        key
// one assessment                  pk     ASSESSMENT#<id>                  sk     ASSESSMENT        (its id is made of entry and period: so there is one)
// a roll's of a period            gsi1pk ASSESSMENTS#<roll>#<period>      gsi1sk <number>
// an entry's                      pk     ASSESS_ENTRY#<entry>             sk     PERIOD#<period>
// an account's                    pk     ASSESSED_OF#<account>            sk     <period>#<id>
const key = (id: string) => ({ pk: `ASSESSMENT#${id}`, sk: "ASSESSMENT" });
const periodKey = (entryId: string, period: string) => ({ pk: `ASSESS_ENTRY#${entryId}`, sk: `PERIOD#${period}` });
const linkKey = (accountId: string, { period, id }: Assessment) => ({
  pk: `ASSESSED_OF#${accountId}`,
  sk: `${period}#${id}`,
});

export const assessmentIdOf = (entryId: string, period: string): string => idOf("asm", entryId, period);

const itemOf = (assessment: Assessment): Item => ({
  ...key(assessment.id),
  gsi1pk: `ASSESSMENTS#${assessment.roll}#${assessment.period}`,
  gsi1sk: assessment.number,
  stage: stageOf(assessment),
  assessment,
});
/** What a write must find, so that of two at once one counts. */
const stageOf = ({ state, revision }: Assessment): string => `${state}#${revision}`;
const assessmentOf = (item: Item): Assessment => Assessment.parse(item["assessment"]);
const payersOf = ({ shares }: Assessment): string[] => shares.flatMap(({ accountId }) => accountId ?? []);

export function assessmentStore(table: Table) {
  async function find(id: string): Promise<Assessment | undefined> {
    const item = await table.get(key(id));
    return item && assessmentOf(item);
  }
  async function many(ids: readonly string[]): Promise<Assessment[]> {
    const found = new Map((await table.getMany(ids.map(key))).map((item) => [item.pk, assessmentOf(item)]));
    return ids.flatMap((id) => found.get(key(id).pk) ?? []);
  }
  return {
    find,
    /** @throws {Fault} absent */
    async get(id: string): Promise<Assessment> {
      const found = await find(id);
      if (!found) throw absent();
      return found;
    },
    many,
    firstWrites: (assessment: Assessment): Write[] => [
      { put: itemOf(assessment), if: "absent" },
      { put: { ...periodKey(assessment.entryId, assessment.period), assessmentId: assessment.id } },
    ],
    writes: (before: Assessment, after: Assessment): Write[] => [
      { put: itemOf(after), if: { stage: stageOf(before) } },
      ...payersOf(after).map((accountId): Write => ({ put: linkKey(accountId, after) })),
    ],
    async ofEntry(entryId: string): Promise<Assessment[]> {
      const ids: string[] = [];
      for await (const item of table.all({ pk: `ASSESS_ENTRY#${entryId}`, beginsWith: "PERIOD#" }))
        ids.push(String(item["assessmentId"]));
      return many(ids);
    },
    /** The latest first. */
    async ofAccount(accountId: string, limit: number): Promise<Assessment[]> {
      const { items } = await table.query({ pk: `ASSESSED_OF#${accountId}`, reverse: true, limit });
      return many(items.map(({ sk }) => sk.slice(sk.indexOf("#") + 1)));
    },
    async ofPeriod(roll: string, period: string, at: { limit: number; cursor?: string | undefined }) {
      const { cursor: from, limit } = at;
      const page = { pk: `ASSESSMENTS#${roll}#${period}`, index: "gsi1" as const, limit };
      const { items, cursor } = await table.query({ ...page, ...(from === undefined ? {} : { cursor: from }) });
      return { assessments: items.map(assessmentOf), ...(cursor === undefined ? {} : { next: cursor }) };
    },

    /** Every lasting item of an entry, for the city's export. */
    async *itemsOf(entryId: string): AsyncIterable<Item> {
      for await (const item of table.all({ pk: `ASSESS_ENTRY#${entryId}`, beginsWith: "PERIOD#" })) {
        yield item;
        const assessment = await find(String(item["assessmentId"]));
        if (!assessment) continue;
        yield itemOf(assessment);
        for (const accountId of payersOf(assessment)) yield linkKey(accountId, assessment);
      }
    },
  };
}

/** What a visitor with these accounts may see of it: their own shares alone. */
export const ownPart = (assessment: Assessment, accounts: readonly string[]): Assessment => ({
  ...assessment,
  shares: assessment.shares.filter(({ accountId }) => accountId !== undefined && accounts.includes(accountId)),
});

export const totalOf = ({ shares }: { shares: readonly { totalMinor: number }[] }): number =>
  shares.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
