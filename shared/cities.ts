import type { z } from "zod";
import type { Boundary } from "./here.ts";
import type { Table } from "./table.ts";
import type { Lang } from "./texts.ts";

/** What an operator says to bring a city in. */
export interface CityOrder {
  slug: string;
  name: string;
  country: string;
  currency: string;
  languages: Lang[];
  timeZone: string;
  boundary?: z.infer<typeof Boundary> | undefined;
  isSynthetic: boolean;
  /** The first administrator's telephone number or e-mail address. */
  administrator: string;
}

export const STEPS = ["keys", "administrator", "profile"] as const;
export type Step = (typeof STEPS)[number];

export const isImporting = (record: CityRecord): boolean =>
  record.importDigest !== undefined && !record.done.includes("administrator");

/** `opening` and `failed` are on the way in, `closing` on the way out. Only `open` and `closing` answer. */
export type CityState = "opening" | "failed" | "open" | "closing" | "closed";

export interface CityRecord {
  slug: string;
  order: CityOrder;
  state: CityState;
  /** The steps that are done; each may run twice. */
  done: Step[];
  reason?: string | undefined;
  createdAt: string;
  /**
   * Of the bundle it came from, where it was imported. It brings its own people, so the step
   * `administrator` is done once all its contents are there.
   */
  importDigest?: string | undefined;
  /** Of an export that was taken while closing: what must be named to end it. */
  exportDigest?: string | undefined;
}

// question                     key (in the control table)
// one city of this house       pk     CITY#<slug>   sk     CITY
// all cities                   gsi1pk CITIES        gsi1sk <slug>

const itemOf = (record: CityRecord) => ({
  pk: `CITY#${record.slug}`,
  sk: "CITY",
  gsi1pk: "CITIES",
  gsi1sk: record.slug,
  record,
});

export async function findCity(control: Table, slug: string): Promise<CityRecord | undefined> {
  return (await control.get({ pk: `CITY#${slug}`, sk: "CITY" }))?.["record"] as CityRecord | undefined;
}

/** Keeps the first order for a slug: a second one gets what stands. */
export async function registerCity(control: Table, record: CityRecord): Promise<CityRecord> {
  return (await control.putIfAbsent(itemOf(record))).item["record"] as CityRecord;
}

export const keepCity = (control: Table, record: CityRecord): Promise<void> => control.put(itemOf(record));

/** The same, if it still is as it was read. @throws {ConditionFailed} */
export const changeCity = (control: Table, before: CityRecord, after: CityRecord): Promise<void> =>
  control.transact([{ put: itemOf(after), if: { record: before } }]);

export async function* everyCity(control: Table): AsyncIterable<CityRecord> {
  for await (const item of control.all({ pk: "CITIES", index: "gsi1" })) yield item["record"] as CityRecord;
}
