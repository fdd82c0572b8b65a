import { randomUUID } from "node:crypto";
import { absent } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Item, Key, Write } from "../../shared/table.ts";
import { Area, MeterUse, Point } from "./schema.ts";

// question                                    key
// all areas, with their inputs in time        pk     NETAREAS               sk     <code>      (a city has hundreds)
// one connection point, with all its times    pk     NETPOINT#<code>        sk     POINT
// connection points by code                   gsi1pk NETPOINTS              gsi1sk <code>
// points that an area ever fed                pk     NETFED#<area>          sk     <point>
// points that ever served an account          pk     NETSERVED#<account>    sk     SERVED      (a list: accounts are asked by the hundred)
// where a meter is or was                     pk     NETMETER#<meter>       sk     METER
// meters that the network knows               gsi1pk NETMETERS              gsi1sk <meter>
// whether the network is the one it was       pk     NETVERSION             sk     NETVERSION
//
// Areas, points and meters carry a version; a change is kept only if nobody else changed them meanwhile.

const AREAS = "NETAREAS";
const areaKey = (code: string): Key => ({ pk: AREAS, sk: code });
const pointKey = (code: string): Key => ({ pk: `NETPOINT#${code}`, sk: "POINT" });
const meterKey = (meterId: string): Key => ({ pk: `NETMETER#${meterId}`, sk: "METER" });
const VERSION: Key = { pk: "NETVERSION", sk: "NETVERSION" };
const servedKey = (accountId: string): Key => ({ pk: `NETSERVED#${accountId}`, sk: "SERVED" });

/** A thing as it was read, with the version that a change of it must meet; 0: it is not there yet. */
export interface Kept<T> {
  is: T;
  version: number;
}
const versionOf = (item: Item): number => Number(item["version"]);
const isAsRead = (version: number) => (version === 0 ? ("absent" as const) : { version });
const served = (item: Item | undefined): string[] => (item?.["points"] as string[] | undefined) ?? [];

export function networkStore({ table }: Pick<Here, "table">) {
  const pointOf = (item: Item): Kept<Point> => ({ is: Point.parse(item["point"]), version: versionOf(item) });
  const store = {
    async areas(): Promise<Map<string, Kept<Area>>> {
      const found = new Map<string, Kept<Area>>();
      for await (const item of table.all({ pk: AREAS }))
        found.set(item.sk, { is: Area.parse(item["area"]), version: versionOf(item) });
      return found;
    },
    /** @throws {Fault} absent */
    async area(code: string): Promise<Area> {
      const item = await table.get(areaKey(code));
      if (!item) throw absent();
      return Area.parse(item["area"]);
    },
    /** @throws {Fault} absent */
    async point(code: string): Promise<Point> {
      const [found] = await store.pointsNamed([code]);
      if (!found) throw absent();
      return found.is;
    },
    async pointsNamed(codes: readonly string[]): Promise<Kept<Point>[]> {
      return (await table.getMany([...new Set(codes)].map(pointKey))).map(pointOf);
    },
    async points(at: { limit: number; cursor?: string | undefined }): Promise<{ points: Point[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "NETPOINTS", index: "gsi1", ...at });
      return { points: items.map((item) => pointOf(item).is), ...(cursor ? { next: cursor } : {}) };
    },
    /** The codes of the points that any of these areas ever fed, in order. */
    async fedBy(areas: Iterable<string>): Promise<string[]> {
      const codes = new Set<string>();
      for (const area of areas) for await (const item of table.all({ pk: `NETFED#${area}` })) codes.add(item.sk);
      return [...codes].sort();
    },
    async pointsServing(accountIds: readonly string[]): Promise<Point[]> {
      const items = await table.getMany([...new Set(accountIds)].map(servedKey));
      return (await store.pointsNamed(items.flatMap(served))).map(({ is }) => is);
    },
    async meters(ids: readonly string[]): Promise<Kept<MeterUse>[]> {
      const items = await table.getMany([...new Set(ids)].map(meterKey));
      return items.map((item) => ({ is: MeterUse.parse(item["use"]), version: versionOf(item) }));
    },

    /** The same as long as nothing of the network has changed. */
    async hasAreas(): Promise<boolean> {
      return (await table.query({ pk: AREAS, limit: 1 })).items.length > 0;
    },
    async version(): Promise<string> {
      return String((await table.get(VERSION))?.["is"] ?? "");
    },
    /** Goes with every change. */
    versionWrite: (): Write => ({ put: { ...VERSION, is: randomUUID() } }),

    areaWrite: ({ is, version }: Kept<Area>): Write => ({
      put: { ...areaKey(is.code), area: is, version: version + 1 },
      if: isAsRead(version),
    }),
    meterWrite: ({ is, version }: Kept<MeterUse>): Write => ({
      put: { ...meterKey(is.meterId), gsi1pk: "NETMETERS", gsi1sk: is.meterId, use: is, version: version + 1 },
      if: isAsRead(version),
    }),
    /** A point, and where it is found by area. */
    pointWrites: ({ is, version }: Kept<Point>): Write[] => [
      {
        put: { ...pointKey(is.code), gsi1pk: "NETPOINTS", gsi1sk: is.code, point: is, version: version + 1 },
        if: isAsRead(version),
      },
      ...[...new Set(is.areas.map(({ area }) => area))].map(
        (area): Write => ({ put: { pk: `NETFED#${area}`, sk: is.code } }),
      ),
    ],
    /** Where points are found by account: one write for each account that did not name all of its points. */
    async servedWrites(points: readonly Point[]): Promise<Write[]> {
      const wanted = new Map<string, Set<string>>();
      for (const { code, accounts } of points)
        for (const { accountId } of accounts) wanted.set(accountId, (wanted.get(accountId) ?? new Set()).add(code));
      const items = await table.getMany([...wanted.keys()].map(servedKey));
      const there = new Map(items.map((item) => [item.pk.slice("NETSERVED#".length), item]));
      return [...wanted].flatMap(([accountId, codes]): Write[] => {
        const item = there.get(accountId);
        const points = [...new Set([...served(item), ...codes])].sort();
        if (points.length === served(item).length) return [];
        const version = item ? versionOf(item) : 0;
        return [{ put: { ...servedKey(accountId), points, version: version + 1 }, if: isAsRead(version) }];
      });
    },

    /** Every lasting item of the graph, for the city's export. */
    async *graph(): AsyncIterable<Item> {
      yield* await table.getMany([VERSION]);
      yield* table.all({ pk: AREAS });
      yield* table.all({ pk: "NETMETERS", index: "gsi1" });
      const accounts = new Set<string>();
      for await (const item of table.all({ pk: "NETPOINTS", index: "gsi1" })) {
        yield item;
        const { areas, code, accounts: spells } = pointOf(item).is;
        for (const area of new Set(areas.map((one) => one.area))) yield { pk: `NETFED#${area}`, sk: code };
        for (const { accountId } of spells) accounts.add(accountId);
      }
      for (const accountId of accounts) yield* await table.getMany([servedKey(accountId)]);
    },
  };
  return store;
}
