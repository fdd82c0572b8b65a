import { createHash } from "node:crypto";
import type { Context } from "hono";
import { z } from "zod";
import { FAULTS, Fault, type FaultKind } from "./errors.ts";
import { problemTexts } from "./problem-texts.ts";
import { type CityEnv, demandWhole, fieldErrors } from "./room.ts";
import { ConditionFailed, type Write } from "./table.ts";
import { whoId } from "./who.ts";

const JSON_MAX = 1_000_000;

/** The JSON body of a bare route, by its schema. @throws {Fault} unsupported_media, too_large, malformed, invalid */
export async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type))
    throw new Fault("unsupported_media", "Send JSON, with Content-Type: application/json.");
  const text = await c.req.text();
  if (text.length > JSON_MAX) throw new Fault("too_large", `A JSON body has at most ${JSON_MAX} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault("malformed", "The body is not JSON.");
  }
  return parsed(schema, value);
}

/** The fields of a form, by their schema; `csrf` is left out, an empty field counts as not given. */
export async function form<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const fields = await c.req.parseBody({ all: true });
  const given = Object.entries(fields).filter(([name, value]) => name !== "csrf" && value !== "");
  const value = Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]),
  );
  const t = problemTexts.in(c.get("lang") ?? "en");
  return parsed(schema, value, "json", (issue) => saidPlainly(t, issue));
}

/** What is wrong with a field in words for who filled it in; what a schema says itself stands before this. */
function saidPlainly(t: ReturnType<typeof problemTexts.in>, issue: Parameters<z.core.$ZodErrorMap>[0]) {
  if (issue.input === undefined) return t("missing");
  const isText = typeof issue.input === "string";
  if (issue.code === "too_big") return t(isText ? "tooLong" : "tooMuch", { most: String(issue.maximum) });
  if (issue.code === "too_small")
    return t(isText ? "tooShort" : issue.inclusive ? "tooLittle" : "moreThan", { least: String(issue.minimum) });
  if (issue.code === "invalid_type" && issue.expected === "number") return t("notNumber");
  return ["invalid_type", "invalid_format", "invalid_value"].includes(issue.code ?? "") ? t("notOfForm") : undefined;
}

/** A form's fields as they were sent, to show them again. */
export async function givenIn(c: Context): Promise<Record<string, string>> {
  const fields = Object.entries(await c.req.parseBody());
  return Object.fromEntries(fields.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** @throws {Fault} invalid, with a pointer to each mistake */
export function parsed<T>(
  schema: z.ZodType<T>,
  value: unknown,
  target = "json",
  says: z.core.$ZodErrorMap = () => undefined,
): T {
  const result = schema.safeParse(value, { error: says });
  if (result.success) {
    demandWhole(result.data, target);
    return result.data;
  }
  throw new Fault("invalid", "Some of it is not valid.", { errors: fieldErrors(result.error.issues, target) });
}

export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** A JSON request body that must be there. */
export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  required: true as const,
  content: { "application/json": { schema } },
});

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Problem" });

/** The refusals of a route, for its contract. */
export const faults = (...kinds: FaultKind[]) =>
  Object.fromEntries(
    kinds.map((kind) => [
      FAULTS[kind].status,
      { description: FAULTS[kind].title, content: { "application/problem+json": { schema: Problem } } },
    ]),
  );

export const PAGE_SIZE = { default: 50, max: 500 };

/** Cursor paging: at most `limit` items, from where `cursor` left off. */
export const paged = () =>
  z.object({
    limit: z.coerce.number().int().min(1).max(PAGE_SIZE.max).default(PAGE_SIZE.default),
    cursor: z.string().max(2_000).optional(),
  });

/** A file of CSV, sent as it is made: it may be longer than what fits a process. */
export function csvFile(c: Context<CityEnv>, name: string, parts: AsyncIterator<string>): Response {
  const bytes = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(bytes.encode(value));
    },
  });
  return c.body(body, 200, csvHeaders(c, name));
}

/** A short file of CSV, made already. */
export const csvAnswer = (c: Context<CityEnv>, name: string, text: string): Response =>
  c.body(text, 200, csvHeaders(c, name));

const csvHeaders = (c: Context<CityEnv>, name: string) => ({
  "Content-Type": "text/csv; charset=utf-8",
  "Content-Disposition": `attachment; filename="${c.var.city.slug}-${name}.csv"`,
});

/** The address that the visitor sees: the house's own setting, or the one asked. */
export function originOf(c: Context): string {
  const set = c.get("house")?.settings.HANSA_ORIGIN as string | undefined;
  if (set !== undefined) return set;
  // A request's address is a whole and canonical one.
  const { url } = c.req;
  return url.slice(0, url.indexOf("/", "https://".length));
}

const KEEP_IDEMPOTENCY_S = 48 * 3600;

export interface Answered {
  status: 200 | 201 | 202;
  answer: unknown;
}

/**
 * Runs a request that must not happen twice. `run` commits its effect and `record(...)` in one transaction; the same
 * key with the same body gets the first answer, with another body `idempotency_mismatch`.
 *
 * @param payload what was sent, as parsed
 */
export async function idempotent(
  c: Context<CityEnv>,
  payload: unknown,
  run: (record: (answered: Answered) => Write) => Promise<Answered>,
): Promise<Response> {
  const sent = c.req.header("idempotency-key");
  if (!sent || sent.length > 200)
    throw new Fault("invalid", "Send an Idempotency-Key header of at most 200 signs, a new one for each intent.", {
      errors: [{ pointer: "header/Idempotency-Key", detail: "It is missing or too long." }],
    });
  const { table } = c.var.here;
  const kept = keptOnce(c, sent);
  const bodyDigest = digestOf(payload);

  const first = async (): Promise<Response | undefined> => {
    const before = await table.get(kept);
    if (!before) return undefined;
    if (before["bodyDigest"] !== bodyDigest)
      throw new Fault("idempotency_mismatch", "This Idempotency-Key was used with another body.");
    c.header("Idempotency-Replayed", "true");
    return c.json(before["answer"] as object, before["status"] as Answered["status"]);
  };
  const record = ({ status, answer }: Answered): Write => ({
    put: { ...kept, bodyDigest, status, answer },
    if: "absent",
  });

  const before = await first();
  if (before) return before;
  try {
    const { status, answer } = await run(record);
    return c.json(answer as object, status);
  } catch (error) {
    // Its twin was faster: what it answered stands.
    const isRace = error instanceof ConditionFailed || (error instanceof Fault && error.kind === "conflict");
    const twin = isRace ? await first() : undefined;
    if (twin) return twin;
    throw error;
  }
}

const digestOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** What stays of somebody's request for a while, by the number that it was sent under. */
const keptOnce = (c: Context<CityEnv>, sent: string) => ({
  pk: `IDEM#${digestOf([whoId(c.var.who), c.req.method, c.req.path, sent])}`,
  sk: "IDEM",
  expiresAt: Math.floor(c.var.here.clock.now().getTime() / 1000) + KEEP_IDEMPOTENCY_S,
});

