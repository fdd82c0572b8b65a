import { z } from "zod";
import { parsed } from "../../../shared/http.ts";
import { NewCorrection } from "./schema.ts";
import { decimalTyped, instantTyped } from "./shown.ts";

export const KINDS = ["values", "register", "withdraw", "estimate", "exchange", "dial", "undo"] as const;

const Typed = z.string().max(40).optional();
/** A correction as a clerk types it: times by the city's clock, a value on each line. */
export const CorrectionForm = z.strictObject({
  kind: z.enum(KINDS),
  reason: z.string().max(200).default(""),
  findingId: z.string().max(120).optional(),
  ...{ from: Typed, to: Typed, at: Typed, value: Typed, last: Typed, first: Typed, quality: Typed, of: Typed },
  ...{ digits: Typed, multiplier: Typed, channel: Typed, correctionId: Typed, minutes: Typed, anew: Typed },
  values: z.string().max(60_000).optional(),
});

const INSTANTS = ["from", "to", "at"] as const;
const DECIMALS = ["value", "last", "first", "multiplier"] as const;

/** @throws {Fault} invalid, by field */
export function correctionFrom(
  { values, minutes, digits, anew, ...fields }: z.infer<typeof CorrectionForm>,
  zone: string,
): NewCorrection {
  const read: Record<string, unknown> = { ...fields };
  for (const name of INSTANTS) if (fields[name] !== undefined) read[name] = instantTyped(fields[name], zone, name);
  for (const name of DECIMALS) if (fields[name] !== undefined) read[name] = decimalTyped(fields[name]);
  if (values !== undefined)
    read["values"] = values.split(/\r?\n/).flatMap((line) => {
      const text = decimalTyped(line);
      return text === "" ? [] : [/^[-–]$/.test(text) ? null : text];
    });
  if (minutes !== undefined) read["interval"] = Number(decimalTyped(minutes)) * 60;
  if (digits !== undefined) read["digits"] = Number(decimalTyped(digits));
  if (anew !== undefined) read["anew"] = anew === "yes";
  return parsed(NewCorrection, read);
}
