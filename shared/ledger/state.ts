import { Fault } from "../errors.ts";
import { Balances } from "./balances.ts";
import type { Special, Transfer } from "./journal.ts";
import { keyOf, type Moves, movesOf } from "./moves.ts";

/** A balance would leave the whole numbers that JavaScript keeps exactly. */
export class BeyondExact extends RangeError {}

/** Money that is reserved and not yet moved. At `expiresAt` it is free again by itself: no task must come by. */
export interface Reserve {
  transfers: readonly Transfer[];
  expiresAt: string;
}

/** What the journal adds up to at one segment: all that a commit is decided by. */
export class State {
  constructor(
    readonly posted = new Balances(),
    readonly debits = new Balances(),
    readonly credits = new Balances(),
    readonly reserves = new Map<string, Reserve>(),
    /** The last day of the closed books, or nothing. */
    public closedOn = "",
  ) {
    for (const { expiresAt } of reserves.values()) if (expiresAt < this.earliest) this.earliest = expiresAt;
  }
  /** No reserve runs out before this. */
  earliest = "~";

  /** So many balances and reserves, or some fewer. */
  get size(): number {
    return this.posted.size + this.debits.size + this.credits.size + this.reserves.size;
  }

  copy(): State {
    const { posted, debits, credits, reserves, closedOn } = this;
    return new State(posted.copy(), debits.copy(), credits.copy(), new Map(reserves), closedOn);
  }
}

type Sums = "posted" | "debits" | "credits";

/** A sum that a draft changes: found once, and written many times. */
interface Cell {
  sum: number;
}

/** A post as far as it changes a state: of what it only moves, the sums are enough. */
export type Applied = Special & { id: string; transfers: readonly Transfer[] | Moves };

/** Posts on top of a state, seen by one another. One that is refused leaves nothing behind; nor does an abandoned draft. */
export class Draft {
  private readonly changed: Record<Sums, Map<string, Cell>> = {
    posted: new Map(),
    debits: new Map(),
    credits: new Map(),
  };
  private readonly reserves = new Map<string, Reserve | null>();
  private closedOn: string;
  /**
   * What the post that is being applied has done so far: which sums it changed and what each was, and how to undo the
   * rest. The lists are filled anew by each post, up to `changes`: they need not grow again.
   */
  private readonly cells: Cell[] = [];
  private readonly before: number[] = [];
  private changes = 0;
  private readonly steps: (() => void)[] = [];

  /** @param at of the commit; @param on its day in the city's calendar */
  constructor(
    private readonly state: State,
    private readonly at: string,
    private readonly on: string,
  ) {
    this.closedOn = state.closedOn;
    if (at >= state.earliest)
      for (const [id, reserve] of state.reserves) if (reserve.expiresAt <= at) this.release(id, reserve);
    this.settle();
  }

  /** What was done so far stands. */
  private settle(): void {
    this.changes = 0;
    this.steps.length = 0;
  }

  private undo(): void {
    for (const step of this.steps.reverse()) step();
    for (let i = this.changes - 1; i >= 0; i--) this.cells[i]!.sum = this.before[i]!;
  }

  private get(of: Sums, key: string): number {
    return this.changed[of].get(key)?.sum ?? this.state[of].of(key);
  }

  balance(account: string, currency: string): number {
    return this.get("posted", keyOf(account, currency));
  }
  /** The balance, less what is reserved to leave the account. */
  available(account: string, currency: string): number {
    const key = keyOf(account, currency);
    return this.get("posted", key) - this.get("credits", key);
  }
  reserve(id: string): Reserve | undefined {
    const drawn = this.reserves.get(id);
    return drawn === null ? undefined : (drawn ?? this.state.reserves.get(id));
  }

  private add(of: Sums, key: string, by: number): void {
    const cell = this.changed[of].get(key) ?? this.drawn(of, key);
    const sum = cell.sum + by;
    if (!Number.isSafeInteger(sum)) throw new BeyondExact(`the balance of ${key} grows beyond exact numbers`);
    const i = this.changes++;
    this.cells[i] = cell;
    this.before[i] = cell.sum;
    cell.sum = sum;
  }

