import { Fault } from "../../shared/errors.ts";
import type { Module } from "../contract/module.ts";
import { Busy } from "../installs/running.ts";
import { type Beside, checkRelease } from "./index.ts";
import type { CheckLine, Report } from "./report.ts";

/** @throws {Fault} unavailable: too much else is being tried */
export const checked = (module: Module, beside: Beside): Promise<Report> =>
  checkRelease(module, beside).catch((error: Error) => {
    if (error instanceof Busy)
      throw new Fault("unavailable", "Too much is being checked at once.", { retryAfterS: 10 });
    throw error;
  });

/** @throws {Fault} invalid: each thing that it fails by */
export function demandPassed(report: Report): Report {
  const failed = report.lines.filter(({ verdict }) => verdict === "fail");
  if (failed.length > 0)
    throw new Fault("invalid", `The module does not pass the check: ${failed.map(({ says }) => says.en).join(" ")}`, {
      errors: failed.flatMap(errorsOf),
    });
  return report;
}

/** Checks a release where it is to be published, and goes no further with one that fails. @throws {Fault} as above */
export const demandChecked = async (module: Module, beside: Beside): Promise<Report> =>
  demandPassed(await checked(module, beside));

const errorsOf = ({ check, says, found }: CheckLine) =>
  found.map(({ at, what }) => ({ pointer: `#/payload${at}`, detail: `${check}: ${what}. ${says.en}` }));
