import { z } from "@hono/zod-openapi";
import type { Here } from "../../shared/here.ts";
import type { Item } from "../../shared/table.ts";
import { Report } from "../check/index.ts";
import { checked, demandPassed } from "../check/releasing.ts";
import type { Module } from "../contract/module.ts";

// Publisher and registry have checked a release; the city trusts neither, and runs the same check itself. What it found
// is kept, also of what it did not take.

// question                              key
// what the city's own check found last  pk CHECKED   sk <publisher>/<module>#<version>
const key = (module: string, version: string) => ({ pk: "CHECKED", sk: `${module}#${version}` });

export const CityCheck = Report.extend({ checkedAt: z.iso.datetime() }).meta({ id: "CityCheck" });
export type CityCheck = z.infer<typeof CityCheck>;

/** Runs the check and keeps what it found. @throws {Fault} unavailable: too much else is being tried */
export async function checkHere(here: Here, module: Module): Promise<CityCheck> {
  const report = await checked(module, { sandbox: here.sandbox, languages: here.city.languages });
  const check = { ...report, checkedAt: here.clock.now().toISOString() };
  await here.table.put({ ...key(report.name, report.version), check });
  return check;
}

/** @throws {Fault} invalid: each thing that it fails by */
export async function demandRelease(here: Here, module: Module): Promise<void> {
  demandPassed(await checkHere(here, module));
}

/** What was found last; nothing of what was never checked here. */
export async function checkOf({ table }: Here, module: string, version: string): Promise<CityCheck | undefined> {
  const item = await table.get(key(module, version));
  return item && CityCheck.parse(item["check"]);
}

export const checkItems = ({ table }: Here): AsyncIterable<Item> => table.all({ pk: "CHECKED" });

/** What was found of any version of a module: it goes with the module. */
export const checksOf = ({ table }: Here, module: string): AsyncIterable<Item> =>
  table.all({ pk: "CHECKED", beginsWith: `${module}#` });
