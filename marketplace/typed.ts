import { z } from "zod";
import { Fault } from "../shared/errors.ts";

// What staff's forms of the marketplace's rooms send, and how a refusal comes back to the form.

/** A form's fields, whatever they are called. */
export const Typed = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
export type Typed = z.infer<typeof Typed>;

export const firstOf = (typed: Typed, name: string): string | undefined => [typed[name] ?? []].flat()[0];

/** As its fields show it again. */
export const shownAgain = (typed: Typed): Record<string, string> =>
  Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, [value].flat().join(",")]));

/** JSON that somebody typed into a field. @throws {Fault} invalid */
export function typedJson(text: string | undefined, field: string): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    const detail = "This is not JSON.";
    throw new Fault("invalid", detail, { errors: [{ pointer: `#/${field}`, detail }] });
  }
}

export interface Refusal {
  message: string;
  errors: readonly { field: string; detail: string }[];
}

const MENDED = ["conflict", "invalid", "unavailable", "forbidden_transition"];

/** The field of a form that is called like the first step of a pointer. */
const firstStep = (pointer: string): string => pointer.replace(/^#\//, "").split("/")[0] ?? "";

/**
 * What somebody can mend is said on the page that they came from; all else is thrown on.
 * @param fieldAt  the field of the form that is meant
 */
export function refusalOf(error: unknown, fieldAt = firstStep): Refusal {
  if (!(error instanceof Fault) || !MENDED.includes(error.kind)) throw error;
  const errors = (error.members.errors ?? []).map(({ pointer, detail }) => ({
    field: fieldAt(pointer),
    detail,
  }));
  return { message: error.message, errors };
}

/** All that hinders, for the summary at the top of the page. */
export const hindrances = ({ message, errors }: Refusal): Refusal["errors"] =>
  errors.length > 0 ? errors : [{ field: "", detail: message }];
