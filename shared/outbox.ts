import { newId } from "./ids.ts";
import type { Message, Messages } from "./ports.ts";
import type { Table } from "./table.ts";

const KEEP_S = 7 * 24 * 3600;

export interface SentMessage extends Message {
  id: string;
  sentAt: string;
}

// question                      key
// an owner's latest messages    pk OUTBOX   sk <id>, which sorts by time; kept 7 days

/** Messages kept where they were written, for the outbox page; carried on where the house has a carrier. */
export function outboxMessages(table: Table, now: () => Date, carrier: Messages | undefined): Messages {
  return {
    async send(message) {
      if (carrier) return carrier.send(message);
      const sentAt = now();
      const id = newId("msg", sentAt);
      const kept: SentMessage = { id, sentAt: sentAt.toISOString(), ...message };
      await table.put({ pk: "OUTBOX", sk: id, message: kept, expiresAt: Math.floor(sentAt.getTime() / 1000) + KEEP_S });
    },
  };
}

/** The latest messages of one owner, newest first. */
export async function sentMessages(table: Table, limit = 50): Promise<SentMessage[]> {
  const { items } = await table.query({ pk: "OUTBOX", reverse: true, limit });
  return items.map((item) => item["message"] as SentMessage);
}
