import { Fault } from "../../shared/errors.ts";
import type { Module } from "../contract/module.ts";
import { Busy } from "../installs/running.ts";
import { type Beside, checkRelease } from "./index.ts";
import type { CheckLine, Report } from "./report.ts";

/**
 * Checks a release where it is to be published or taken, and goes no further with one that fails.
 *
 * @throws {Fault} invalid: each thing that it fails by; unavailable: too much else is being tried
 */
export async function demandChecked(module: Module, beside: Beside): Promise<Report> {
  const report = await checkRelease(module, beside).catch((error: Error) => {
    if (error instanceof Busy)
      throw new Fault("unavailable", "Too much is being checked at once.", { retryAfterS: 10 });
    throw error;
  });
  const failed = report.lines.filter(({ verdict }) => verdict === "fail");
  if (failed.length > 0)
    throw new Fault("invalid", `The module does not pass the check: ${failed.map(({ says }) => says.en).join(" ")}`, {
      errors: failed.flatMap(errorsOf),
    });
  return report;
}

const errorsOf = ({ check, says, found }: CheckLine) =>
  found.map(({ at, what }) => ({ pointer: `#/payload${at}`, detail: `${check}: ${what}. ${says.en}` }));
