import { absent } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { Item, Key, Write } from "../../../shared/table.ts";
import { HandReading, Round, type SmsAnswer, Stop } from "./schema.ts";

// question                              key
// one reading by hand                   pk     HANDREADING#<id>        sk     HANDREADING
// a meter's, the latest first           gsi1pk HANDREADINGS#<meter>    gsi1sk <when>#<id>
// all of the city's, for export         pk     HANDREAD                sk     <meter>
// one round                             pk     ROUND#<id>              sk     ROUND
// the city's rounds, the latest first   gsi1pk ROUNDS                  gsi1sk <when>#<id>
// a stop of it that was made            pk     ROUND#<id>              sk     STOP#<nnnn>
// a message that was answered           pk     SMS                     sk     <source>#<message>   (30 days)
// a value that was asked about by SMS   pk     SMSASKED                sk     <meter>#<sender>     (a day)

const readingKey = (id: string): Key => ({ pk: `HANDREADING#${id}`, sk: "HANDREADING" });
const roundKey = (id: string): Key => ({ pk: `ROUND#${id}`, sk: "ROUND" });
const stopKey = (id: string, number: number): Key => ({
  pk: `ROUND#${id}`,
  sk: `STOP#${String(number).padStart(4, "0")}`,
});
const smsKey = (source: string, message: string): Key => ({ pk: "SMS", sk: `${source}#${message}` });
const askedKey = (meterId: string, from: string): Key => ({ pk: "SMSASKED", sk: `${meterId}#${from}` });

const SMS_DAYS = 30;
const DAY_S = 86_400;

/** A photo lies beside its reading, named by it. */
export const photoKey = (id: string): string => `meters/photos/${id}`;
const PHOTOS = "meters/photos/";

/** A message as it was understood, with what its sender is told. */
export interface AnsweredSms {
  answer: SmsAnswer;
  to: string;
  text: string;
  lang: string;
}

interface Page {
  limit: number;
  cursor?: string | undefined;
}

export function handStore(here: Pick<Here, "table" | "clock" | "blobs">) {
  const { table } = here;
  const expiresIn = (days: number) => Math.floor(here.clock.now().getTime() / 1000) + days * DAY_S;
  return {
    async find(id: string): Promise<HandReading | undefined> {
      const item = await table.get(readingKey(id));
      return item && HandReading.parse(item["reading"]);
    },
    /** A new one, or a change of one that still is as it was. */
    readingWrites(reading: HandReading, before?: HandReading): Write[] {
      const { id, meterId, at } = reading;
      return [
        {
          put: { ...readingKey(id), gsi1pk: `HANDREADINGS#${meterId}`, gsi1sk: `${at}#${id}`, reading },
          if: before ? { reading: before } : "absent",
        },
        ...(before ? [] : [{ put: { pk: "HANDREAD", sk: meterId } }]),
      ];
    },
    async ofMeter(meterId: string, page: Page): Promise<{ items: HandReading[]; next?: string }> {
      const { items, cursor } = await table.query({
        pk: `HANDREADINGS#${meterId}`,
        index: "gsi1",
        reverse: true,
        ...page,
      });
      return {
        items: items.map((item) => HandReading.parse(item["reading"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },

    /** @throws {Fault} absent */
    async round(id: string): Promise<Round> {
      const item = await table.get(roundKey(id));
      if (!item) throw absent();
      return Round.parse(item["round"]);
    },
    async createRound(round: Round): Promise<{ created: boolean; round: Round }> {
      const { created, item } = await table.putIfAbsent({
        ...roundKey(round.id),
        gsi1pk: "ROUNDS",
        gsi1sk: `${round.createdAt}#${round.id}`,
        round,
      });
      return { created, round: Round.parse(item["round"]) };
    },
    async rounds(page: Page): Promise<{ items: Round[]; next?: string }> {
      const { items, cursor } = await table.query({ pk: "ROUNDS", index: "gsi1", reverse: true, ...page });
      return {
        items: items.map((item) => Round.parse(item["round"])),
        ...(cursor === undefined ? {} : { next: cursor }),
      };
    },
    /** The stops that were made, by number. */
    async stops(id: string): Promise<Map<number, Stop>> {
      const made = new Map<number, Stop>();
      for await (const item of table.all({ pk: roundKey(id).pk, beginsWith: "STOP#" })) {
        const stop = Stop.parse(item["stop"]);
        made.set(stop.number, stop);
      }
      return made;
    },
    /** @throws {ConditionFailed} it is not as it was read */
    keepStop: (id: string, stop: Stop, before: Stop) =>
      table.transact([
        { put: { ...stopKey(id, stop.number), stop }, if: before.state === "open" ? "absent" : { stop: before } },
      ]),

    async sms(source: string, message: string): Promise<AnsweredSms | undefined> {
      return (await table.get(smsKey(source, message)))?.["sms"] as AnsweredSms | undefined;
    },
    smsWrite: (source: string, message: string, sms: AnsweredSms): Write => ({
      put: { ...smsKey(source, message), sms, isAnswered: false, expiresAt: expiresIn(SMS_DAYS) },
      if: "absent",
    }),
    /** Notes whether its sender was told. @throws {ConditionFailed} it was noted so before */
    smsAnswered: (source: string, message: string, isAnswered: boolean) =>
      table.transact([{ update: smsKey(source, message), set: { isAnswered }, if: { isAnswered: !isAnswered } }]),
    /** The value that this sender was asked about today, by another message: one that comes twice confirms nothing. */
    async asked(meterId: string, from: string, message: string): Promise<string | undefined> {
      const item = await table.get(askedKey(meterId, from));
      const isOver = Number(item?.expiresAt ?? 0) * 1000 < here.clock.now().getTime();
      return item && !isOver && item["message"] !== message ? String(item["value"]) : undefined;
    },
    ask: (meterId: string, from: string, value: string, message: string) =>
      table.put({ ...askedKey(meterId, from), value, message, expiresAt: expiresIn(1) }),

    /** Every lasting item, for export. */
    async *all(): AsyncIterable<Item> {
      for await (const meter of table.all({ pk: "HANDREAD" })) {
        yield meter;
        yield* table.all({ pk: `HANDREADINGS#${meter.sk}`, index: "gsi1" });
      }
      for await (const round of table.all({ pk: "ROUNDS", index: "gsi1" })) {
        yield round;
        yield* table.all({ pk: round.pk, beginsWith: "STOP#" });
      }
    },
    photos: () => here.blobs.list(PHOTOS),
  };
}

/** What the export leaves behind. */
export const handLeaves: Record<string, string> = {
  SMS: "messages that were answered are remembered for thirty days, so that none is answered twice",
  SMSASKED: "a question by SMS stands for a day",
};
