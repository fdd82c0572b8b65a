import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What the moving map loads, all from the house itself: our own module, and MapLibre's files as they were published. */
export const ASSETS = {
  "live.mjs": "text/javascript; charset=utf-8",
  "maplibre-gl.mjs": "text/javascript; charset=utf-8",
  "maplibre-gl-worker.mjs": "text/javascript; charset=utf-8",
  "maplibre-gl.css": "text/css; charset=utf-8",
} as const;
export type Asset = keyof typeof ASSETS;

/** All files that a bundle must have beside it. */
export const BESIDE = [...(Object.keys(ASSETS) as Asset[]), "offline.mjs"] as const;

/** Where a file lies: beside the bundle on AWS, else where it was written or installed. */
export function fileOf(name: (typeof BESIDE)[number]): string {
  const beside = join(import.meta.dirname, name);
  if (existsSync(beside)) return beside;
  if (name === "live.mjs" || name === "offline.mjs") return join(import.meta.dirname, "browser", name);
  return join(dirname(createRequire(import.meta.url).resolve("maplibre-gl/package.json")), "dist", name);
}
