import { Fault } from "../../shared/errors.ts";

const SHOWN = 80;

/** A parameter that is mistyped must not look as if it were heeded. @throws {Fault} malformed */
export function demandKnown(asked: Iterable<string>, isKnown: (name: string) => boolean): void {
  for (const name of asked)
    if (!isKnown(name)) throw new Fault("malformed", `The parameter ${name.slice(0, SHOWN)} is not known here.`);
}
