import { createHash } from "node:crypto";
import { Fault } from "../../../../shared/errors.ts";
import { ConditionFailed, type Table } from "../../../../shared/table.ts";
import type { TokenOrder } from "../../token-source.ts";
import { dateTimeOf, type MsgId } from "./soap.ts";

// question                                     key
// under which id was this part of an order asked?   pk VENDING_ASKED#<order>      sk <part>
// is this id taken?                                 pk VENDING_MSG#<dateTime>     sk <uniqueNumber>

const NUMBERS = 1_000_000;
const TRIES = 20;
/** As long as an answer may be missing; the tokens themselves are kept by the room. */
const KEPT_S = 90 * 86_400;

/**
 * The id of a request, found again for ever: the second of the order, and six digits that no other order of this
 * second has. It is kept before anything is asked, so that a request whose answer was lost is known for one.
 */
export async function msgIdOf(
  table: Table,
  order: TokenOrder,
  part: number,
): Promise<{ msgId: MsgId; isRepeat: boolean }> {
  const asked = { pk: `VENDING_ASKED#${order.id}`, sk: String(part) };
  const dateTime = dateTimeOf(new Date(order.at));
  const first = createHash("sha256").update(`${order.id} ${part}`).digest().readUInt32BE(0);
  const expiresAt = Math.floor(Date.parse(order.at) / 1000) + KEPT_S;
  for (let i = 0; i < TRIES; i++) {
    const msgId = { dateTime, uniqueNumber: String((first + i) % NUMBERS).padStart(6, "0") };
    try {
      await table.transact([
        { put: { ...asked, msgId, expiresAt }, if: "absent" },
        { put: { pk: `VENDING_MSG#${dateTime}`, sk: msgId.uniqueNumber, expiresAt }, if: "absent" },
      ]);
      return { msgId, isRepeat: false };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index !== 0) continue;
      const kept = await table.get(asked);
      if (kept) return { msgId: kept["msgId"] as MsgId, isRepeat: true };
    }
  }
  throw new Fault("unavailable", "Too many orders in one second; try again.", { retryAfterS: 1 });
}
