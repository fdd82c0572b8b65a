import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Context } from "hono";
import { absent } from "../../../shared/errors.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { ASSETS, type Asset, fileOf } from "./files.ts";

let known: string | undefined;
/** Another one whenever one of the files is: so each may be kept for ever, and all fit one another. */
function edition(): string {
  if (known === undefined) {
    const digest = createHash("sha256");
    for (const name of Object.keys(ASSETS) as Asset[]) digest.update(readFileSync(fileOf(name)));
    known = digest.digest("hex").slice(0, 16);
  }
  return known;
}

/** The path of a file, as the city's pages name it. */
export const asset = (name: Asset): string => `/map/assets/${edition()}/${name}`;

const packed = new Map<Asset, Uint8Array>();

export function assetRoutes(app: CityApp): void {
  app.get("/map/assets/:edition/:name", needs("public"), (c: Context<CityEnv>) => {
    const name = c.req.param("name") as Asset;
    if (c.req.param("edition") !== edition() || !Object.hasOwn(ASSETS, name)) throw absent();
    c.header("Content-Type", ASSETS[name]);
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    c.header("Vary", "Accept-Encoding");
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(readFileSync(fileOf(name)) as never);
    let bytes = packed.get(name);
    if (!bytes) {
      bytes = gzipSync(readFileSync(fileOf(name)), { level: 9 });
      packed.set(name, bytes);
    }
    c.header("Content-Encoding", "gzip");
    return c.body(bytes as never);
  });
}
