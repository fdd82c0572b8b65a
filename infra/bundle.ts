import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { BESIDE, fileOf } from "../functions/opendata/geoportal/files.ts";

/** The Lambda entries, by trust and latency. A test holds them and the functions in the template equal. */
export const ENTRIES = [
  "web",
  "money",
  "ingest",
  "react",
  "sandbox",
  "control",
  "market",
  "authorizer",
  "courier",
] as const;
export type Entry = (typeof ENTRIES)[number];

/** Those that make forecasts: the model's compiled half lies beside them. */
export const FORECASTING: readonly Entry[] = ["web", "react"];

/** Those that run tasks: the thread that reads long files of data lies beside them. */
export const READING: readonly Entry[] = ["react"];

const root = join(import.meta.dirname, "..");
export const bundleFolder = (entry: Entry): string => join(root, ".hansa/bundles", entry);

// CommonJS packages inside an ES module still ask for `require`.
const REQUIRE =
  'import { createRequire as hansaCreateRequire } from "node:module"; const require = hansaCreateRequire(import.meta.url);';

/** One minified ES module of an entry's folder. @returns its bytes */
function bundled(source: string, file: string): number {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, source)],
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
    outfile: file,
    // The other home's half is never loaded on AWS.
    external: ["nodemailer"],
  });
  const [output] = outputFiles;
  writeFileSync(file, output!.contents);
  return output!.contents.byteLength;
}

/** Bundles every entry into a folder of its own. @returns bytes by entry */
export function bundleEntries(): Record<Entry, number> {
  const sizes = {} as Record<Entry, number>;
  for (const entry of ENTRIES) {
    const folder = bundleFolder(entry);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    sizes[entry] = bundled(`functions/entries/${entry}.ts`, join(folder, "index.mjs"));
    if (entry === "sandbox") bundleSandbox(folder);
    if (READING.includes(entry)) bundled("functions/opendata/drafts/worker.ts", join(folder, "reading-worker.mjs"));
    if (FORECASTING.includes(entry)) copyFileSync(forecastModel(), join(folder, "mstl_bg.wasm"));
    if (entry === "web") for (const name of BESIDE) copyFileSync(fileOf(name), join(folder, name));
  }
  return sizes;
}

/** The inside of the sandbox, and the engine that it loads from beside itself. */
export function bundleSandbox(folder: string): void {
  bundled("shared/sandbox/inside.ts", join(folder, "sandbox-inside.mjs"));
  const engine = createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  copyFileSync(engine, join(folder, "emscripten-module.wasm"));
}

const forecastModel = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("@bsull/augurs/mstl")), "mstl_bg.wasm");
