import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build, buildSync, type Plugin } from "esbuild";
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

/**
 * What both homes run: ES modules for the Node that they bring along, without what only people read. Names stay, so that a
 * bug's trace in the log can be read: to shorten them and to say them again (`keepNames`) gives each function a property of
 * its own whenever it is made, which was a tenth of the work of a short answer.
 */
const MODULES = {
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  platform: "node",
  target: "node24",
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "hono/jsx",
  banner: { js: REQUIRE },
  logLevel: "error",
} as const satisfies BuildOptions;

/** One module of an entry's folder. @returns its bytes */
function bundled(source: string, file: string): number {
  const { outputFiles } = buildSync({
    ...MODULES,
    entryPoints: [join(root, source)],
    write: false,
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
  copyFileSync(sandboxEngine(), join(folder, "emscripten-module.wasm"));
}

export const HOUSE = join(root, ".hansa/house");

/** Modules that come with the house read their program from beside them: it stays where it was written. */
const stayPut: Plugin = {
  name: "stay-put",
  setup: ({ onLoad }) =>
    onLoad({ filter: /marketplace\/modules\/.*manifest\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
};

/**
 * `npm start`'s program, a thread's and a sandbox's, in one folder. From the sources the house would keep the text of a
 * thousand modules, many twice, and take three times as long to start. A house that runs loads some of it later, so
 * nothing there is taken away; a part's name says what it holds.
 */
export async function bundleHouse(): Promise<void> {
  mkdirSync(HOUSE, { recursive: true });
  const { outputFiles } = await build({
    ...MODULES,
    write: false,
    entryPoints: {
      main: join(root, "functions/main.ts"),
      "reading-worker": join(root, "functions/opendata/drafts/worker.ts"),
      "export-worker": join(root, "functions/opendata/exports/worker.ts"),
      "sandbox-inside": join(root, "shared/sandbox/inside.ts"),
    },
    outdir: HOUSE,
    outExtension: { ".js": ".mjs" },
    // What is loaded when it is first asked for stays a file of its own.
    splitting: true,
    plugins: [stayPut],
  });
  // Each in one step: another house may start meanwhile.
  for (const { path, contents } of outputFiles) {
    writeFileSync(`${path}.${process.pid}`, contents);
    renameSync(`${path}.${process.pid}`, path);
  }
  copyFileSync(sandboxEngine(), join(HOUSE, "emscripten-module.wasm"));
  copyFileSync(forecastModel(), join(HOUSE, "mstl_bg.wasm"));
  for (const name of BESIDE) copyFileSync(fileOf(name), join(HOUSE, name));
}

const sandboxEngine = (): string => createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");

const forecastModel = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("@bsull/augurs/mstl")), "mstl_bg.wasm");
