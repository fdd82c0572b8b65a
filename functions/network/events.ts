import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";
import { AccountId, Code, Kind, Level, MeterId, Month } from "./schema.ts";

/** What an area of the network is called. */
export { Code };

/** Told when the graph of areas, connection points and meters is another one. */
export const NetworkChanged = defineEvent(
  "network.changed.v1",
  z.object({
    /** A code, or the import that brought many. */
    of: z.string(),
    changed: z.int(),
    by: z.string(),
  }),
);

/** One meter’s part of what a connection point used in a month. */
export const MeterShare = z.object({
  meterId: MeterId,
  serial: z.string(),
  /** While it stood there in that month. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  quantity: z.int(),
  /** What its dial showed when it was set in that month, and when it was taken away in it. */
  opening: z.string().optional(),
  closing: z.string().optional(),
});
export type MeterShare = z.infer<typeof MeterShare>;

/** Whom a connection point serves now; none where there is no such point. */
export const AccountsAtPoint = offer(
  "network.accounts_at_point",
  z.object({ point: z.string().max(60) }),
  z.array(AccountId),
);

/**
 * Where accounts were served in a month: their connection points, and which of these meters are billed by a point, so
 * that nothing is billed both by a meter and by where it stands.
 */
export const PointsOfAccounts = offer(
  "network.points_of_accounts",
  z.object({
    accountIds: z.array(AccountId).max(100),
    meterIds: z.array(MeterId).max(20_000),
    month: Month,
  }),
  z.object({
    points: z.array(
      z.object({
        accountId: AccountId,
        point: z.string(),
        kind: Kind,
        /** That stood there in the month while the account was served, and that ever did until its end. */
        meterIds: z.array(MeterId),
        everMeterIds: z.array(MeterId),
      }),
    ),
    known: z.array(MeterId),
  }),
);

/**
 * What an account used at a connection point in a month, as a bill needs it: the sum over the meters that stood there,
 * each while it stood there and the account was served.
 */
export const PointUsage = offer(
  "network.point_usage",
  z.object({ point: z.string(), accountId: AccountId, month: Month }),
  z.object({
    kind: Kind,
    quantity: z.int(),
    daysWithReadings: z.int(),
    /** Of those on which a meter should have counted for this account. */
    daysInMonth: z.int(),
    estimatedShare: z.number(),
    meters: z.array(MeterShare),
  }),
);

/** Told when a crew is sent, and what it found. */
export const WorkOrdered = defineEvent(
  "network.work_ordered.v1",
  z.object({ orderId: Id("wor"), kind: z.string(), area: z.string(), point: z.string().optional() }),
);
export const WorkDone = defineEvent(
  "network.work_done.v1",
  z.object({ orderId: Id("wor"), kind: z.string(), area: z.string(), point: z.string().optional(), what: z.string() }),
);

/** Nobody goes after all: the place can be ordered anew. */
export const WorkWithdrawn = defineEvent(
  "network.work_withdrawn.v1",
  z.object({ orderId: Id("wor"), kind: z.string(), area: z.string(), point: z.string().optional() }),
);

/** At most so many hours in one question, as many as meters are asked at a time. */
export const HOURS_MAX = 2_000;

/**
 * What an area used hour by hour: by its bulk meters where it has any, losses included; else the sum of the meters of
 * its connection points. An hour of which too little is read is null. An area that is not there is `absent`; one with
 * too many points and no bulk meter is a `conflict`.
 */
export const AreaDemand = offer(
  "network.area_demand",
  z.object({ area: Code, from: z.iso.datetime(), hours: z.int().min(1).max(HOURS_MAX) }),
  z.object({
    kind: Kind,
    level: Level,
    /** Distinct accounts that its first 500 points serve now: whose use it is. */
    accounts: z.int(),
    /** Wh or litres, rounded once. */
    quantities: z.array(z.int().nullable()),
  }),
);

/** What each area is, so that another room can offer them to choose from. */
export const AreasNamed = offer(
  "network.areas",
  z.object({}),
  z.array(z.object({ code: z.string(), kind: Kind, level: Level, name: z.string().optional() })),
);
