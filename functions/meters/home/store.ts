import type { Here } from "../../../shared/here.ts";
import type { Item, Write } from "../../../shared/table.ts";
import type { Told } from "./alarms.ts";
import { HomeRules } from "./schema.ts";

// question                                   key
// what an account wants to be told of one    pk HOMEALARMS   sk <meter>   (only while it wants to be told something)
// the meters of which somebody is told       the same partition
// how many messages an account had on a day  pk HOMETOLD     sk <account>#<day>   (for two days)

const PARTITION = "HOMEALARMS";
const SENT_KEPT_S = 2 * 86_400;
const sentKey = (day: string, accountId: string) => ({ pk: "HOMETOLD", sk: `${accountId}#${day}` });
const key = (meterId: string) => ({ pk: PARTITION, sk: meterId });

export interface Watched {
  meterId: string;
  /** Whose wish it is: an account that takes the meter over wishes for itself. */
  accountId: string;
  rules: HomeRules;
  told: Told;
  /** Of what was told: two who look at one moment tell it once. */
  version: number;
}
const watchedIn = (item: Item): Watched => ({
  meterId: item.sk,
  accountId: String(item["accountId"]),
  rules: HomeRules.parse(item["rules"]),
  told: item["told"] as Told,
  version: Number(item["version"]),
});

export function homeStore({ table }: Pick<Here, "table">) {
  return {
    async find(meterId: string): Promise<Watched | undefined> {
      const item = await table.get(key(meterId));
      return item && watchedIn(item);
    },
    /** Which of these meters somebody is told of. */
    async watched(meterIds: readonly string[]): Promise<string[]> {
      return (await table.getMany(meterIds.map(key))).map(({ sk }) => sk);
    },
    async page(at: { limit: number; cursor?: string | undefined }): Promise<{ meterIds: string[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: PARTITION, limit: at.limit, cursor: at.cursor });
      return { meterIds: items.map(({ sk }) => sk), ...(cursor === undefined ? {} : { next: cursor }) };
    },
    async sentOn(day: string, accountId: string): Promise<number> {
      return Number((await table.get(sentKey(day, accountId)))?.["count"] ?? 0);
    },
    all: (): AsyncIterable<Item> => table.all({ pk: PARTITION }),
  };
}

/** What else was told already of the same account stays told. */
export const keeping = (meterId: string, accountId: string, rules: HomeRules, isThere: boolean): Write =>
  isThere
    ? { update: key(meterId), set: { rules }, if: { accountId } }
    : { put: { ...key(meterId), accountId, rules, told: {}, version: 0 } };
export const forgetting = ({ meterId, accountId }: Watched): Write => ({ delete: key(meterId), if: { accountId } });
export const telling = ({ meterId, accountId, version }: Watched, told: Told): Write => ({
  update: key(meterId),
  set: { told, version: version + 1 },
  if: { accountId, version },
});
/** Counts messages of a day, `before` of them having been sent. */
export const sending = (day: string, { accountId }: Watched, before: number, more: number, now: Date): Write => ({
  put: {
    ...sentKey(day, accountId),
    count: before + more,
    expiresAt: Math.floor(now.getTime() / 1000) + SENT_KEPT_S,
  },
  if: before === 0 ? "absent" : { count: before },
});