  private drawn(of: Sums, key: string): Cell {
    const cell = { sum: this.state[of].of(key) };
    this.changed[of].set(key, cell);
    return cell;
  }

  /** Debits of one account that follow one another are added up first: a hot account stands on each of a batch. */
  private move({ length, debits, credits, amounts }: Moves): void {
    let run = "";
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const amount = amounts[i]!;
      if (debits[i] !== run || sum > Number.MAX_SAFE_INTEGER - amount) {
        if (sum > 0) this.add("posted", run, sum);
        run = debits[i]!;
        sum = 0;
      }
      sum += amount;
      this.add("posted", credits[i]!, -amount);
    }
    if (sum > 0) this.add("posted", run, sum);
  }

  private put(id: string, reserve: Reserve | null): void {
    const was = this.reserves.get(id);
    this.steps.push(() => (was === undefined ? this.reserves.delete(id) : this.reserves.set(id, was)));
    this.reserves.set(id, reserve);
  }

  private hold({ transfers }: Pick<Reserve, "transfers">, sign: 1 | -1): void {
    for (const { debit, credit, amountMinor, currency } of transfers) {
      this.add("debits", keyOf(debit, currency), sign * amountMinor);
      this.add("credits", keyOf(credit, currency), sign * amountMinor);
    }
  }

  private release(id: string, reserve: Reserve): void {
    this.hold(reserve, -1);
    this.put(id, null);
  }

  /**
   * Takes a post, or refuses it and is as before.
   * @param guard decides on what it would be with the post
   * @throws {Fault} conflict @throws {BeyondExact}
   */
  apply(post: Applied, guard: () => void = () => {}): void {
    const { id, transfers, expiresAt, resolves, closes } = post;
    this.settle();
    try {
      if (closes !== undefined) this.close(closes);
      if (resolves !== undefined) this.resolve(resolves);
      if (expiresAt === undefined) {
        const on = post.on ?? this.on;
        if (transfers.length > 0 && on <= this.closedOn)
          throw new Fault("conflict", `The books are closed up to ${this.closedOn}: ${on} is not open any more.`);
        this.move("debits" in transfers ? transfers : movesOf(transfers));
      } else {
        if (expiresAt <= this.at) throw new Fault("conflict", "A reserve runs out later than now.");
        if ("debits" in transfers) throw new RangeError("what is reserved is kept one by one");
        this.hold({ transfers }, 1);
        this.put(id, { transfers, expiresAt });
      }
      guard();
    } catch (error) {
      this.undo();
      throw error;
    }
  }

  private resolve(id: string): void {
    const reserve = this.reserve(id);
    if (!reserve) throw new Fault("conflict", `${id} is not reserved: it never was, it ran out, or it was resolved.`);
    this.release(id, reserve);
  }

  private close(on: string): void {
    if (on <= this.closedOn) throw new Fault("conflict", `The books are closed up to ${this.closedOn} already.`);
    if (on >= this.on) throw new Fault("conflict", `A day is closed when it is over: ${on} is not.`);
    const was = this.closedOn;
    this.steps.push(() => (this.closedOn = was));
    this.closedOn = on;
  }

  /** Makes the state what was drafted. */
  commit(): void {
    const { state } = this;
    for (const of of ["posted", "debits", "credits"] as const)
      for (const [key, { sum }] of this.changed[of]) state[of].set(key, sum);
    for (const [id, reserve] of this.reserves)
      if (reserve) state.reserves.set(id, reserve);
      else state.reserves.delete(id);
    if (this.reserves.size > 0) {
      state.earliest = "~";
      for (const { expiresAt } of state.reserves.values()) if (expiresAt < state.earliest) state.earliest = expiresAt;
    }
    state.closedOn = this.closedOn;
  }
}
