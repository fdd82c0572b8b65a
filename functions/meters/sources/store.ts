import { absent, Fault } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { newId } from "../../../shared/ids.ts";
import { ConditionFailed, type Item, type Key, type Write } from "../../../shared/table.ts";
import {
  Decoder,
  type Device,
  DeviceSettings,
  Frames,
  Gap,
  Parked,
  Refusal,
  Source,
  type Storage,
  Storage as StorageSchema,
} from "./schema.ts";

// question                                   key
// one source                                 pk     SOURCE#<id>             sk     SOURCE
// the city's sources by name                 gsi1pk SOURCES                 gsi1sk <name>#<id>
// the key of its storage, sealed             pk     SOURCEKEYS              sk     <source>
// one decoder                                pk     DECODER#<id>            sk     DECODER
// the city's decoders by name                gsi1pk DECODERS                gsi1sk <name>#<id>
// a source's devices, and one of them        pk     SOURCEDEVICES#<source>  sk     <device>
// what was last heard of them                pk     SOURCEFRAMES#<source>   sk     <device>
// one gap                                    pk     GAP#<id>                sk     GAP
// gaps that are open, the latest first       gsi1pk GAPS#open               gsi1sk <opened>#<id>
// gaps that were closed                      gsi1pk GAPS#closed             gsi1sk <closed>#<id>
// where the intervals of 16,000 meters end   pk     INTERVALENDS            sk     <page>
// which of them are missing                  pk     INTERVALHOLES           sk     <page>#<day>#<source>
// the gap of a source and UTC day            pk     INTERVALGAPS            sk     <day>#<source>
// what waits to be mended, as it came        pk     SOURCEPARKED#<source>   sk     <delivery>          (90 days)
// what was refused lately                    pk     SOURCE#<id>             sk     REFUSED#<when>      (14 days)

const DAY_S = 86_400;
const PARKED_DAYS = 90;
const REFUSED_DAYS = 14;

const REFUSED = "REFUSED#";

const sourceKey = (id: string): Key => ({ pk: `SOURCE#${id}`, sk: "SOURCE" });
const decoderKey = (id: string): Key => ({ pk: `DECODER#${id}`, sk: "DECODER" });
const gapKey = (id: string): Key => ({ pk: `GAP#${id}`, sk: "GAP" });
const deviceKey = (source: string, device: string): Key => ({ pk: `SOURCEDEVICES#${source}`, sk: device });
const framesKey = (source: string, device: string): Key => ({ pk: `SOURCEFRAMES#${source}`, sk: device });
const parkedKey = (source: string, delivery: string): Key => ({ pk: `SOURCEPARKED#${source}`, sk: delivery });
const storageKey = (source: string): Key => ({ pk: "SOURCEKEYS", sk: source });

// As text: what others made may be nested deeper than a table's item can be.
const parkedOf = (item: Item): Parked => Parked.parse(JSON.parse(String(item["parked"])));
const decoderOf = (item: Item): Decoder => Decoder.parse(JSON.parse(String(item["decoder"])));

interface Page {
  limit: number;
  cursor?: string | undefined;
}

const SEAL = "meters.source-key";

