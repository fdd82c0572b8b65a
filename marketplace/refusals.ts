import type { Context } from "hono";
import { Fault, invalid } from "../shared/errors.ts";
import { body } from "../shared/http.ts";
import { Envelope, NotGenuine } from "./contract/dsse.ts";
import { NotACompliantModule } from "./contract/module.ts";
import { readJson } from "./contract/signed.ts";
import { hiddenIn } from "./contract/signs.ts";

/** What somebody sends: a signature that does not hold or a broken contract is their mistake, and they read which. */
export async function sentWell<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof NotGenuine)
      throw new Fault("invalid", error.message, { errors: [{ pointer: "#/payload", detail: error.message }] });
    if (error instanceof NotACompliantModule)
      throw new Fault("invalid", "The module does not keep the contract.", {
        errors: error.mistakes.map(({ at, detail }) => ({ pointer: `#/payload${at}`, detail })),
      });
    const issues = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues;
    if (issues)
      throw new Fault("invalid", "What is signed is not valid.", {
        errors: issues.map(({ path, message }) => ({
          pointer: `#/payload/${path.map(String).join("/")}`,
          detail: message,
        })),
      });
    throw error;
  }
}

/**
 * An envelope that somebody sends, if all that it says can be seen.
 * @throws {Fault} invalid: with each place
 */
export async function sentEnvelope(c: Context): Promise<Envelope> {
  const envelope = await body(c, Envelope);
  const hidden = hiddenIn(saidIn(envelope)).slice(0, HIDDEN_TOLD);
  if (hidden.length > 0)
    throw new Fault("invalid", "It holds signs that nobody sees.", {
      errors: hidden.map(({ at, sign }) => ({
        pointer: `#/payload/${at.join("/")}`,
        detail: `It holds ${sign}, a sign that nobody sees. Take it out.`,
      })),
    });
  return envelope;
}
const HIDDEN_TOLD = 50;

/** Not yet believed; nothing of what is no JSON: whoever reads it says so. */
function saidIn({ payload }: Envelope): unknown {
  try {
    return readJson(Buffer.from(payload, "base64"));
  } catch {
    return undefined;
  }
}

/** A clock may go ahead a little. */
const AHEAD_MS = 10 * 60_000;

/**
 * Of two signed words the later one counts: one from far ahead could never be replaced, and whoever stole a key for a
 * moment would have had the last word for good.
 * @throws {Fault} invalid: it is signed in the future
 */
export function demandSaidByNow({ signedAt }: { signedAt: string }, now: Date): void {
  if (Date.parse(signedAt) > now.getTime() + AHEAD_MS) throw invalid("#/payload/signedAt", "It is in the future.");
}

/** What we keep ourselves: if it is not what was signed, it is used by nobody, and nothing takes its place. */
export async function keptWell<T>(what: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof NotGenuine || error instanceof NotACompliantModule)
      throw new Fault("conflict", `${what} is not what its publisher signed. It is not used. ${error.message}`);
    throw error;
  }
}
