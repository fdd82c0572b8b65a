import { createHash } from "node:crypto";
import { Fault } from "../../../../shared/errors.ts";
import type { Table } from "../../../../shared/table.ts";
import type { TokenOrder } from "../../token-source.ts";
import { dateTimeOf, type MsgId } from "./soap.ts";

// question                                       key
// was it asked, and by which part of which order   pk VENDING_ASKED#<dateTime>   sk <uniqueNumber>

const NUMBERS = 1_000_000;
const TRIES = 20;
/** As long as an answer may be missing; the tokens themselves are kept by the room. */
const KEPT_S = 90 * 86_400;

/**
 * The id of a request, found again for ever: the order's second, and six digits that no other order of this second has.
 * It is kept before anything is asked, so that a request whose answer was lost is known for one.
 */
export async function msgIdOf(
  table: Table,
  order: TokenOrder,
  part: number,
): Promise<{ msgId: MsgId; isRepeat: boolean }> {
  const dateTime = dateTimeOf(new Date(order.at));
  const first = createHash("sha256").update(`${order.id} ${part}`).digest().readUInt32BE(0);
  const expiresAt = Math.floor(Date.parse(order.at) / 1000) + KEPT_S;
  for (let i = 0; i < TRIES; i++) {
    const uniqueNumber = String((first + i) % NUMBERS).padStart(6, "0");
    const wanted = { pk: `VENDING_ASKED#${dateTime}`, sk: uniqueNumber, orderId: order.id, part, expiresAt };
    const { created, item } = await table.putIfAbsent(wanted);
    if (created || (item["orderId"] === order.id && item["part"] === part))
      return { msgId: { dateTime, uniqueNumber }, isRepeat: !created };
  }
  throw new Fault("unavailable", "Too many orders in one second; try again.", { retryAfterS: 1 });
}
