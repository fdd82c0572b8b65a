import { ProcedurePart } from "../../marketplace/contract/procedure.ts";
import { pricesIn } from "../../marketplace/contract/procedure-engine.ts";
import { procedureMistakes } from "../../marketplace/contract/procedure-mistakes.ts";
import { Fault, type FieldError } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { parsed } from "../../shared/http.ts";
import type { OwnProcedure } from "./schema.ts";
import { procedureStore } from "./store.ts";

/** Items have a bound, and a form too. */
const SIZE_MAX = 200_000;

/**
 * Keeps a procedure of the city's own, checked as a module's is. New cases go by it, those begun by the one before.
 * @param read  the revision that it changes, 0 of a new one; without it, whichever there is
 * @throws {Fault} invalid, with a pointer to each mistake; conflict
 */
export async function keepOwn(
  here: Here,
  id: string,
  value: unknown,
  isOpen: boolean,
  by: string,
  read?: number,
): Promise<OwnProcedure> {
  const part = parsed(ProcedurePart, value);
  const errors: FieldError[] = procedureMistakes(part).map(({ at, detail }) => ({
    pointer: `#/${at.join("/")}`,
    detail,
  }));
  if (part.id !== id) errors.push({ pointer: "#/id", detail: `Its id is ${id}.` });
  if (pricesIn(part, here.city.currency) === undefined)
    errors.push({ pointer: "#/prices", detail: `Each price is needed in ${here.city.currency}.` });
  if (JSON.stringify(part).length > SIZE_MAX)
    errors.push({ pointer: "#", detail: `It has more than ${SIZE_MAX} signs.` });
  if (errors[0]) throw new Fault("invalid", errors[0].detail, { errors });
  const store = procedureStore(here);
  const before = await store.own(id);
  if (read !== undefined && read !== (before?.revision ?? 0))
    throw new Fault("conflict", `It is at revision ${before?.revision ?? 0}: look at it again.`);
  const at = here.clock.now().toISOString();
  const own: OwnProcedure = { part, isOpen, revision: (before?.revision ?? 0) + 1, by, at };
  await store.keepOwn(own);
  return own;
}
