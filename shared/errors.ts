/**
 * The closed list of refusals. A `Fault` is something the caller can act on; anything else that is thrown is a bug.
 * Each kind has a page at `/problems/<kind>`, which is also its `type` in problem+json (RFC 9457).
 */
export const FAULTS = {
  malformed: { status: 400, title: "The request cannot be read" },
  unauthenticated: { status: 401, title: "Sign in, or send a valid token" },
  forbidden: { status: 403, title: "Your role or scope does not allow this" },
  absent: { status: 404, title: "There is nothing here" },
  conflict: { status: 409, title: "This contradicts what is kept" },
  forbidden_transition: { status: 409, title: "It cannot become that from what it is" },
  idempotency_mismatch: { status: 409, title: "The idempotency key was used with another body" },
  gone: { status: 410, title: "It was here and is no more" },
  precondition_failed: { status: 412, title: "It has changed since you read it" },
  too_large: { status: 413, title: "The body is too large" },
  unsupported_media: { status: 415, title: "This media type is not understood" },
  invalid: { status: 422, title: "Some of it is not valid" },
  too_many: { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Not available at the moment" },
} as const;

export type FaultKind = keyof typeof FAULTS;

/** One mistake in what was sent: a JSON pointer into it (`#/amountMinor`, `#/line/7`), and a sentence. */
export interface FieldError {
  pointer: string;
  detail: string;
  /** What the sentence says, as a text of the room's catalogue and its values: so pages say it in the reader's language. */
  says?: { key: string; values: Record<string, string> };
}

export interface FaultMembers {
  errors?: FieldError[];
  /** Seconds after which it is worth trying again; becomes the Retry-After header. */
  retryAfterS?: number;
  [member: string]: unknown;
}

export class Fault extends Error {
  override name = "Fault";
  constructor(
    readonly kind: FaultKind,
    message: string,
    readonly members: FaultMembers = {},
  ) {
    super(message);
  }
}

/** The one answer for what is missing and for what is another city's: identical, so that it tells nothing. */
export const absent = (): Fault => new Fault("absent", "There is nothing at this address.");

/** For a question where what is not there is no mistake: `undefined` in its place. Anything else is thrown on. */
export const absentIsNone = (error: unknown): undefined => {
  if (error instanceof Fault && error.kind === "absent") return undefined;
  throw error;
};

/** One mistake in one field. */
export const invalid = (pointer: string, detail: string): Fault =>
  new Fault("invalid", detail, { errors: [{ pointer, detail }] });

/** A form without the token of whoever sent it. */
export const outOfDate = (): Fault =>
  new Fault("forbidden", "This form is out of date. Go back, reload it, and send it again.");
