import { Fault } from "../../shared/errors.ts";

/** What is not there is nobody's mistake here. Everything else is thrown on. */
export const absentIsNone = (error: unknown): undefined => {
  if (error instanceof Fault && error.kind === "absent") return undefined;
  throw error;
};
