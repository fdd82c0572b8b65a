import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Item, Table } from "../table.ts";
import { Balances } from "./balances.ts";
import { compressed, digestOf, expanded, type Head, LATEST_CHECKPOINT } from "./journal.ts";
import { type Reserve, State } from "./state.ts";

// A part takes little of anyone's time to compress and to send, and with a line more it stays below the 400 KB of an
// item: a reserve's 200 transfers have at most 80 KB.
const PART_BYTES = 60_000;
/** So many lines are written in one go; then whatever else waits in this process has its turn. */
const LINES_AT_ONCE = 500;

export interface Checkpoint extends Head {
  state: State;
}

/** Balances, what is pending, open reserves, the last closed day, in no order that means anything. */
export function* linesOf({ posted, debits, credits, reserves, closedOn }: State): Iterable<string> {
  for (const [key, sum] of posted) yield JSON.stringify(["p", key, sum]);
  for (const [key, sum] of debits) yield JSON.stringify(["d", key, sum]);
  for (const [key, sum] of credits) yield JSON.stringify(["c", key, sum]);
  for (const [id, reserve] of reserves) yield JSON.stringify(["r", id, reserve]);
  if (closedOn) yield JSON.stringify(["o", closedOn, 0]);
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

async function* textsOf(state: State): AsyncIterable<string> {
  let text = "";
  let lines = 0;
  for (const line of linesOf(state)) {
    if (text.length + line.length > PART_BYTES) {
      yield text;
      text = "";
    }
    text += `${line}\n`;
    lines += 1;
    if (lines % LINES_AT_ONCE === 0) await setImmediate();
  }
  yield text;
}

/**
 * Keeps a state so that a new process need not read the whole journal. Its parts come first, what names them last.
 * @param state  that nobody changes meanwhile
 */
export async function keepCheckpoint(table: Table, { seq, digest, at, state }: Checkpoint): Promise<void> {
  const before = await table.get(LATEST_CHECKPOINT);
  if (before && Number(before["seq"]) >= seq) return;
  const whole = createHash("sha256");
  const parts: (string | Uint8Array)[] = [];
  for await (const text of textsOf(state)) {
    whole.update(text);
    parts.push(compressed(text));
  }
  const balancesDigest = whole.digest("hex");
  for (const [part, entries] of parts.entries()) await table.put({ ...partKey(seq, balancesDigest, part), entries });
  await table.transact([
    {
      put: { ...LATEST_CHECKPOINT, seq, digest, at, parts: parts.length, balancesDigest },
      if: before ? { seq: Number(before["seq"]) } : "absent",
    },
  ]);
  if (before)
    for await (const { pk, sk } of table.all({ pk: pkOf(Number(before["seq"])) })) await table.delete({ pk, sk });
}

const pkOf = (seq: number) => `CHECKPOINT#${seq}`;
// Two processes may keep one state at a time, each in its own order: neither writes over the other's parts.
const prefixOf = (balancesDigest: string) => `${balancesDigest.slice(0, 16)}#`;
const partKey = (seq: number, balancesDigest: string, part: number) => ({
  pk: pkOf(seq),
  sk: prefixOf(balancesDigest) + part.toString().padStart(6, "0"),
});

/** The latest checkpoint that is whole; without one, the journal is folded from its beginning. */
export async function readCheckpoint(table: Table): Promise<Checkpoint | undefined> {
  for (let tried = 0; ; ) {
    const latest = await table.get(LATEST_CHECKPOINT);
    // One without a time is of an older form.
    if (!latest || typeof latest["at"] !== "string") return undefined;
    const seq = Number(latest["seq"]);
    // Damaged: the journal itself is the truth.
    if (seq === tried) return undefined;
    const state = await readState(table, seq, String(latest["balancesDigest"]));
    if (state) return { seq, digest: String(latest["digest"]), at: latest["at"], state };
    // It may have been replaced while it was read.
    tried = seq;
  }
}

async function readState(table: Table, seq: number, balancesDigest: string): Promise<State | undefined> {
  const items: Item[] = [];
  for await (const item of table.all({ pk: pkOf(seq) })) items.push(item);
  const named = items.filter(({ sk }) => sk.startsWith(prefixOf(balancesDigest)));
  try {
    // The parts of the first checkpoints were numbered alone.
    const text = (named.length > 0 ? named : items).map((item) => expanded(item["entries"])).join("");
    return digestOf(text) === balancesDigest ? stateOf(text.split("\n").filter(Boolean)) : undefined;
  } catch {
    return undefined;
  }
}
