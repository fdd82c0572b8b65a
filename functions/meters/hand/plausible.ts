import { exact, finest } from "../exact.ts";
import type { Kind, Meter } from "../schema.ts";
import { unitOf } from "../series.ts";
import type { Doubt } from "./schema.ts";

/** What a dial showed: millionths of the base unit. */
export interface Shown {
  atS: number;
  amount: bigint;
}

/** So many times what it used so far is strange. */
const TIMES_USUAL = 5n;
/** Below this nobody is asked, whatever is usual: a home that fills up again after a journey. Whole base units. */
const NEVER_STRANGE: Record<Kind, bigint> = { electricity: 50_000n, water: 5_000n, gas: 50_000n };
const MILLION = 1_000_000n;

/** A value of the dial in millionths of the base unit; undefined where it cannot be kept exactly. */
export function amountOf(value: string, { registerUnit }: Meter): bigint | undefined {
  const read = exact(value);
  const power = unitOf(registerUnit)![1];
  if (!read || read.exponent + power < -6) return undefined;
  return finest(read.digits, read.exponent + power);
}

/** The same as the dial shows it. */
export function dialOfAmount(amount: bigint, { registerUnit }: Meter): string {
  const scale = MILLION * 10n ** BigInt(unitOf(registerUnit)![1]);
  const rest = String(amount % scale).padStart(String(scale).length - 1, "0");
  const fraction = rest.replace(/0+$/, "");
  return `${amount / scale}${fraction === "" ? "" : `.${fraction}`}`;
}

/**
 * What is strange about a value, if anything: a question to whoever read it, never a refusal.
 *
 * @param before  what the dial showed earlier, ascending
 */
export function doubtOf(kind: Kind, before: readonly Shown[], now: Shown): Doubt | undefined {
  const last = before.at(-1);
  if (!last) return undefined;
  if (now.amount < last.amount) return "below";
  const first = before[0]!;
  const used = now.amount - last.amount;
  const spanS = BigInt(last.atS - first.atS);
  if (spanS <= 0n || used <= NEVER_STRANGE[kind] * MILLION) return undefined;
  // used / (now - last) > 5 × (last - first) / span, without a fraction.
  const passedS = BigInt(Math.max(1, now.atS - last.atS));
  return used * spanS > TIMES_USUAL * (last.amount - first.amount) * passedS ? "above" : undefined;
}
