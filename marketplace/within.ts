import { Hono } from "hono";
import { problem } from "../shared/problem.tsx";
import type { HouseApp, HouseEnv } from "../shared/room.ts";
import type { Envelope } from "./contract/dsse.ts";

/** Hands an envelope to a route of the marketplace. @param env  as the request that asks for it has it */
export type Bring = (path: string, envelope: Envelope, env: object) => Promise<Response>;

/**
 * The routes that programs use, for a page or a mirror that brings what others signed: so each check, limit and refusal
 * is the same, whoever brings it.
 */
export function bringWithin(app: HouseApp): Bring {
  let within: Hono<HouseEnv> | undefined;
  return async (path, envelope, env) => {
    // All routes are there by the first request.
    within ??= new Hono<HouseEnv>().onError(problem).route("/", app as unknown as Hono<HouseEnv>);
    const headers = { "Content-Type": "application/json" };
    return within.request(path, { method: "POST", headers, body: JSON.stringify(envelope) }, env);
  };
}
