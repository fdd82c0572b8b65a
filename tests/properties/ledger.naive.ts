import type { Transfer } from "../../shared/ledger.ts";

// What somebody may ask of a ledger, as plain data, and the plainest model of what must come of it: one list of
// movements, added up anew for every question. It shares no code with the ledger.

interface Common {
  id: string;
  on?: string;
  /** Refused if this account would fall below 0. */
  guard?: { account: string; currency: string };
}
export type Op = Common &
  (
    | { what: "post"; transfers: Transfer[] }
    /** Pays what is due on an account as far as it is due; else the money is unknown. */
    | { what: "plan"; due: string; amountMinor: number; currency: string }
    | { what: "reserve"; transfers: Transfer[]; expiresAt: string }
    | { what: "settle"; of: string; parts?: number[] }
    | { what: "void"; of: string }
    | { what: "reverse"; of: string }
    | { what: "close"; day: string }
  );

interface Made {
  op: Op;
  transfers: Transfer[];
  on: string;
}
type Outcome = { made: Made } | "repeated" | "conflict" | "absent";

export const keptIdOf = (op: Op): string =>
  op.what === "settle" || op.what === "void"
    ? `${op.of}!resolved`
    : op.what === "reverse"
      ? `${op.of}!reversed`
      : op.what === "close"
        ? `!closing:${op.day}`
        : op.id;

/** What two requests under one id must share to be the same request. */
export const contentOf = (op: Op): string =>
  op.what === "post" || op.what === "reserve" || op.what === "reverse"
    ? JSON.stringify([op.what, "transfers" in op ? op.transfers : op.of, op.on, "expiresAt" in op && op.expiresAt])
    : op.what === "plan"
      ? JSON.stringify([op.due, op.amountMinor, op.currency])
      : op.what === "settle"
        ? JSON.stringify(["settle", op.parts, op.on])
        : op.what;

export class Naive {
  private readonly made: Made[] = [];
  private readonly kept = new Map<string, Op>();
  private readonly reserves = new Map<string, { transfers: Transfer[]; expiresAt: string }>();
  closedOn = "";

  balance(account: string, currency: string): number {
    return this.sum(
      this.made.flatMap(({ transfers }) => transfers),
      account,
      currency,
    );
  }
  private sum(transfers: Transfer[], account: string, currency: string): number {
    let sum = 0;
    for (const one of transfers) {
      if (one.currency !== currency) continue;
      if (one.debit === account) sum += one.amountMinor;
      if (one.credit === account) sum -= one.amountMinor;
    }
    return sum;
  }
  private pendingOut(at: string, account: string, currency: string): number {
    let sum = 0;
    for (const { transfers, expiresAt } of this.reserves.values())
      if (expiresAt > at)
        for (const one of transfers) if (one.credit === account && one.currency === currency) sum += one.amountMinor;
    return sum;
  }
  balances(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const { transfers } of this.made)
      for (const { debit, credit, amountMinor, currency } of transfers) {
        all[`${debit} ${currency}`] = (all[`${debit} ${currency}`] ?? 0) + amountMinor;
        all[`${credit} ${currency}`] = (all[`${credit} ${currency}`] ?? 0) - amountMinor;
      }
    return Object.fromEntries(Object.entries(all).filter(([, sum]) => sum !== 0));
  }
  /** Balances of what counts for a day up to this one. */
  upTo(day: string): Record<string, number> {
    const then = new Naive();
    then.made.push(...this.made.filter(({ on }) => on <= day));
    return then.balances();
  }

  /** @param at of the commit @param today its day */
  take(op: Op, at: string, today: string): Outcome {
    const id = keptIdOf(op);
    const before = this.kept.get(id);
    if (before) return contentOf(before) === contentOf(op) ? "repeated" : "conflict";
    const on = op.on ?? today;
    let transfers: Transfer[] = [];
    if (op.what === "post" || op.what === "reserve") ({ transfers } = op);
    if (op.what === "plan") {
      const { due, amountMinor, currency } = op;
      const isDue = this.balance(due, currency) >= amountMinor;
      transfers = [{ debit: "bank:1", credit: isDue ? due : "suspense", amountMinor, currency }];
    }
    if (op.what === "reverse") {
      const reversed = this.made.find((one) => keptIdOf(one.op) === op.of);
      if (!this.kept.has(op.of)) return "absent";
      if (!reversed || reversed.transfers.length === 0 || reversed.op.what === "reverse") return "conflict";
      transfers = reversed.transfers.map((one) => ({ ...one, debit: one.credit, credit: one.debit }));
    }
    const reserve = op.what === "settle" || op.what === "void" ? this.reserves.get(op.of) : undefined;
    if (op.what === "settle" || op.what === "void") {
      if (!reserve || reserve.expiresAt <= at) return "conflict";
      if (op.what === "settle") {
        const { parts } = op;
        const whole = reserve.transfers;
        if (parts && (parts.length !== whole.length || parts.some((part, i) => part > whole[i]!.amountMinor)))
          return "conflict";
        transfers = whole.flatMap((one, i) => {
          const amountMinor = parts?.[i] ?? one.amountMinor;
          return amountMinor === 0 ? [] : [{ ...one, amountMinor }];
        });
      }
    }
    if (op.what === "close" && (op.day <= this.closedOn || op.day >= today)) return "conflict";
    if (op.what === "reserve" ? op.expiresAt <= at : transfers.length > 0 && on <= this.closedOn) return "conflict";
    if (op.guard) {
      const { account, currency } = op.guard;
      const released = reserve
        ? -this.sum(
            reserve.transfers.map((one) => ({ ...one, debit: "" })),
            account,
            currency,
          )
        : 0;
      // Money that is reserved leaves the account; what would come in by a reserve is not there yet.
      const after =
        op.what === "reserve"
          ? this.balance(account, currency) +
            this.sum(
              transfers.map((one) => ({ ...one, debit: "" })),
              account,
              currency,
            )
          : this.balance(account, currency) + this.sum(transfers, account, currency);
      if (after - this.pendingOut(at, account, currency) + released < 0) return "conflict";
    }
    const made: Made = { op, transfers, on };
    this.kept.set(id, op);
    if (reserve) this.reserves.delete((op as { of: string }).of);
    if (op.what === "reserve") this.reserves.set(op.id, { transfers, expiresAt: op.expiresAt });
    else this.made.push(made);
    if (op.what === "close") this.closedOn = op.day;
    return { made };
  }

  pendingAt(at: string): number {
    return [...this.reserves.values()].filter(({ expiresAt }) => expiresAt > at).length;
  }
}
