import { absent, Fault } from "../../shared/errors.ts";
import type { NewEvent } from "../../shared/events.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed, type Item, type Query, type Write } from "../../shared/table.ts";
import { Case, Definition, Did, OwnProcedure } from "./schema.ts";

// question                               key
// a procedure of the city's own; all     pk     PROCS                    sk     <id>
// a procedure as a case began with it    pk     PROC_DEF#<digest>        sk     DEF          gsi1pk PROC_DEFS
// one case                               pk     PROC_CASE#<id>           sk     CASE
// what happened to it, in order          pk     PROC_CASE#<id>           sk     DID#<revision>
// whose turn it is, the most urgent first gsi1pk PROC_CASES#<waits>      gsi1sk <due on>#<handed in at>#<id>
//   those whose fee is due again: staff's
// those at rest, the latest last         gsi1pk PROC_CASES#nobody        gsi1sk <since>#<id>
// what was begun and not handed in       gsi1pk PROC_DRAFTS              gsi1sk <begun at>#<id>
// which case has this address,           pk     PROC_LINK#<link>         sk     CASE
//   this reference, this bill,           pk     PROC_REF#<reference>, PROC_BILL#<bill>
//   this paper                           pk     PROC_PAPER#<number>
// an account holder's cases              pk     PROC_MINE#<person>       sk     <case>
// files: procedures/<case>/<file>
const ownKey = (id: string) => ({ pk: "PROCS", sk: id });
const defKey = (digest: string) => ({ pk: `PROC_DEF#${digest}`, sk: "DEF" });
const caseKey = (id: string) => ({ pk: `PROC_CASE#${id}`, sk: "CASE" });
export type Pointer = "LINK" | "REF" | "BILL" | "PAPER";
const pointerKey = (kind: Pointer, name: string) => ({ pk: `PROC_${kind}#${name}`, sk: "CASE" });
const mineKey = (personId: string, id: string) => ({ pk: `PROC_MINE#${personId}`, sk: id });

const LAST_DAY = "9999-12-31";
const listed = ({ id, waits, since, dueOn, submittedAt, startedAt, unpaidSince }: Case) =>
  waits === undefined
    ? { gsi1pk: "PROC_DRAFTS", gsi1sk: `${startedAt}#${id}` }
    : unpaidSince !== undefined
      ? // Whoever's turn it was: now it is staff's.
        { gsi1pk: "PROC_CASES#staff", gsi1sk: `${unpaidSince.slice(0, 10)}#${submittedAt}#${id}` }
      : {
          gsi1pk: `PROC_CASES#${waits}`,
          gsi1sk: waits === "nobody" ? `${since}#${id}` : `${dueOn ?? LAST_DAY}#${submittedAt}#${id}`,
        };

export const fileKey = (caseId: string, file: string): string => `procedures/${caseId}/${file}`;
export const WAITING = ["staff", "applicant", "payment", "nobody"] as const;
export type Waiting = (typeof WAITING)[number];

// What a digest names never changes, so a definition is read once.
const KNOWN_MAX = 100;
const known = new Map<string, Definition>();

