import { Fault } from "../../shared/errors.ts";
import { told } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Write } from "../../shared/table.ts";
import { dropped, planned } from "../../shared/tasks.ts";
import { packageKey } from "../contract/canonical.ts";
import type { Envelope } from "../contract/dsse.ts";
import { openPackage, type VerifiedPackage } from "../contract/module.ts";
import { OFFERED_EVENTS } from "../contract/offered.ts";
import type { Part } from "../contract/parts.ts";
import { visibleIn } from "../contract/signs.ts";
import { Words } from "../contract/words.ts";
import { keptWell } from "../refusals.ts";
import { claimsOf, partsInUse } from "./domain.ts";
import { nextEvening } from "./evening.ts";
import { ChangeRows, Clear, DropRows, Evening, EveningBegan, PartsChanged } from "./events.ts";
import { isActive, servesAs } from "./life.ts";
import { envelopeOf, jsonOf } from "./market.ts";
import { refusal } from "./refusals.ts";
import { checksOf } from "./release.ts";
import { heardBy, hearingWrites, runStore } from "./run-store.ts";
import { Install, InstallRecord } from "./schema.ts";
import { forgetSpoken, spokenWrites } from "./spoken.ts";

// question                                    key
// the install of a module; all installs       pk     INSTALLS       sk     <publisher>/<module>
// which module is this install of             pk     INSTALL#<id>   sk     INSTALL
// what happened to an install                 pk     INSTALL#<id>   sk     RECORD#<instant>#<revision>
// what happened to all, gone ones too         gsi1pk INSTALL_LOG    gsi1sk <instant>#<id>
// who sets the price of water                 pk     CLAIMS         sk     tariff#water
// which pages the city shows now              pk     PAGES          sk     <publisher>/<module>/<page>
// what else the house's pages are said in     pk     SPOKEN         sk     <language>
// who hears what, what parts did and keep: run-store.ts
// files: packages/<digest>.json, the city's own copy of each version in use and of the one before
const installKey = (module: string) => ({ pk: "INSTALLS", sk: module });
const pointerKey = (id: string) => ({ pk: `INSTALL#${id}`, sk: "INSTALL" });
const pageKey = (path: string) => ({ pk: "PAGES", sk: path });
const claimKey = (claim: string) => ({ pk: "CLAIMS", sk: claim });

export type Did = Pick<InstallRecord, "what" | "by" | "why">;

const OPENED_MAX = 50;
const OPENED = new Map<string, VerifiedPackage>();

