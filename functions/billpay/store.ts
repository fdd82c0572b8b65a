import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item } from "../../shared/table.ts";
import { Taken, ThirdParty } from "./schema.ts";

// question                               key
// one third party                        pk     THIRD_PARTY#<id>            sk     THIRD_PARTY
// the city's third parties               gsi1pk THIRD_PARTIES               gsi1sk <id>
// whose key is this                      pk     THIRD_PARTY_KEY#<key id>    sk     THIRD_PARTY_KEY   (guards that a key speaks for one)
// whose settlement reference is this     pk     THIRD_PARTY_REF#<reference> sk     THIRD_PARTY_REF
// one payment it took                    pk     BILLPAY#<third party>       sk     <correlation id>  (guards that it is taken once)
// its payments of a bill                 gsi1pk BILLPAY_OF#<third party>#<bill's reference>  gsi1sk <createdAt>#<id>
// by our own reference                   pk     BILLPAY_REF#<id>            sk     BILLPAY_REF
// what it took on a day                  pk     BILLPAY_DAY#<third party>   sk     <day>             (guards its limit)
const partyKey = (id: string) => ({ pk: `THIRD_PARTY#${id}`, sk: "THIRD_PARTY" });
const keyKey = (keyId: string) => ({ pk: `THIRD_PARTY_KEY#${keyId}`, sk: "THIRD_PARTY_KEY" });
const referenceKey = (reference: string) => ({ pk: `THIRD_PARTY_REF#${reference}`, sk: "THIRD_PARTY_REF" });
export const dayKey = (partyId: string, day: string) => ({ pk: `BILLPAY_DAY#${partyId}`, sk: day });

const partyItems = (party: ThirdParty): Item[] => [
  { ...partyKey(party.id), gsi1pk: "THIRD_PARTIES", gsi1sk: party.id, party },
  { ...keyKey(party.keyId), id: party.id },
  { ...referenceKey(party.settlementReference), id: party.id },
];
export const takenItem = (taken: Taken): Item => ({
  pk: `BILLPAY#${taken.thirdPartyId}`,
  sk: taken.correlationId,
  gsi1pk: `BILLPAY_OF#${taken.thirdPartyId}#${taken.reference}`,
  gsi1sk: `${taken.createdAt}#${taken.id}`,
  state: taken.state,
  taken,
});
export const refItem = (taken: Taken): Item => ({
  pk: `BILLPAY_REF#${taken.id}`,
  sk: "BILLPAY_REF",
  thirdPartyId: taken.thirdPartyId,
  correlationId: taken.correlationId,
});

export function billpayStore({ table }: Pick<Here, "table">) {
  async function party(id: string): Promise<ThirdParty> {
    const item = await table.get(partyKey(id));
    if (!item) throw absent();
    return ThirdParty.parse(item["party"]);
  }
  async function parties(): Promise<ThirdParty[]> {
    const { items } = await table.query({ pk: "THIRD_PARTIES", index: "gsi1", limit: 200 });
    return items.map((item) => ThirdParty.parse(item["party"]));
  }
  async function find(partyId: string, correlationId: string): Promise<Taken | undefined> {
    const item = await table.get({ pk: `BILLPAY#${partyId}`, sk: correlationId });
    return item && Taken.parse(item["taken"]);
  }
  return {
    party,
    find,
    async add(added: ThirdParty): Promise<ThirdParty> {
      try {
        await table.transact(partyItems(added).map((put) => ({ put, if: "absent" as const })));
        return added;
      } catch (error) {
        if (error instanceof ConditionFailed) throw new Fault("conflict", "This key speaks for a third party already.");
        throw error;
      }
    },
    parties,
    /** For whom this key speaks. */
    async byKey(keyId: string): Promise<ThirdParty | undefined> {
      const item = await table.get(keyKey(keyId));
      return item && party(item["id"] as string);
    },
    async bySettlement(reference: string): Promise<ThirdParty | undefined> {
      const item = await table.get(referenceKey(reference));
      return item && party(item["id"] as string);
    },
    /** A third party sees its own payments alone. */
    async byId(partyId: string, id: string): Promise<Taken | undefined> {
      const item = await table.get({ pk: `BILLPAY_REF#${id}`, sk: "BILLPAY_REF" });
      if (item?.["thirdPartyId"] !== partyId) return undefined;
      return find(partyId, item["correlationId"] as string);
    },
    /** By our own number, or by what a third party calls it, whichever of them. */
    async named(typed: string): Promise<Taken[]> {
      const ref = await table.get({ pk: `BILLPAY_REF#${typed}`, sk: "BILLPAY_REF" });
      const keys = ref
        ? [{ pk: `BILLPAY#${ref["thirdPartyId"]}`, sk: ref["correlationId"] as string }]
        : (await parties()).map(({ id }) => ({ pk: `BILLPAY#${id}`, sk: typed }));
      return (await table.getMany(keys)).map((item) => Taken.parse(item["taken"]));
    },
    /** The latest first. */
    async ofBill(partyId: string, reference: string): Promise<Taken[]> {
      const pk = `BILLPAY_OF#${partyId}#${reference}`;
      const { items } = await table.query({ pk, index: "gsi1", reverse: true, limit: 200 });
      return items.map((item) => Taken.parse(item["taken"]));
    },
    async takenOn(partyId: string, day: string): Promise<number> {
      return Number((await table.get(dayKey(partyId, day)))?.["sumMinor"] ?? 0);
    },

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      for await (const { gsi1sk = "" } of table.all({ pk: "THIRD_PARTIES", index: "gsi1" })) {
        yield* partyItems(await party(gsi1sk));
        for await (const item of table.all({ pk: `BILLPAY#${gsi1sk}` })) {
          yield item;
          yield refItem(Taken.parse(item["taken"]));
        }
        yield* table.all({ pk: `BILLPAY_DAY#${gsi1sk}` });
      }
    },
  };
}
