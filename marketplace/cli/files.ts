import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { checkModule, type Mistake, type Module, withSbom } from "../contract/module.ts";
import type { Library } from "../contract/sbom.ts";
import { Trouble } from "./trouble.ts";

/** What a module is read from, the first that is there. */
export const MODULE_FILES = ["module.json", "manifest.ts", "manifest.mjs"];

/** Reads the module in a folder: `module.json`, or a `manifest.ts` whose default export is `defineModule(...)`. */
export async function readModule(folder: string): Promise<{ file: string; module: Module }> {
  const file = MODULE_FILES.map((name) => join(resolve(folder), name)).find(existsSync);
  if (!file)
    throw new Trouble(
      "usage",
      `There is no module in ${resolve(folder)}.`,
      `None of ${MODULE_FILES.join(", ")} is there.`,
      "Start one with `hansa init`, or name its folder.",
    );
  const value = file.endsWith(".json") ? readJsonFile(file) : await imported(file);
  const { module, mistakes } = checkModule(value);
  if (!module) throw invalidModule(file, mistakes);
  return { file, module: withSbom(module, librariesOf(dirname(file))) };
}

export const invalidModule = (file: string, mistakes: readonly Mistake[]) =>
  new Trouble(
    "invalid",
    mistakes.length === 1 ? "The module has a mistake." : `The module has ${mistakes.length} mistakes.`,
    `${file} does not keep the contract:`,
    "Mend them and run `hansa validate` again; module.schema.json tells your editor what may stand where.",
    mistakes,
  );

function readJsonFile(file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Trouble(
      "invalid",
      `${file} is not JSON.`,
      (error as Error).message,
      "Mend it and run `hansa validate` again.",
    );
  }
  // For editors only; not part of what is signed.
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const { $schema: _, ...module } = value as Record<string, unknown>;
    return module;
  }
  return value;
}

/** What a program was bundled with: the dependencies that its package.json names, as they are installed beside it. */
function librariesOf(folder: string): Library[] {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return [];
  const { dependencies = {} } = readJsonFile(file) as { dependencies?: Record<string, string> };
  return Object.entries(dependencies).map(([name, wanted]) => {
    const there = join(folder, "node_modules", name, "package.json");
    const found = (existsSync(there) ? readJsonFile(there) : {}) as { version?: string; license?: string };
    return { name, version: found.version ?? wanted, licence: found.license };
  });
}

async function imported(file: string): Promise<unknown> {
  try {
    const loaded = (await import(`${pathToFileURL(file).href}?${performance.now()}`)) as { default?: unknown };
    return loaded.default;
  } catch (error) {
    const issues = (error as { issues?: { path: (string | number)[]; message: string }[] }).issues;
    if (issues)
      throw invalidModule(
        file,
        issues.map(({ path, message }) => ({ at: `/${path.join("/")}`, detail: message })),
      );
    throw new Trouble(
      "invalid",
      `${file} cannot be run.`,
      (error as Error).message,
      "Mend it and run `hansa validate` again.",
    );
  }
}
