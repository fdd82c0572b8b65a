import type { Context } from "hono";
import type { Settings } from "./settings.ts";

/** What the Lambda adapter hands on, as far as the tenant is concerned. */
interface Invocation {
  event?: { requestContext?: { authorizer?: Record<string, unknown> | null } };
  lambdaContext?: { tenantId?: string };
}

/**
 * Which city a request is for. Embedded, the path says it. On AWS the path, the authorizer and the tenant of the
 * execution environment must all say the same: anything else is a fault of the gateway's wiring, and stops the
 * request. Never a client's header.
 *
 * @throws {Error} when they disagree: logged as a bug, alarmed, answered with a bare 500
 */
export function cityOf(c: Context, settings: Settings): string {
  const slug = c.req.param("city") ?? "";
  if (settings.HANSA_HOME === "embedded") return slug;
  const { event, lambdaContext } = c.env as Invocation;
  const authorized = event?.requestContext?.authorizer?.["city"];
  if (authorized !== slug) throw new Error(`tenancy: the authorizer says ${authorized}, the path ${slug}`);
  const tenant = lambdaContext?.tenantId;
  // An emulator without tenant isolation hands no tenant id; the setting that allows it is forbidden in production.
  if (tenant === undefined && settings.HANSA_TENANCY === "path") return slug;
  if (tenant !== slug) throw new Error(`tenancy: the environment is ${tenant}'s, the path ${slug}`);
  return slug;
}
