import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** The Lambda entries, by trust and latency. A test holds them and the functions in the template equal. */
export const ENTRIES = ["web", "money", "ingest", "react", "control", "market", "authorizer", "courier"] as const;
export type Entry = (typeof ENTRIES)[number];

const root = join(import.meta.dirname, "..");
export const bundleFolder = (entry: Entry): string => join(root, ".hansa/bundles", entry);

// CommonJS packages inside an ES module still ask for `require`.
const REQUIRE =
  'import { createRequire as hansaCreateRequire } from "node:module"; const require = hansaCreateRequire(import.meta.url);';

/** Bundles every entry into a folder of its own: one minified ES module. @returns bytes by entry */
export function bundleEntries(): Record<Entry, number> {
  const sizes = {} as Record<Entry, number>;
  for (const entry of ENTRIES) {
    const folder = bundleFolder(entry);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const { outputFiles } = buildSync({
      entryPoints: [join(root, `functions/entries/${entry}.ts`)],
      bundle: true,
      write: false,
      minify: true,
      keepNames: true,
      platform: "node",
      target: "node24",
      format: "esm",
      jsx: "automatic",
      jsxImportSource: "hono/jsx",
      banner: { js: REQUIRE },
      logLevel: "error",
      outfile: join(folder, "index.mjs"),
      // The other home's half is never loaded on AWS.
      external: ["nodemailer"],
    });
    const [file] = outputFiles;
    writeFileSync(join(folder, "index.mjs"), file!.contents);
    sizes[entry] = file!.contents.byteLength;
  }
  return sizes;
}
