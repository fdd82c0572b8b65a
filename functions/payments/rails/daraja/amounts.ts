import { invalid } from "../../../../shared/errors.ts";
import { toDecimal } from "../wire.ts";

/** M-Pesa of Kenya writes shillings without cents. */
const EXPONENTS = { KES: 0 };
/** What M-Pesa moves at once, at most. */
const MAX_SHILLINGS = 250_000;
/** What it pays out to a telephone, at least. */
export const PAYOUT_MIN_SHILLINGS = 10;

/** @throws {Fault} invalid, when M-Pesa cannot take exactly this amount: it is never rounded */
export function toShillings(amountMinor: number, currency: string): number {
  const shillings = Number(toDecimal(amountMinor, currency, EXPONENTS));
  if (shillings > MAX_SHILLINGS)
    throw invalid("#/amountMinor", `M-Pesa takes at most ${MAX_SHILLINGS} shillings at once.`);
  return shillings;
}

const EAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Africa/Nairobi",
  hourCycle: "h23",
  ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
});
function partsOf(at: Date) {
  const parts = Object.fromEntries(EAT.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts as Record<string, string>;
  return { year, month, day, hour, minute, second };
}
/** `20261123150000`: Daraja writes the time of Nairobi. */
export const stampOf = (at: Date): string => Object.values(partsOf(at)).join("");
/** `2026-11-23 15:00:00`, as the list of transactions wants it. */
export function listedAt(at: Date): string {
  const { year, month, day, hour, minute, second } = partsOf(at);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

/** The way back, of `20261123150000`, `2026-11-23 15:00:00` or an instant with its zone; undefined when it is none. */
export function instantOf(said: unknown): string | undefined {
  const text = String(said);
  const [, year, month, day, hour, minute, second = "00", zone] =
    /^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  // Nairobi is three hours ahead, in every month.
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone ?? "+03:00"}`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
