import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** One test of a module's own: an exported function that throws when it does not hold. */
export interface OwnTest {
  file: string;
  name: string;
  holds: boolean;
  reason?: string;
}

const FILE = /\.test\.(js|mjs|ts)$/;
const TEST_MS = 10_000;

/**
 * Runs a module's own tests. A test is a plain function: no runner is needed, and any may be used beside it.
 *
 * @returns  each exported function of each `*.test.js` (`.mjs`, `.ts`), in order
 */
export async function ownTests(folder: string): Promise<OwnTest[]> {
  const found: OwnTest[] = [];
  for (const file of testFiles(resolve(folder))) {
    const named = relative(resolve(folder), file);
    try {
      const loaded = (await import(`${pathToFileURL(file).href}?${performance.now()}`)) as Record<string, unknown>;
      for (const [name, test] of Object.entries(loaded))
        if (typeof test === "function")
          found.push({ file: named, name: spoken(name), ...(await tried(test as () => unknown)) });
    } catch (error) {
      found.push({ file: named, name: "(the file)", holds: false, reason: reasonOf(error) });
    }
  }
  return found;
}

const testFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && FILE.test(one.name) && !one.parentPath.includes("node_modules"))
    .map((one) => join(one.parentPath, one.name))
    .sort();

async function tried(test: () => unknown): Promise<Pick<OwnTest, "holds" | "reason">> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${TEST_MS / 1000} s.`)), TEST_MS);
  });
  try {
    await Promise.race([test(), late]);
    return { holds: true };
  } catch (error) {
    return { holds: false, reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 1_000);

/** `aBathIsNoLeak` and `a_bath_is_no_leak` as words. */
const spoken = (name: string): string =>
  name
    .replaceAll("_", " ")
    .replace(/(?<=\S)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