export function installStore(here: Here) {
  const { table, blobs, clock } = here;
  const runs = runStore(here);

  function record(install: Install, { what, by, why }: Did, at: string): Item {
    const { id: installId, module, version, digest } = install;
    const entry: InstallRecord = { installId, module, version, digest, at, what, by, ...(why ? { why } : {}) };
    const pk = `INSTALL#${installId}`;
    const number = String(install.revision).padStart(6, "0");
    return { pk, sk: `RECORD#${at}#${number}`, gsi1pk: "INSTALL_LOG", gsi1sk: `${at}#${installId}#${number}`, entry };
  }

  const find = async (module: string): Promise<Install | undefined> => {
    const item = await table.get(installKey(module));
    return item && Install.parse(item["install"]);
  };

  /** The city's own copy of a version, checked whenever it is read. @throws {Fault} conflict: a byte was changed */
  async function open(
    served: Pick<Install, "digest" | "version"> & Partial<Pick<Install, "publisherKey">>,
    install: Install,
  ): Promise<VerifiedPackage> {
    const what = `${install.module} ${served.version}`;
    const bytes = await blobs.get(packageKey(served.digest));
    if (!bytes) throw new Fault("conflict", `The city’s copy of ${what} is missing. It is not used.`);
    return keptWell(what, () =>
      openPackage(envelopeOf(jsonOf(bytes), what), served.publisherKey ?? install.publisherKey, served.digest),
    );
  }

  /** The same, where a version was checked in this process before: its bytes are its name. */
  async function opened(install: Install): Promise<VerifiedPackage> {
    const name = `${install.digest} ${install.publisherKey.x}`;
    const kept = OPENED.get(name);
    if (kept) return kept;
    const found = await open(install, install);
    if (OPENED.size >= OPENED_MAX) OPENED.clear();
    OPENED.set(name, found);
    return found;
  }

  const serving = (install: Install | undefined, parts: readonly Part[]): Part[] =>
    install && isActive(install) ? parts.filter(({ id }) => install.settings.parts.includes(id)) : [];

  /** What hears facts: also in shadow. */
  const acting = (install: Install, parts: readonly Part[]) =>
    heardBy(servesAs(install) === "shadow" ? serving({ ...install, state: "active" }, parts) : serving(install, parts));

  return {
    find,
    open,
    opened,

    /** For a transaction that holds only while this install is as it was read. */
    unchanged: ({ module, revision }: Install): Write => ({ check: installKey(module), if: { revision } }),

    async get(id: string): Promise<Install> {
      const pointer = await table.get(pointerKey(id));
      const install = pointer && (await find(String(pointer["module"])));
      if (!install) throw new Fault("absent", "There is nothing at this address.");
      return install;
    },

    /** So many, in the order of their modules' names. */
    async paged(asked: {
      limit: number;
      cursor?: string | undefined;
    }): Promise<{ installs: Install[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "INSTALLS", ...asked });
      return {
        installs: items.map((item) => Install.parse(item["install"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** Which of these modules the city has. */
    async taken(modules: readonly string[]): Promise<Set<string>> {
      return new Set((await table.getMany(modules.map(installKey))).map(({ sk }) => sk));
    },

    async list(): Promise<Install[]> {
      const found: Install[] = [];
      for await (const item of table.all({ pk: "INSTALLS" })) found.push(Install.parse(item["install"]));
      return found;
    },

    /** Keeps the city's own copy, so that nobody upstream can switch off what the city uses. */
    keep: (digest: string, envelope: Envelope) =>
      blobs.put(packageKey(digest), Buffer.from(JSON.stringify(envelope)), { contentType: "application/json" }),

    /** Takes a module once; the first one stands. */
    async create(install: Install, did: Did): Promise<{ created: boolean; install: Install }> {
      try {
        await here.commit([
          { put: { ...installKey(install.module), install, revision: install.revision }, if: "absent" },
          { put: { ...pointerKey(install.id), module: install.module } },
          { put: record(install, did, install.createdAt) },
        ]);
        return { created: true, install };
      } catch (error) {
        const kept = error instanceof ConditionFailed ? await find(install.module) : undefined;
        if (!kept) throw error;
        return { created: false, install: kept };
      }
    },

    /**
     * Writes a change with its record, its claims and its fact in one transaction.
     *
     * @param parts  all parts of the version before and of the one after
     * @throws {Fault} conflict: somebody was faster, or another module sets this price
     */
    async save(
      before: Install,
      after: Install,
      parts: { before: readonly Part[]; after: readonly Part[] },
      did: Did,
    ): Promise<Install> {
      const at = clock.now().toISOString();
      const [served, serves] = [serving(before, parts.before), serving(after, parts.after)];
      const [held, wanted] = [before.claims, claimsOf(serves)];
      const next: Install = { ...after, claims: wanted, revision: before.revision + 1 };
      const taken = wanted.filter((claim) => !held.includes(claim));
      const given = held.filter((claim) => !wanted.includes(claim));
      const unchanged = { revision: before.revision };
      const key = installKey(before.module);
      const writes: Write[] = [
        next.state === "gone"
          ? { delete: key, if: unchanged }
          : { put: { ...key, install: next, revision: next.revision }, if: unchanged },
        ...(next.state === "gone" ? [{ delete: pointerKey(before.id) }] : []),
        { put: record(next, did, at), if: "absent" },
        ...taken.map(
          (claim): Write => ({
            put: { ...claimKey(claim), installId: before.id, module: before.module },
            if: "absent",
          }),
        ),
        ...given.map((claim): Write => ({ delete: claimKey(claim), if: { installId: before.id } })),
        ...pageWrites(before.module, served, serves),
        ...spokenWrites(before.module, served, serves),
        ...hearingWrites(before, acting(before, parts.before), acting(after, parts.after), at),
        ...(hearsEvenings(acting(after, parts.after)) && !hearsEvenings(acting(before, parts.before))
          ? [planned(Evening, before.id, nextEvening(here), {})]
          : []),
        ...laterWrites(before, next, clock.now()),
      ];
      const isOther = !["tried", "approved"].includes(did.what) && (isActive(before) || isActive(next));
      const kinds = [...new Set([...served, ...serves].map(({ kind }) => kind))].sort();
      const { id: installId, module } = next;
      const version = serves.length > 0 ? { version: next.version, digest: next.digest } : {};
      const fact = told(PartsChanged, installId, { installId, module, ...version, kinds }, next.revision);
      try {
        await here.commit(writes, isOther ? [fact] : []);
        forgetSpoken(here);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const holder = error.index > 0 ? error.item?.["module"] : undefined;
        throw holder ? refusal("conflict", "claimed", { module: String(holder) }) : refusal("conflict", "faster");
      }
      // Copies that nothing refers to any more go, after the change stands.
      const needed = ["leaving", "gone"].includes(next.state) ? [] : digestsOf(next);
      const kept = digestsOf(before);
      for (const digest of kept) if (!needed.includes(digest)) await blobs.delete(packageKey(digest));
      return next;
    },

    /** All that a leaving install has left, so much at once. @returns whether all is gone */
    async clear({ id, module }: Install, most: number): Promise<boolean> {
      // Also of a module whose copy was damaged, so that nobody knows which pages it had.
      for await (const { pk, sk } of table.all({ pk: "PAGES", beginsWith: `${module}/` }))
        await table.delete({ pk, sk });
      for await (const { pk, sk, module: by } of table.all({ pk: "SPOKEN" }))
        if (by === module) await table.delete({ pk, sk });
      forgetSpoken(here);
      for await (const { pk, sk } of checksOf(here, module)) await table.delete({ pk, sk });
      return runs.clear(
        id,
        OFFERED_EVENTS.map(({ event }) => event.type),
        most,
      );
    },

    /** The parts of a kind, or of a module, that serve now, in the order in which they were taken into service. */
    async serving({
      kind,
      module,
    }: {
      kind?: string | undefined;
      module?: string | undefined;
    }): Promise<{ install: Install; part: Part }[]> {
      const asked = module === undefined ? await this.list() : [await find(module)];
      const active = asked.filter((install) => install !== undefined).filter(isActive);
      active.sort((a, b) => ((a.activeSince ?? "") < (b.activeSince ?? "") ? -1 : 1));
      const found: { install: Install; part: Part }[] = [];
      for (const install of active) {
        const opened = await open(install, install);
        for (const part of visibleIn(partsInUse(opened.module, install.settings)))
          if (kind === undefined || part.kind === kind) found.push({ install, part });
      }
      return found;
    },

    /** The pages that are shown now; kept beside the installs, so that no package is opened to lead to them. */
    async pages(limit: number): Promise<{ path: string; title: Words }[]> {
      const items = await table.queryStanding("PAGES");
      return items
        .slice(0, limit)
        .map((item) => ({ path: `/modules/${item.sk}`, title: Words(80).parse(item["title"]) }));
    },

    async records(page: {
      id?: string;
      limit: number;
      cursor?: string;
    }): Promise<{ records: InstallRecord[]; next?: string }> {
      const found = await table.query(
        page.id === undefined
          ? { pk: "INSTALL_LOG", index: "gsi1", reverse: true, limit: page.limit, cursor: page.cursor }
          : { pk: `INSTALL#${page.id}`, beginsWith: "RECORD#", reverse: true, limit: page.limit, cursor: page.cursor },
      );
      return { records: found.items.map((item) => InstallRecord.parse(item["entry"])), next: found.cursor };
    },

    /** Every lasting item, for export: installs, pointers, claims, records, what parts did and keep, who hears what. */
    async *items(): AsyncIterable<Item> {
      for await (const item of table.all({ pk: "INSTALLS" })) {
        yield item;
        const pointer = await table.get(pointerKey(Install.parse(item["install"]).id));
        if (pointer) yield pointer;
        yield* runs.ofInstall(Install.parse(item["install"]).id);
      }
      yield* table.all({ pk: "CLAIMS" });
      yield* table.all({ pk: "PAGES" });
      yield* table.all({ pk: "SPOKEN" });
      yield* runs.hearing(OFFERED_EVENTS.map(({ event }) => event.type));
      yield* table.all({ pk: "INSTALL_LOG", index: "gsi1" });
    },
  };
}

/** The packages that a city keeps for an install: in use, of the version before, and of the one that is to come. */
export const digestsOf = ({ digest, previous, change }: Install): string[] =>
  [digest, previous?.digest, change?.digest].filter((one) => one !== undefined);

/** Which copies of its rows are needed. */
const copiesOf = (install: Install): (number | undefined)[] => [
  install.data,
  ...(install.previous ? [install.previous.data] : []),
  ...(install.change ? [install.change.data] : []),
];

/** What is still to be done after a change stands, whoever else stops in between. */
function laterWrites(before: Install, next: Install, now: Date): Write[] {
  const { id } = next;
  if (next.state === "gone")
    return [
      ...[dropped(Clear, id), dropped(Evening, id), dropped(ChangeRows, id)],
      ...copiesOf(before).map((data) => dropped(DropRows, copyId(id, data))),
    ];
  // A moment later: whoever asked for it begins at once, and this only goes on where that one stopped.
  const soon = new Date(now.getTime() + SOON_MS);
  if (next.state === "leaving") return [planned(Clear, id, soon, {})];
  const needed = copiesOf(next);
  const unneeded = copiesOf(before).filter((data) => !needed.includes(data));
  const { previous } = next;
  const isNew = previous && (before.previous === undefined || before.previous.data !== previous.data);
  return [
    ...(next.change && !before.change ? [planned(ChangeRows, id, soon, {})] : []),
    ...unneeded.map((data) => planned(DropRows, copyId(id, data), now, {})),
    ...(isNew && previous.data !== next.data
      ? [planned(DropRows, copyId(id, previous.data), new Date(Date.parse(previous.until) + 1), {})]
      : []),
  ];
}
const SOON_MS = 10_000;
const copyId = (installId: string, data: number | undefined): string => `${installId}#${data ?? ""}`;
/** The copy that a task is about. */
export const copyIn = (taskId: string): { id: string; data?: number } => {
  const [id = "", data = ""] = taskId.split("#");
  return { id, ...(data === "" ? {} : { data: Number(data) }) };
};
/** Whether one still uses or may go back to it. */
export const isCopyNeeded = (install: Install, data: number | undefined, now: Date): boolean =>
  install.data === data ||
  (install.change !== undefined && install.change.data === data) ||
  (install.previous !== undefined && install.previous.data === data && install.previous.until >= now.toISOString());

const hearsEvenings = (heard: readonly [type: string, part: string][]): boolean =>
  heard.some(([type]) => type === EveningBegan.type);

/** What the city shows from now on, and what no longer. */
function pageWrites(module: string, before: readonly Part[], after: readonly Part[]): Write[] {
  const [shown, shows] = [before, after].map((parts) => parts.filter((part) => part.kind === "page"));
  const key = ({ id }: Part) => pageKey(`${module}/${id}`);
  return [
    ...shows!.map((part): Write => ({ put: { ...key(part), title: part.title } })),
    ...shown!.filter((part) => !shows!.some(({ id }) => id === part.id)).map((part): Write => ({ delete: key(part) })),
  ];
}

/** In place of a copy that was changed or is missing, nothing: whoever shows many shows the others. */
export function ifBroken(error: unknown): undefined {
  if (error instanceof Fault && error.kind === "conflict") return undefined;
  throw error;
}