export function sourceStore(here: Pick<Here, "table" | "clock" | "secrets">) {
  const { table } = here;
  const expiresIn = (days: number) => Math.floor(here.clock.now().getTime() / 1000) + days * DAY_S;
  const sourceItem = (source: Source): Item => ({
    ...sourceKey(source.id),
    gsi1pk: "SOURCES",
    gsi1sk: `${source.name}#${source.id}`,
    source,
  });
  const listed = async <T>(pk: string, page: Page, read: (item: Item) => T, reverse = false) => {
    const { items, cursor } = await table.query({ pk, index: "gsi1", reverse, ...page });
    return { items: items.map(read), ...(cursor === undefined ? {} : { next: cursor }) };
  };

  const store = {
    /** Asked with each message, so it is kept in mind where this process alone writes it. */
    async find(id: string): Promise<Source | undefined> {
      const item = await table.getStanding(sourceKey(id));
      return item && Source.parse(item["source"]);
    },
    async get(id: string): Promise<Source> {
      const item = await table.get(sourceKey(id));
      if (!item) throw absent();
      return Source.parse(item["source"]);
    },
    list: (page: Page) => listed("SOURCES", page, (item) => Source.parse(item["source"])),
    /** Keeps a source once: the first one stands. @throws {Fault} conflict */
    async create(source: Source): Promise<{ created: boolean; source: Source }> {
      const { created, item } = await table.putIfAbsent(sourceItem(source));
      const kept = Source.parse(item["source"]);
      if (!created && (kept.name !== source.name || kept.kind !== source.kind))
        throw new Fault("conflict", "There is another source under this id.");
      return { created, source: kept };
    },
    /** @throws {Fault} absent; conflict: somebody else changed it at the same moment */
    async change(id: string, to: (before: Source) => Source): Promise<Source> {
      const before = await store.get(id);
      const after = Source.parse(to(before));
      await settled(() => table.transact([{ put: sourceItem(after), if: { source: before } }]));
      return after;
    },

    /** The key of a source's storage from now on; with none, it is asked no more. */
    async keepStorage(id: string, storage: Storage | undefined): Promise<Source> {
      const before = await store.get(id);
      const { storage: _, ...rest } = before;
      const after: Source = storage ? { ...rest, storage: { server: storage.server } } : rest;
      const key: Write = storage
        ? { put: { ...storageKey(id), sealed: await here.secrets.seal(SEAL, Buffer.from(JSON.stringify(storage))) } }
        : { delete: storageKey(id) };
      await settled(() => table.transact([{ put: sourceItem(after), if: { source: before } }, key]));
      return after;
    },
    async storageOf(id: string): Promise<Storage | undefined> {
      const item = await table.get(storageKey(id));
      if (!item) return undefined;
      const opened = await here.secrets.open(SEAL, item["sealed"] as Uint8Array);
      return StorageSchema.parse(JSON.parse(Buffer.from(opened).toString("utf8")));
    },

    async decoder(id: string): Promise<Decoder> {
      const item = await table.getStanding(decoderKey(id));
      if (!item) throw absent();
      return decoderOf(item);
    },
    decoders: (page: Page) => listed("DECODERS", page, decoderOf),
    async keepDecoder(decoder: Decoder): Promise<void> {
      const { id, name } = decoder;
      await table.put({
        ...decoderKey(id),
        gsi1pk: "DECODERS",
        gsi1sk: `${name}#${id}`,
        decoder: JSON.stringify(decoder),
      });
    },

    /** A device's settings and what was last heard of it; both may be missing. */
    async device(source: string, device: string): Promise<{ settings?: DeviceSettings; heard?: Frames; item?: Item }> {
      const items = await table.getMany([deviceKey(source, device), framesKey(source, device)]);
      const settings = items.find(({ pk }) => pk.startsWith("SOURCEDEVICES#"))?.["settings"];
      const item = items.find(({ pk }) => pk.startsWith("SOURCEFRAMES#"));
      return {
        ...(settings ? { settings: DeviceSettings.parse(settings) } : {}),
        ...(item ? { heard: Frames.parse(item["frames"]), item } : {}),
      };
    },
    async keepDevice(source: string, device: string, settings: DeviceSettings): Promise<void> {
      await table.put({ ...deviceKey(source, device), settings });
    },
    /** Devices that were set up here or heard, by name. */
    async devices(source: string, { limit, cursor }: Page): Promise<{ items: Device[]; next?: string }> {
      // Whoever was heard is listed; who was set up and never spoke comes after them.
      const [at, from] = cursor?.startsWith("silent:") ? ["silent", cursor.slice(7)] : ["heard", cursor];
      const pk = at === "heard" ? `SOURCEFRAMES#${source}` : `SOURCEDEVICES#${source}`;
      const page = await table.query({ pk, limit, ...(from ? { cursor: from } : {}) });
      const names = page.items.map(({ sk }) => sk);
      const others = await table.getMany(
        names.map((name) => (at === "heard" ? deviceKey(source, name) : framesKey(source, name))),
      );
      const other = new Map(others.map((item) => [item.sk, item]));
      const items = page.items.flatMap((item): Device[] => {
        const [heard, set] = at === "heard" ? [item, other.get(item.sk)] : [other.get(item.sk), item];
        if (at === "silent" && heard) return [];
        return [
          {
            device: item.sk,
            settings: DeviceSettings.parse(set?.["settings"] ?? {}),
            ...(heard ? { heard: Frames.parse(heard["frames"]) } : {}),
          },
        ];
      });
      const isSilentNext = async () => {
        const silent = await this.devices(source, { limit, cursor: "silent:" });
        return silent.items.length > 0 || silent.next !== undefined;
      };
      const next = page.cursor
        ? at === "silent"
          ? `silent:${page.cursor}`
          : page.cursor
        : at === "heard" && (await isSilentNext())
          ? "silent:"
          : undefined;
      return { items, ...(next === undefined ? {} : { next }) };
    },
    framesWrite: (source: string, device: string, frames: Frames, before: Item | undefined): Write => ({
      put: { ...framesKey(source, device), frames },
      if: before ? { frames: before["frames"] } : "absent",
    }),

    async gap(id: string): Promise<{ gap: Gap; item: Item }> {
      const item = await table.get(gapKey(id));
      if (!item) throw absent();
      return { gap: Gap.parse(item["gap"]), item };
    },
    gaps: (state: Gap["state"], page: Page) => listed(`GAPS#${state}`, page, (item) => Gap.parse(item["gap"]), true),
    gapWrite: (gap: Gap, before?: Item): Write => ({
      put: { ...gapKey(gap.id), gsi1pk: `GAPS#${gap.state}`, gsi1sk: `${gap.closedAt ?? gap.openedAt}#${gap.id}`, gap },
      if: before ? { gap: before["gap"] } : "absent",
    }),

    async findParked(source: string, delivery: string): Promise<Parked | undefined> {
      const item = await table.get(parkedKey(source, delivery));
      return item && parkedOf(item);
    },
    async park(source: string, parked: Parked): Promise<void> {
      const key = parkedKey(source, parked.delivery);
      await table.put({ ...key, parked: JSON.stringify(parked), expiresAt: expiresIn(PARKED_DAYS) });
    },
    unpark: (source: string, delivery: string) => table.delete(parkedKey(source, delivery)),
    async parked(source: string, page: Page): Promise<{ items: Parked[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: `SOURCEPARKED#${source}`, ...page });
      return {
        items: items.map(parkedOf),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** Notes a refusal. Of those that anyone can cause there is one a minute, so that nobody fills a table. */
    async refuse(source: string, refusal: Refusal): Promise<void> {
      const { pk } = sourceKey(source);
      const when = refusal.code === "unauthenticated" ? refusal.at.slice(0, 16) : newId(refusal.at, here.clock.now());
      await table.put({ pk, sk: `${REFUSED}${when}`, refusal, expiresAt: expiresIn(REFUSED_DAYS) });
    },
    async refusals(source: string, page: Page): Promise<{ items: Refusal[]; next?: string }> {
      const { items, cursor } = await table.query({
        pk: sourceKey(source).pk,
        beginsWith: REFUSED,
        reverse: true,
        ...page,
      });
      return {
        items: items.map((item) => Refusal.parse(item["refusal"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** Every lasting item, for export. */
    async *all(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "SOURCES", index: "gsi1" })) {
        yield item;
        const id = item.pk.slice("SOURCE#".length);
        for (const pk of ["SOURCEDEVICES", "SOURCEFRAMES", "SOURCEPARKED"]) yield* table.all({ pk: `${pk}#${id}` });
      }
      for (const pk of ["DECODERS", "GAPS#open", "GAPS#closed"]) yield* table.all({ pk, index: "gsi1" });
      for (const pk of ["INTERVALENDS", "INTERVALHOLES", "INTERVALGAPS"]) yield* table.all({ pk });
    },
  };
  return store;
}

/** What the export leaves behind. */
export const sourceLeaves: Record<string, string> = {
  SOURCEKEYS: "the keys of sources' storages are sealed for this house: enter them again",
  [`SOURCE# ${REFUSED}`]: "what was refused lately is told for fourteen days, to whoever runs the source here",
};

/** @throws {Fault} conflict: somebody else changed it at the same moment */
async function settled(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw new Fault("conflict", "Somebody else changed it at the same moment. Look at it again.");
  }
}
