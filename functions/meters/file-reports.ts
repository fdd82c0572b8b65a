import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { newId } from "../../shared/ids.ts";
import { take } from "./rate.ts";
import { type Delivery, DeliveryId, FieldMistake, FileFormat } from "./schema.ts";
import { sharedRate } from "./shared-rate.ts";

// question                                key
// the files that one sender has sent      pk FILEREPORTS#<sender>   sk <id>, which sorts by time   (90 days)
// those of all                            gsi1pk FILEREPORTS        gsi1sk <id>

/** What a key or a person may send at once, and a second: each process counts by itself, and by shares all together. */
const FILES = { burst: 120, perSecond: 1 };
const ERRORS_MAX = 50;
const KEPT_S = 90 * 86_400;

/** What became of one file: kept, known before, looked at only, or refused with its reasons by line. */
export const FileReport = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    /** The key or person that sent it. */
    by: z.string(),
    /** As its sender calls it, where a name came with it. */
    name: z.string().optional(),
    bytes: z.int(),
    outcome: z.enum(["kept", "known", "looked_at", "refused"]),
    deliveryId: DeliveryId.optional(),
    format: FileFormat.optional(),
    readings: z.int().optional(),
    /** Why all of it was refused. */
    detail: z.string().optional(),
    /** The first fifty lines or elements that were refused. */
    errors: z.array(FieldMistake).max(ERRORS_MAX),
  })
  .meta({ id: "ReadingFileReport" });
export type FileReport = z.infer<typeof FileReport>;

export interface SentFile {
  by: string;
  name?: string | undefined;
  bytes: number;
}
type Became = Pick<FileReport, "outcome"> & { delivery: Pick<Delivery, "id" | "format" | "readings" | "errors"> };

/**
 * Does what is asked for with a file, at its sender's rate, and keeps what became of it.
 *
 * @throws {Fault} too_many, before it is looked at; whatever the work throws
 */
export async function reported<T>(here: Here, sent: SentFile, work: () => Promise<T>, became: (done: T) => Became) {
  const retryAfterS = take(`${here.city.slug}#files#${sent.by}`, FILES);
  if (retryAfterS > 0)
    throw new Fault("too_many", "Files come faster than one sender may send them. Send this one later.", {
      retryAfterS,
    });
  await sharedRate.take(here, `files#${sent.by}`, FILES);
  try {
    const done = await work();
    const { outcome, delivery } = became(done);
    const { id: deliveryId, format, readings, errors = [] } = delivery;
    await keep(here, sent, { outcome, deliveryId, format, readings, errors });
    return done;
  } catch (error) {
    if (error instanceof Fault && error.kind !== "unavailable")
      await keep(here, sent, {
        outcome: "refused",
        detail: error.message.slice(0, 500),
        errors: (error.members.errors ?? []).slice(0, ERRORS_MAX),
      });
    throw error;
  }
}

async function keep(
  here: Here,
  { by, name, bytes }: SentFile,
  rest: Omit<FileReport, "id" | "at" | "by" | "name" | "bytes">,
): Promise<void> {
  const now = here.clock.now();
  const id = newId("frp", now);
  const report: FileReport = {
    ...{ id, at: now.toISOString(), by, bytes },
    ...(name ? { name: name.slice(0, 200) } : {}),
    ...rest,
  };
  await here.table.put({
    ...{ pk: `FILEREPORTS#${by}`, sk: id, gsi1pk: "FILEREPORTS", gsi1sk: id },
    report,
    expiresAt: Math.floor(now.getTime() / 1000) + KEPT_S,
  });
}

/** The latest first: of all senders, or of one. */
export async function fileReports(
  here: Here,
  page: { limit: number; cursor?: string | undefined },
  by?: string,
): Promise<{ files: FileReport[]; next?: string }> {
  const { limit, cursor } = page;
  const { items, cursor: next } = await here.table.query({
    ...(by === undefined ? { pk: "FILEREPORTS", index: "gsi1" as const } : { pk: `FILEREPORTS#${by}` }),
    ...{ limit, reverse: true },
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { files: items.map((item) => FileReport.parse(item["report"])), ...(next === undefined ? {} : { next }) };
}

export const fileReportLeaves: Record<string, string> = {
  "FILEREPORTS#": "what became of a file is told for ninety days, to whoever sent it here",
};