export function procedureStore(here: Here) {
  const { table } = here;

  async function find(id: string): Promise<Case | undefined> {
    const item = await table.get(caseKey(id));
    return item && Case.parse(item["case"]);
  }
  /** @throws {Fault} absent */
  async function get(id: string): Promise<Case> {
    const found = await find(id);
    if (!found) throw absent();
    return found;
  }
  async function list(pk: string, { limit, cursor, ...more }: Omit<Query, "pk" | "index">) {
    const page = await table.query({
      pk,
      index: "gsi1",
      ...more,
      ...(limit ? { limit } : {}),
      ...(cursor ? { cursor } : {}),
    });
    return { cases: page.items.map((item) => Case.parse(item["case"])), ...(page.cursor ? { next: page.cursor } : {}) };
  }

  /** It is on its account holder's list no more. */
  const unlisting = ({ personId, id }: Case): Write[] =>
    personId === undefined ? [] : [{ delete: mineKey(personId, id) }];

  return {
    find,
    get,

    async own(id: string): Promise<OwnProcedure | undefined> {
      const item = await table.get(ownKey(id));
      return item && OwnProcedure.parse(item["own"]);
    },
    async allOwn(): Promise<OwnProcedure[]> {
      const found: OwnProcedure[] = [];
      for await (const item of table.all({ pk: "PROCS" })) found.push(OwnProcedure.parse(item["own"]));
      return found;
    },
    /** @throws {Fault} conflict: somebody else changed it meanwhile */
    async keepOwn(own: OwnProcedure): Promise<void> {
      const put = { ...ownKey(own.part.id), own, revision: own.revision };
      await unlessChanged(() =>
        here.commit([{ put, if: own.revision === 1 ? "absent" : { revision: own.revision - 1 } }]),
      );
    },

    async definition(digest: string): Promise<Definition> {
      const name = `${here.city.slug} ${digest}`;
      const kept = known.get(name);
      if (kept) return kept;
      const item = await table.get(defKey(digest));
      const found = Definition.parse(item?.["definition"]);
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(name, found);
      return found;
    },
    definitionWrite: (digest: string, definition: Definition): Write => ({
      put: { ...defKey(digest), gsi1pk: "PROC_DEFS", gsi1sk: digest, definition },
    }),

    /** The writes of a change: the case as it is now, if nobody changed it meanwhile, and a line of what was done. */
    caseWrites: (before: Case | undefined, after: Case, did?: Did): Write[] => [
      {
        put: { ...caseKey(after.id), ...listed(after), case: after, revision: after.revision },
        if: before ? { revision: before.revision } : "absent",
      },
      ...(did
        ? [{ put: { pk: `PROC_CASE#${after.id}`, sk: `DID#${String(after.revision).padStart(6, "0")}`, did } }]
        : []),
    ],
    pointerWrite: (kind: Pointer, name: string, caseId: string): Write => ({
      put: { ...pointerKey(kind, name), caseId },
      if: "absent",
    }),
    mineWrite: (personId: string, id: string): Write => ({ put: { ...mineKey(personId, id) } }),

    /** @throws {Fault} conflict: somebody else changed it meanwhile */
    commit: (writes: readonly Write[], events: readonly NewEvent[] = []) =>
      unlessChanged(() => here.commit(writes, events)),

    /** @throws {Fault} absent */
    async by(kind: Pointer, name: string): Promise<Case> {
      const pointer = await table.get(pointerKey(kind, name));
      if (!pointer) throw absent();
      return get(String(pointer["caseId"]));
    },
    async mine(personId: string, limit: number): Promise<Case[]> {
      const { items } = await table.query({ pk: `PROC_MINE#${personId}`, reverse: true, limit });
      const cases = await Promise.all(items.map(({ sk }) => find(sk)));
      return cases.filter((one) => one !== undefined);
    },
    async timeline(id: string): Promise<Did[]> {
      const found: Did[] = [];
      for await (const item of table.all({ pk: `PROC_CASE#${id}`, beginsWith: "DID#" }))
        found.push(Did.parse(item["did"]));
      return found;
    },

    waiting: (waits: Waiting, query: Omit<Query, "pk" | "index">) => list(`PROC_CASES#${waits}`, query),
    async *all(waits: Waiting): AsyncIterable<Case> {
      for await (const item of table.all({ pk: `PROC_CASES#${waits}`, index: "gsi1" })) yield Case.parse(item["case"]);
    },

    unlisting,
    /** What takes the words of staff out of what happened to a case. */
    async notes(id: string): Promise<Write[]> {
      const writes: Write[] = [];
      for await (const item of table.all({ pk: `PROC_CASE#${id}`, beginsWith: "DID#" })) {
        const { note: _, changed: _changed, ...did } = Did.parse(item["did"]);
        writes.push({ put: { ...item, did } });
      }
      return writes;
    },
    /** What was begun and never handed in leaves whole. */
    discarding: (kase: Case): Write[] => [
      { delete: caseKey(kase.id), if: { revision: kase.revision } },
      { delete: pointerKey("LINK", kase.link) },
      ...unlisting(kase),
    ],

    /** Every lasting item, for the city's export. */
    async *items(): AsyncIterable<Item> {
      yield* table.all({ pk: "PROCS" });
      yield* table.all({ pk: "PROC_DEFS", index: "gsi1" });
      for await (const kase of cases()) yield* itemsOf(kase);
    },
    async *files(): AsyncIterable<string> {
      for await (const kase of cases())
        for (const answer of Object.values(kase.answers))
          if (typeof answer === "object" && answer !== null && "file" in answer) yield fileKey(kase.id, answer.file);
    },
  };

  async function* cases(): AsyncIterable<Case> {
    for (const pk of ["PROC_DRAFTS", ...WAITING.map((waits) => `PROC_CASES#${waits}`)])
      for await (const item of table.all({ pk, index: "gsi1" })) yield Case.parse(item["case"]);
  }
  async function* itemsOf(kase: Case): AsyncIterable<Item> {
    yield* table.all({ pk: `PROC_CASE#${kase.id}` });
    const { link, reference, fee, papers, personId, id } = kase;
    yield* await table.getMany([
      pointerKey("LINK", link),
      ...(reference === undefined ? [] : [pointerKey("REF", reference)]),
      ...(fee?.billId === undefined ? [] : [pointerKey("BILL", fee.billId)]),
      ...papers.map(({ number }) => pointerKey("PAPER", number)),
      ...(personId === undefined ? [] : [mineKey(personId, id)]),
    ]);
  }
}

/** @throws {Fault} conflict */
async function unlessChanged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConditionFailed)
      throw new Fault("conflict", "Somebody else changed this at the same moment. Look again, then decide.");
    throw error;
  }
}
