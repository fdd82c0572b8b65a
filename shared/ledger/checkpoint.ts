import type { Item, Table } from "../table.ts";
import { Balances } from "./balances.ts";
import { compressed, digestOf, expanded, type Head, LATEST_CHECKPOINT } from "./journal.ts";
import { type Reserve, State } from "./state.ts";

// A part stays below the 400 KB of an item: a line has at most 150 signs, a reserve's 200 transfers at most 80 KB.
const PART_BYTES = 300_000;

export interface Checkpoint extends Head {
  state: State;
}

/** The same for whoever has the same state: balances, what is pending, open reserves, the last closed day. */
export function linesOf({ posted, debits, credits, reserves, closedOn }: State): string[] {
  const of = (kind: string, sums: Balances) => sums.entries().map(([key, sum]) => JSON.stringify([kind, key, sum]));
  return [
    ...of("p", posted),
    ...of("d", debits),
    ...of("c", credits),
    ...[...reserves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, reserve]) => JSON.stringify(["r", id, reserve])),
    ...(closedOn ? [JSON.stringify(["o", closedOn, 0])] : []),
  ];
}

function stateOf(lines: readonly string[]): State {
  const sums: Record<string, [string, number][]> = { p: [], d: [], c: [] };
  const reserves = new Map<string, Reserve>();
  let closedOn = "";
  for (const line of lines) {
    const [kind, key, value] = JSON.parse(line) as [string, string, unknown];
    if (kind === "r") reserves.set(key, value as Reserve);
    else if (kind === "o") closedOn = key;
    else sums[kind]?.push([key, value as number]);
  }
  const of = (kind: string) => new Balances(sums[kind]);
  return new State(of("p"), of("d"), of("c"), reserves, closedOn);
}

/** Keeps a state so that a new process need not read the whole journal. Its parts come first, what names them last. */
export async function keepCheckpoint(table: Table, { seq, digest, at, state }: Checkpoint): Promise<void> {
  const lines = linesOf(state);
  const texts: string[] = [""];
  for (const line of lines) {
    if (texts.at(-1)!.length + line.length > PART_BYTES) texts.push("");
    texts[texts.length - 1] += `${line}\n`;
  }
  const before = await table.get(LATEST_CHECKPOINT);
  if (before && Number(before["seq"]) >= seq) return;
  for (const [part, text] of texts.entries()) await table.put({ ...partKey(seq, part), entries: compressed(text) });
  const balancesDigest = digestOf(texts.join(""));
  await table.transact([
    {
      put: { ...LATEST_CHECKPOINT, seq, digest, at, parts: texts.length, balancesDigest },
      if: before ? { seq: Number(before["seq"]) } : "absent",
    },
  ]);
  for (let part = 0; part < Number(before?.["parts"] ?? 0); part++)
    await table.delete(partKey(Number(before?.["seq"]), part));
}

const partKey = (seq: number, part: number) => ({
  pk: `CHECKPOINT#${seq}`,
  sk: part.toString().padStart(6, "0"),
});

/** The latest checkpoint that is whole; without one, the journal is folded from its beginning. */
export async function readCheckpoint(table: Table): Promise<Checkpoint | undefined> {
  const latest = await table.get(LATEST_CHECKPOINT);
  // One without a time is of an older form.
  if (!latest || typeof latest["at"] !== "string") return undefined;
  const seq = Number(latest["seq"]);
  const items: Item[] = [];
  for await (const item of table.all({ pk: `CHECKPOINT#${seq}` })) items.push(item);
  try {
    const text = items.map((item) => expanded(item["entries"])).join("");
    // Replaced while it was read, or damaged: the journal itself is the truth.
    if (digestOf(text) !== latest["balancesDigest"]) return undefined;
    const state = stateOf(text.split("\n").filter(Boolean));
    return { seq, digest: String(latest["digest"]), at: latest["at"], state };
  } catch {
    return undefined;
  }
}
