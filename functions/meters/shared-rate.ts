import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { ConditionFailed } from "../../shared/table.ts";
import type { Allowance } from "./rate.ts";

// question                                      key
// what a source took in a minute, everywhere    pk RATE#<name>   sk <minute>   (ten minutes)
//
// Each process counts by itself (`rate.ts`). What a source may send in all is held by shares: a process spends the first
// of a minute without a word, and takes each further one from a counter that all processes have in common. So a quiet
// source costs nothing, and one that floods through many processes is held to what it may send, and a share for each.

const MINUTE_MS = 60_000;
const KEPT_S = 600;
const TRIES = 5;
const NAMES_MAX = 20_000;

interface Spending {
  minute: number;
  spent: number;
  /** As much as this process may spend before it asks again. */
  held: number;
  isOver: boolean;
  asking?: Promise<void> | undefined;
}

const shareOf = ({ perSecond }: Allowance): number => Math.ceil(perSecond * 6);
const allOf = ({ burst, perSecond }: Allowance): number => burst + perSecond * 60;

/** What one process knows of how fast sources send. */
export class SharedRate {
  private readonly spending = new Map<string, Spending>();

  /**
   * Takes one of what a source may send in this minute, through all processes together.
   *
   * @throws {Fault} too_many, with the seconds until the next minute
   */
  async take(here: Pick<Here, "table" | "clock" | "city">, source: string, allowance: Allowance): Promise<void> {
    const nowMs = here.clock.now().getTime();
    const mine = this.in(`${here.city.slug}#${source}`, Math.floor(nowMs / MINUTE_MS), allowance);
    while (mine.spent >= mine.held) {
      if (mine.isOver)
        throw new Fault("too_many", "This source sends faster than it may. What was acknowledged is kept.", {
          retryAfterS: Math.ceil(((mine.minute + 1) * MINUTE_MS - nowMs) / 1000),
        });
      // Those who wait for the same share wait together.
      mine.asking ??= askFor(here, source, mine, allowance).finally(() => {
        mine.asking = undefined;
      });
      await mine.asking;
    }
    mine.spent++;
  }

  private in(name: string, minute: number, allowance: Allowance): Spending {
    const before = this.spending.get(name);
    if (before?.minute === minute) return before;
    const fresh = { minute, spent: 0, held: shareOf(allowance), isOver: false };
    this.spending.delete(name); // the latest comes last, so that the first is who was longest quiet
    this.spending.set(name, fresh);
    if (this.spending.size > NAMES_MAX) this.spending.delete(this.spending.keys().next().value!);
    return fresh;
  }
}

async function askFor(
  { table, clock }: Pick<Here, "table" | "clock">,
  source: string,
  mine: Spending,
  allowance: Allowance,
): Promise<void> {
  const key = { pk: `RATE#${source}`, sk: String(mine.minute) };
  const share = shareOf(allowance);
  for (let tries = 0; tries < TRIES; tries++) {
    const spent = Number((await table.get(key))?.["spent"] ?? 0);
    if (spent + share > allOf(allowance)) {
      mine.isOver = true;
      return;
    }
    const expiresAt = Math.floor(clock.now().getTime() / 1000) + KEPT_S;
    try {
      await table.transact([
        { put: { ...key, spent: spent + share, expiresAt }, if: spent === 0 ? "absent" : { spent } },
      ]);
      mine.held += share;
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  // Very many ask at this very moment: one goes through, and asks again.
  mine.held += 1;
}

/** This process's. */
export const sharedRate = new SharedRate();

export const sharedRateLeaves: Record<string, string> = {
  "RATE#": "how much a source sent is counted for a minute",
};
