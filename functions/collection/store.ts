import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Key, type Write } from "../../shared/table.ts";
import { changeOf, NO_COHORT, NO_YIELD, openMinorOf, plus, type Share } from "./domain.ts";
import { Campaign, Cohort, DEFAULT_RULE, Intake, Reminded, Rule, Tracked, type Yield } from "./schema.ts";

// question                                key
// one bill as this room knows it          pk     COLLECT_BILL#<bill>      sk     BILL
// the bills issued in a month             gsi1pk COLLECT_BILLS#<month>    gsi1sk <open|paid>#<day>#<bill>
// figures of the bills of a month         pk     COLLECT_DUE#<month>      sk     <day>#<kind>#<currency>#<district>
// figures of what came in a month         pk     COLLECT_IN#<month>       sk     <issued in>#<kind>#<currency>#<district>
// which months there are                  pk     COLLECT_MONTHS           sk     <month>
// the city's rule                         pk     COLLECT_RULE             sk     RULE
// one campaign                            pk     CAMPAIGN#<id>            sk     CAMPAIGN
// what became of each of its bills        pk     CAMPAIGN#<id>            sk     BILL#<bill>     (guards that it is once)
// campaigns, the latest last              gsi1pk CAMPAIGNS                gsi1sk <id>
// when a resident was written to          pk     REMINDED#<digest>        sk     REMINDED     (gsi1 REMINDED_RESIDENTS)
const TRIES = 12;

export const billKey = (billId: string) => ({ pk: `COLLECT_BILL#${billId}`, sk: "BILL" });
export const campaignKey = (id: string) => ({ pk: `CAMPAIGN#${id}`, sk: "CAMPAIGN" });
const dueKey = ({ day, kind, currency, district }: Pick<Cohort, "day" | "kind" | "currency" | "district">) => ({
  pk: `COLLECT_DUE#${day.slice(0, 7)}`,
  sk: `${day}#${kind}#${currency}#${district}`,
});
const inKey = (one: Omit<Intake, "collectedMinor">) => ({
  pk: `COLLECT_IN#${one.month}`,
  sk: `${one.issuedIn}#${one.kind}#${one.currency}#${one.district}`,
});
const RULE_KEY = { pk: "COLLECT_RULE", sk: "RULE" };
const monthItem = (month: string): Item => ({ pk: "COLLECT_MONTHS", sk: month });

const billItem = (bill: Tracked, version: number): Item => ({
  ...billKey(bill.billId),
  gsi1pk: `COLLECT_BILLS#${bill.issuedOn.slice(0, 7)}`,
  gsi1sk: `${openMinorOf(bill) > 0 ? "open" : "paid"}#${bill.issuedOn}#${bill.billId}`,
  bill,
  version,
});
const sumsOf = ({ day: _d, kind: _k, district: _p, currency: _c, ...sums }: Cohort) => sums;
const billOf = (item: Item): Tracked => Tracked.parse(item["bill"]);

/** A condition that the item is as it was read, and its next version. */
const versioned = (item: Item | undefined) => {
  const version = Number(item?.["version"] ?? 0);
  return { next: version + 1, if: item ? ({ version } as const) : ("absent" as const) };
};

export interface Kept {
  bill: Tracked;
  version: number;
}
interface Change {
  before: Kept | undefined;
  after: Tracked;
}

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** What several changes add to the same figures, by the key of the figure. */
class Sums<Of, More extends Record<string, number>> {
  readonly #sums = new Map<string, { key: Key; of: Of; more: More }>();
  constructor(private readonly keyOf: (of: Of) => Key) {}
  add(of: Of, more: More): void {
    const key = this.keyOf(of);
    const known = this.#sums.get(nameOf(key));
    this.#sums.set(nameOf(key), { key, of, more: known ? plus(known.more, more) : more });
  }
  keys = (): Key[] => [...this].map(({ key }) => key);
  [Symbol.iterator] = () => this.#sums.values();
}

