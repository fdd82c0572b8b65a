import { z } from "zod";
import { RailName } from "../rail.ts";
import { ROLES } from "./columns.ts";

const Name = z.string().trim().min(1).max(100);

/** Which column is which, by the names that the file has for them, where they are not found by themselves. */
export const Naming = z
  .strictObject({
    ...(Object.fromEntries(ROLES.map((role) => [role, Name.optional()])) as Record<
      (typeof ROLES)[number],
      z.ZodOptional<typeof Name>
    >),
    /** Of dates such as 03/04/2026, which may be meant in two ways. */
    dates: z.enum(["day", "month"]).optional(),
  })
  .meta({ id: "StatementFileColumns" });
export type Naming = z.infer<typeof Naming>;

/** One line of a provider's file, as it is kept: of the payer nothing but the message. */
export const KeptLine = z.object({
  number: z.string(),
  at: z.iso.datetime(),
  amountMinor: z.int(),
  feeMinor: z.int(),
  reference: z.string(),
  note: z.string(),
  type: z.string(),
});
export type KeptLine = z.infer<typeof KeptLine>;

export const StatementFile = z
  .object({
    /** Of its account and its bytes: the same file has the same. */
    id: z.string(),
    account: z.string(),
    rail: RailName,
    handedInAt: z.iso.datetime(),
    handedInBy: z.string(),
    /** What it covers: whole days of the city, up to when it was handed in. */
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    lines: z.int(),
    /** Those that no file before it had. */
    newLines: z.int(),
  })
  .meta({ id: "StatementFile" });
export type StatementFile = z.infer<typeof StatementFile>;
