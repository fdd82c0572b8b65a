import type { Here } from "../../shared/here.ts";
import { demandChecked } from "../check/releasing.ts";
import type { Module } from "../contract/module.ts";

/** Publisher and registry have checked it; the city trusts neither, and runs the same check. @throws {Fault} invalid */
export async function demandRelease(here: Here, module: Module): Promise<void> {
  await demandChecked(module, { sandbox: here.sandbox, languages: here.city.languages });
}
