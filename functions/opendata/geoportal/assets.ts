import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Context } from "hono";
import { absent } from "../../../shared/errors.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { ASSETS, type Asset, fileOf } from "./files.ts";

/** Changes whenever one of the files does, so that each may be kept for ever. */
const EDITION = "6.17.0-1";

/** The path of a file, as the city's pages name it. */
export const asset = (name: Asset): string => `/map/assets/${EDITION}/${name}`;

const packed = new Map<Asset, Uint8Array>();

export function assetRoutes(app: CityApp): void {
  app.get("/map/assets/:edition/:name", needs("public"), (c: Context<CityEnv>) => {
    const name = c.req.param("name") as Asset;
    if (c.req.param("edition") !== EDITION || !Object.hasOwn(ASSETS, name)) throw absent();
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
