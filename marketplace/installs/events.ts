import { z } from "zod";
import { defineEvent } from "../../shared/events.ts";
import { Id } from "../../shared/ids.ts";
import { offer } from "../../shared/room.ts";
import type { Write } from "../../shared/table.ts";
import { defineTask } from "../../shared/tasks.ts";
import { Severity } from "../contract/advisory.ts";
import { Words } from "../contract/words.ts";

/** Told when other parts than before serve the city: installed, suspended, upgraded, rolled back, removed. */
export const PartsChanged = defineEvent(
  "marketplace.parts_changed.v1",
  z.object({
    installId: Id("ins"),
    module: z.string(),
    /** Absent when none of its versions serves any more. */
    version: z.string().optional(),
    digest: z.string().optional(),
    kinds: z.array(z.string()),
  }),
);

/** Told at six in the evening of the city's zone, in a city where a module hears it. Of a day it is told once. */
export const EveningBegan = defineEvent(
  "marketplace.evening_began.v1",
  z.object({
    /** The city's own day, and the next with its number from Monday, 1, to Sunday, 7. */
    day: z.iso.date(),
    tomorrow: z.iso.date(),
    weekday: z.int().min(1).max(7),
  }),
);

/** Told when an advisory that the city heeds concerns a module here, and what was done by the city's own policy. */
export const AdvisoryHeeded = defineEvent(
  "marketplace.advisory_heeded.v1",
  z.object({
    installId: Id("ins"),
    module: z.string(),
    advisoryId: z.string(),
    revision: z.int(),
    severity: Severity,
    took: z.enum(["told", "suspended", "withdrawn"]),
  }),
);

/** Writes to the administrators that a module here was warned of: `<install>/<advisory>/<revision>`. */
export const Warn = defineTask("marketplace.warn", z.object({ installId: z.string(), advisoryId: z.string() }));

/** Tells a remote part of an event, again until it has taken it: `<install>#<event>#<part>`. */
export const Deliver = defineTask("marketplace.deliver", z.object({}));

/** What modules keep about a resident who is erased goes. */
export const EraseRows = defineTask(
  "marketplace.erase_rows",
  z.object({ ids: z.array(z.string()), after: z.string().optional() }),
);

/** Asked by whoever erases a resident or what they said: the write that has modules' rows follow. */
export const EraseInModules = offer(
  "marketplace.erase",
  z.object({ ids: z.array(z.string()).min(1) }),
  z.object({ write: z.custom<Write>() }),
);

/** Tells that it is evening for as long as this install hears it; its id is the install's. */
export const Evening = defineTask("marketplace.evening", z.object({}));

/** Goes on with a change of version whose rows are being copied; its id is the install's. */
export const ChangeRows = defineTask(
  "marketplace.change_rows",
  z.object({ at: z.object({ shelf: z.string(), cursor: z.string().optional() }).optional() }),
);

/** A copy of rows that no version uses any more, and to which nobody can go back: `<install>#<copy>`. */
export const DropRows = defineTask("marketplace.drop_rows", z.object({}));

/** What an install that leaves did and kept is removed; its record stays. */
export const Clear = defineTask("marketplace.clear", z.object({}));

/**
 * A part that serves the city now, as its publisher signed it; the signature was checked at this very reading.
 * A tariff is `{ kind: "tariff", id, tariff }`, where `tariff` is billing's own `TariffPart`.
 */
export const InstalledPart = z.object({
  installId: Id("ins"),
  module: z.string(),
  version: z.string(),
  digest: z.string(),
  part: z.looseObject({ id: z.string(), kind: z.string() }),
  /** What the city has set of it, where that differs from what the module says. */
  config: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
});
export type InstalledPart = z.infer<typeof InstalledPart>;

/**
 * Which parts serve the city now, of this kind, of this module, in the order in which they were taken into service.
 * A package that was changed after it was signed is refused with `conflict`, and nothing is answered in its place.
 */
export const InstalledParts = offer(
  "marketplace.installed_parts",
  z.object({ kind: z.string().optional(), module: z.string().optional() }),
  z.array(InstalledPart),
);

/** The pages of modules that the city shows now, as the front page leads to them. */
export const ModulePages = offer(
  "marketplace.pages",
  z.object({}),
  z.array(z.object({ path: z.string(), title: Words(80) })),
);
