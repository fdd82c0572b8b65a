import type { Logger } from "@aws-lambda-powertools/logger";
import { z } from "zod";
import type { NewEvent } from "./events.ts";
import { Slug } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import { Currency } from "./money.ts";
import type { Blobs, Drops, Messages, Sandbox, ToMarket } from "./ports.ts";
import type { Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import type { Table, Write } from "./table.ts";
import { LANGS } from "./texts.ts";
import { type Clock, isTimeZone } from "./time.ts";

/** WGS 84 longitude and latitude, outer ring first, as RFC 7946 has it. */
const Position = z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]);
const Ring = z.array(Position).min(4).max(20_000);
export const Boundary = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("Polygon"), coordinates: z.array(Ring).min(1).max(100) }),
    z.strictObject({
      type: z.literal("MultiPolygon"),
      coordinates: z.array(z.array(Ring).min(1).max(100)).min(1).max(500),
    }),
  ])
  .meta({ id: "Boundary" });

/** A city's profile: kept in its own partition, written last when it is brought in. */
export const City = z
  .object({
    slug: Slug,
    name: z.string().min(1).max(80),
    /** ISO 3166-1 alpha-2. */
    country: z.string().regex(/^[A-Z]{2}$/),
    currency: Currency,
    /** The first one is the city's own; English is always possible. */
    languages: z.array(z.enum(LANGS)).min(1).max(LANGS.length),
    timeZone: z.string().max(64).refine(isTimeZone, "an IANA time zone"),
    boundary: Boundary.optional(),
    /** All its data are made up, and every page says so. */
    isSynthetic: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "City" });
export type City = z.infer<typeof City>;

/** A question that a room publishes in its `events.ts` and answers in its `room.ts`. */
export interface Offer<A, R> {
  readonly name: string;
  readonly args: z.ZodType<A>;
  readonly answer: z.ZodType<R>;
}

/** What belongs to one city, and nothing else. Handlers and reactions get it; there is no way from it to another. */
export interface Here {
  readonly city: City;
  readonly table: Table;
  readonly blobs: Blobs;
  readonly drops: Drops;
  readonly clock: Clock;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  readonly ledger: Ledger;
  readonly messages: Messages;
  readonly secrets: Secrets;
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  /** Read only: the marketplace's signed, static files. */
  readonly market: Pick<Blobs, "get" | "list">;
  /** What the city says to the marketplace, about a party or a module. */
  readonly toMarket: ToMarket;
  /** Writes and the facts that tell of them, in one transaction; then the bell. @throws {ConditionFailed} */
  commit(writes: readonly Write[], events?: readonly NewEvent[]): Promise<void>;
  /** Asks another room. @throws {Fault} what that room refuses */
  ask<A, R>(offer: Offer<A, R>, args: A): Promise<R>;
  /** The path of this city's page or route: `/bills` becomes `/cities/<slug>/bills`. */
  url(path: string): string;
}
