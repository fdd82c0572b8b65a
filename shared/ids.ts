import { encodeTime, monotonicFactory } from "ulid";
import { z } from "zod";

const next = monotonicFactory();

/** A new id that carries its kind and sorts by time: `pay_01J…` (ULID, Crockford base 32). */
export const newId = (kind: string, now: Date): string => `${kind}_${next(now.getTime())}`;

/** What ids of this kind begin with that were made at an instant: all later ones sort after it. */
export const idsOf = (kind: string, at: Date): string => `${kind}_${encodeTime(at.getTime())}`;

/** The schema of such an id. */
export const Id = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${kind}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`), `an id such as ${kind}_01J…`)
    .meta({ example: `${kind}_01JD8Q6Z3W8M6W1YB1M0Q4S7XK` });

/** A city's name in addresses and keys: small letters, digits, single hyphens; 3 to 40 signs. */
export const Slug = z
  .string()
  .min(3)
  .max(40)
  .regex(/^[a-z](?:-?[a-z0-9])*$/, "small letters, digits and single hyphens, a letter first");