/**
 * What a page's form leaves behind when it was done, in the same transaction: a double tap finds it.
 * @param form  drawn for the page; a form without it leaves nothing
 */
export const sentOnce = (c: Context<CityEnv>, form: string | undefined): Write[] =>
  form === undefined ? [] : [{ put: keptOnce(c, form), if: "absent" }];

/** A form that was sent before has been done: no mistake. Anything else is thrown on. */
export function sentBefore(error: unknown): void {
  if (!(error instanceof ConditionFailed)) throw error;
}

/** Whom an address stands for: a household has a network of IPv6 to itself, so its first half counts. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address.replace("::ffff:", "");
  const [before = "", after = ""] = address.split("::");
  const head = before.split(":").filter(Boolean);
  const tail = address.includes("::") ? after.split(":").filter(Boolean) : [];
  const groups = [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0"), ...tail];
  return groups.slice(0, 4).join(":");
}

/**
 * Who asks, for rate limits: the network of the connection's own address, or of the one that the gateway saw. Whoever
 * has one of IPv6's addresses has 2^64 of them, and must not have as many votes, tries or messages.
 */
export function addressOf(c: Context): string {
  const env = c.env as {
    incoming?: { socket?: { remoteAddress?: string } };
    event?: { requestContext?: { identity?: { sourceIp?: string } } };
  };
  return networkOf(env?.event?.requestContext?.identity?.sourceIp ?? env?.incoming?.socket?.remoteAddress ?? "unknown");
}

/**
 * The mistakes of a form by field, to show the form again with them. What is not the visitor's mistake is thrown on.
 * A pointer `#/boundary/type` belongs to the field `boundary`.
 */
export function fieldMistakes(error: unknown): { field: string; detail: string }[] {
  if (!(error instanceof Fault) || !["invalid", "conflict"].includes(error.kind)) throw error;
  const errors = error.members.errors ?? [];
  if (errors.length === 0) return [{ field: "", detail: error.message }];
  return errors.map(({ pointer, detail }) => ({ field: pointer.replace(/^#\//, "").split("/")[0] ?? "", detail }));
}

/** Does what a form asks for and goes to a page of the city; a refusal is shown on the page that the form came from. */
export async function sentForm(
  c: Context<CityEnv>,
  work: () => Promise<unknown>,
  to: string,
  again: (error: unknown) => Promise<Response> | Response,
): Promise<Response> {
  try {
    await work();
  } catch (error) {
    return again(error);
  }
  return c.redirect(c.var.here.url(to), 303);
}