export function collectionStore({ table, city }: Pick<Here, "table" | "city">) {
  async function find(billId: string): Promise<Kept | undefined> {
    return (await findAll([billId])).get(billId);
  }
  async function findAll(billIds: readonly string[]): Promise<Map<string, Kept>> {
    const items = await table.getMany([...new Set(billIds)].map(billKey));
    return new Map(
      items.map((item) => [billOf(item).billId, { bill: billOf(item), version: Number(item["version"]) }]),
    );
  }

  /**
   * The writes that make bills others, together with every figure that this changes, each figure once; all on the
   * condition that nobody else changed the same meanwhile.
   * @param over  what of a campaign shall change besides its yield, in the same item
   */
  async function writesOf(
    changes: readonly Change[],
    over: { campaignId: string; change: (campaign: Campaign) => Campaign } | undefined = undefined,
  ): Promise<Write[]> {
    const months = new Set<string>();
    const due = new Sums<Cohort, Share["cohort"]>(dueKey);
    const taken = new Sums<Omit<Intake, "collectedMinor">, { collectedMinor: number }>(inKey);
    const yields = new Sums<{ id: string }, Yield>(({ id }) => campaignKey(id));
    if (over) yields.add({ id: over.campaignId }, NO_YIELD);
    for (const { before, after } of changes) {
      const { kind, district, currency, issuedOn: day } = after;
      const names = { kind, district, currency };
      const change = changeOf(before?.bill, after, city.timeZone);
      if (!before) months.add(day.slice(0, 7));
      if (Object.values(change.cohort).some((n) => n !== 0)) due.add({ day, ...names, ...NO_COHORT }, change.cohort);
      for (const [month, collectedMinor] of change.collected) {
        months.add(month);
        taken.add({ month, issuedIn: day.slice(0, 7), ...names }, { collectedMinor });
      }
      for (const [id, more] of change.yields) yields.add({ id }, more);
    }
    const found = new Map(
      (await table.getMany([due, taken, yields].flatMap((sums) => sums.keys()))).map((item) => [nameOf(item), item]),
    );
    const writes: Write[] = changes.map(({ before, after }) => ({
      put: billItem(after, (before?.version ?? 0) + 1),
      if: before ? { version: before.version } : "absent",
    }));
    writes.push(...[...months].map((month) => ({ put: monthItem(month) })));
    for (const { key, of, more } of due) {
      const item = found.get(nameOf(key));
      const was = item ? Cohort.parse(item["cohort"]) : of;
      const now: Cohort = { ...was, ...plus({ ...NO_COHORT, ...sumsOf(was) }, more) };
      const { next, if: condition } = versioned(item);
      writes.push({ put: { ...key, cohort: now, version: next }, if: condition });
    }
    for (const { key, of, more } of taken) {
      const item = found.get(nameOf(key));
      const was = item ? Intake.parse(item["intake"]).collectedMinor : 0;
      const now: Intake = { ...of, collectedMinor: was + more.collectedMinor };
      const { next, if: condition } = versioned(item);
      writes.push({ put: { ...key, intake: now, version: next }, if: condition });
    }
    for (const { key, of, more } of yields) {
      const item = found.get(nameOf(key));
      if (!item) continue;
      const was = Campaign.parse(item["campaign"]);
      const campaign = { ...was, yield: plus(was.yield, more) };
      writes.push(campaignWrite(item, over?.campaignId === of.id ? over.change(campaign) : campaign));
    }
    return writes;
  }

  const campaignWrite = (item: Item | undefined, campaign: Campaign): Write => {
    const { next, if: condition } = versioned(item);
    const put: Item = {
      ...campaignKey(campaign.id),
      gsi1pk: "CAMPAIGNS",
      gsi1sk: campaign.id,
      campaign,
      version: next,
    };
    return { put, if: condition };
  };

  const remindedKey = (campaignId: string, billId: string) => ({
    pk: campaignKey(campaignId).pk,
    sk: `BILL#${billId}`,
  });
  const residentKey = (digest: string) => ({ pk: `REMINDED#${digest}`, sk: "REMINDED" });
  async function findCampaign(id: string) {
    const item = await table.get(campaignKey(id));
    return item && { item, campaign: Campaign.parse(item["campaign"]) };
  }

  return {
    find,
    writesOf,
    campaignWrite,
    findCampaign,

    /** @throws {Fault} absent */
    async campaign(id: string): Promise<Campaign> {
      const found = await findCampaign(id);
      if (!found) throw absent();
      return found.campaign;
    },
    async campaigns(at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({ pk: "CAMPAIGNS", index: "gsi1", reverse: true, ...at });
      return {
        campaigns: items.map((item) => Campaign.parse(item["campaign"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    async reminded(campaignId: string, billId: string): Promise<Reminded | undefined> {
      const item = await table.get(remindedKey(campaignId, billId));
      return item && Reminded.parse(item["reminded"]);
    },
    /** Says once what becomes of a bill in a campaign; afterwards only from `unsure` to what became of it. */
    remindedWrite: (reminded: Reminded): Write => ({
      put: { ...remindedKey(reminded.campaignId, reminded.billId), outcome: reminded.outcome, reminded },
      if: "absent",
    }),
    decidedWrite: (reminded: Reminded): Write => ({
      put: { ...remindedKey(reminded.campaignId, reminded.billId), outcome: reminded.outcome, reminded },
      if: { outcome: "unsure" },
    }),
    async remindedOf(campaignId: string, at: { limit: number; cursor?: string | undefined }) {
      const { pk } = campaignKey(campaignId);
      const { items, cursor } = await table.query({ pk, beginsWith: "BILL#", ...at });
      return {
        bills: items.map((item) => Reminded.parse(item["reminded"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** When a resident was written to, and the write that adds to it. */
    async resident(digest: string): Promise<{ sent: string[]; write: (sent: readonly string[]) => Write }> {
      const item = await table.get(residentKey(digest));
      const { next, if: condition } = versioned(item);
      return {
        sent: (item?.["sent"] as string[] | undefined) ?? [],
        write: (sent) => ({
          put: { ...residentKey(digest), gsi1pk: "REMINDED_RESIDENTS", gsi1sk: digest, sent, version: next },
          if: condition,
        }),
      };
    },

    async rule(): Promise<{ rule: Rule; isOwn: boolean }> {
      const item = await table.get(RULE_KEY);
      return item ? { rule: Rule.parse(item["rule"]), isOwn: true } : { rule: DEFAULT_RULE, isOwn: false };
    },
    ruleWrite: (rule: Rule): Write => ({ put: { ...RULE_KEY, rule } }),

    /**
     * Makes changes to bills, read afresh at each try, since many change the same figures. Several to one bill follow
     * upon each other.
     * @param also  committed with them; when one of these does not hold, that is the caller's to see
     */
    async change(
      steps: readonly { billId: string; make: (kept: Tracked | undefined) => Promise<Tracked> }[],
      also: readonly Write[],
    ): Promise<void> {
      for (let tries = 1; ; tries++) {
        const before = await findAll(steps.map(({ billId }) => billId));
        const after = new Map<string, Promise<Tracked | undefined>>();
        for (const { billId, make } of steps)
          after.set(billId, (after.get(billId) ?? Promise.resolve(before.get(billId)?.bill)).then(make));
        const changes = (
          await Promise.all(
            [...after].map(async ([id, made]) => ({ before: before.get(id), after: (await made) as Tracked })),
          )
        ).filter((one) => one.after !== one.before?.bill);
        const writes = changes.length > 0 ? await writesOf(changes) : [];
        try {
          return await table.transact([...also, ...writes]);
        } catch (error) {
          if (!(error instanceof ConditionFailed) || error.index < also.length || tries === TRIES) throw error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 5 * tries));
        }
      }
    },

    async months(): Promise<string[]> {
      const months: string[] = [];
      for await (const item of table.all({ pk: "COLLECT_MONTHS" })) months.push(item.sk);
      return months;
    },

    /** The figures of these months, as they stand. */
    async figures(months: readonly string[]): Promise<{ cohorts: Cohort[]; intakes: Intake[] }> {
      const cohorts: Cohort[] = [];
      const intakes: Intake[] = [];
      for (const month of months) {
        for await (const item of table.all({ pk: `COLLECT_DUE#${month}` })) cohorts.push(Cohort.parse(item["cohort"]));
        for await (const item of table.all({ pk: `COLLECT_IN#${month}` })) intakes.push(Intake.parse(item["intake"]));
      }
      return { cohorts, intakes };
    },

    /** The bills of a month that are not paid, the oldest first. An index: some may be paid by now. */
    async openOf(month: string, at: { limit: number; cursor?: string | undefined }) {
      const { items, cursor } = await table.query({
        pk: `COLLECT_BILLS#${month}`,
        index: "gsi1",
        beginsWith: "open#",
        limit: at.limit,
        ...(at.cursor === undefined ? {} : { cursor: at.cursor }),
      });
      return { bills: items.map(billOf), ...(cursor === undefined ? {} : { next: cursor }) };
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const { sk: month } of table.all({ pk: "COLLECT_MONTHS" })) {
        yield monthItem(month);
        yield* table.all({ pk: `COLLECT_BILLS#${month}`, index: "gsi1" });
        yield* table.all({ pk: `COLLECT_DUE#${month}` });
        yield* table.all({ pk: `COLLECT_IN#${month}` });
      }
      const rule = await table.get(RULE_KEY);
      if (rule) yield rule;
      for await (const item of table.all({ pk: "CAMPAIGNS", index: "gsi1" })) yield* table.all({ pk: item.pk });
      yield* table.all({ pk: "REMINDED_RESIDENTS", index: "gsi1" });
    },
  };
}
