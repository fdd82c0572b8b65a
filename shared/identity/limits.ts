import { Fault } from "../errors.ts";
import { ConditionFailed, type Table } from "../table.ts";

const TRIES = 6;

/**
 * Counts one more event of a kind, or several, in the running window and refuses what goes past the limit.
 * The count is exact: it is moved by condition, never by a bare addition.
 *
 * @param windowS  seconds
 * @throws {Fault} too_many, with the seconds until the window ends
 */
export async function limit(
  table: Table,
  now: Date,
  what: string,
  max: number,
  windowS: number,
  by = 1,
): Promise<void> {
  const nowS = Math.floor(now.getTime() / 1000);
  const window = Math.floor(nowS / windowS);
  const endsS = (window + 1) * windowS;
  const key = { pk: `LIMIT#${what}#${window}`, sk: "LIMIT" };
  const refusal = () =>
    new Fault("too_many", "Too many tries. Wait a little, then try again.", { retryAfterS: endsS - nowS });
  for (let tries = 0; tries < TRIES; tries++) {
    const count = ((await table.get(key))?.["count"] as number | undefined) ?? 0;
    if (count + by > max) throw refusal();
    const moved = { ...key, count: count + by, expiresAt: endsS + windowS };
    try {
      await table.transact([{ put: moved, if: count === 0 ? "absent" : { count } }]);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  throw refusal();
}
