import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { FAULTS, Fault, type FaultKind } from "./errors.ts";
import { problemPage } from "./problem-page.tsx";
import { isMachinePath } from "./room.ts";
import { ConditionFailed } from "./table.ts";

const BUG = { status: 500, title: "Something broke on our side" } as const;

/** Where each kind of fault is explained; also the `type` of its problem+json. */
export const problemType = (kind: FaultKind): string => `/problems/${kind}`;

/** The one place where an error becomes an answer (RFC 9457). Mounted as `app.onError`. */
export function problem(error: Error, c: Context): Response | Promise<Response> {
  const fault = faultOf(error);
  if (!fault) {
    c.get("house")?.log.error("unexpected error", { error, requestId: c.get("requestId") });
    c.set("bug", true);
  }
  const { status, title } = fault ? FAULTS[fault.kind] : BUG;
  const { retryAfterS, ...members } = fault?.members ?? {};
  if (retryAfterS !== undefined) c.header("Retry-After", String(retryAfterS));
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="hansa"');
  if (!isMachinePath(c.req.path) && (c.req.header("accept") ?? "").includes("text/html"))
    return problemPage(c, fault, status);
  const body = {
    ...members,
    type: fault ? problemType(fault.kind) : "about:blank",
    title,
    status,
    ...(fault ? { detail: fault.message, code: fault.kind } : {}), // a bug's message stays in the log
    instance: `urn:request:${c.get("requestId")}`,
  };
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, { "Content-Type": "application/problem+json" });
}

/** What the caller can act on; undefined is a bug. */
function faultOf(error: Error): Fault | undefined {
  if (error instanceof Fault) return error;
  if (error instanceof ConditionFailed)
    return new Fault("conflict", "It changed meanwhile: read it again, then try again.");
  if (error instanceof HTTPException) {
    if (error.status === 413) return new Fault("too_large", "The body is too large.");
    if (error.status === 415) return new Fault("unsupported_media", "This media type is not understood here.");
    if (error.status < 500) return new Fault("malformed", error.message || "The request cannot be read.");
  }
  // What reads a form says so of a broken one, and of nothing else.
  if (error instanceof TypeError && /parse body as FormData/i.test(error.message))
    return new Fault("malformed", "The form cannot be read.");
  // A full disk is not the caller's fault, and passes once the operator has made room.
  if (["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? ""))
    return new Fault("unavailable", "There is no room to keep this at the moment.", { retryAfterS: 60 });
  return undefined;
}
