import type { z } from "@hono/zod-openapi";
import * as oidc from "openid-client";
import { Fault, invalid } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { readContact } from "../../shared/identity/contacts.ts";
import { findPerson } from "../../shared/identity/persons.ts";
import { isHere, outside } from "../../shared/outside.ts";
import type { Provider } from "./schema.ts";

// question                     key
// the city's own provider      pk PROVIDER        sk PROVIDER      (its client secret is sealed)
// a sign-in that is under way  pk OIDC#<state>    sk OIDC          (10 minutes, used once)

const KEY = { pk: "PROVIDER", sk: "PROVIDER" };
const UNDER_WAY_S = 600;
const SEAL = "oidc-client-secret";

export interface KeptProvider {
  issuer: string;
  clientId: string;
}

export async function provider(here: Here): Promise<KeptProvider | undefined> {
  const item = await here.table.get(KEY);
  return item && { issuer: item["issuer"] as string, clientId: item["clientId"] as string };
}

/** Keeps the city's provider once its discovery document was read. @throws {Fault} invalid */
export async function setProvider(
  here: Here,
  { issuer, clientId, clientSecret }: z.infer<typeof Provider>,
): Promise<void> {
  if (new URL(issuer).protocol !== "https:" && !mayBePlain(here, issuer))
    throw invalid("#/issuer", "The issuer's address must begin with https.");
  await discover(here, issuer, clientId, clientSecret).catch(() => {
    throw invalid("#/issuer", "No OpenID Connect provider answers at this address.");
  });
  const sealed = await here.secrets.seal(SEAL, Buffer.from(clientSecret));
  await here.table.put({ ...KEY, issuer, clientId, sealed });
}

/** Starts a sign-in. @returns where to send the browser, and the state that this same browser must bring back */
export async function startSignIn(
  here: Here,
  redirectUri: string,
  next: string,
): Promise<{ address: URL; state: string; livesS: number }> {
  const config = await configuration(here);
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const expiresAt = Math.floor(here.clock.now().getTime() / 1000) + UNDER_WAY_S;
  await here.table.put({ pk: `OIDC#${state}`, sk: "OIDC", verifier, nonce, next, expiresAt });
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: "openid email",
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { address, state, livesS: UNDER_WAY_S };
}

/**
 * Ends a sign-in. @returns the e-mail address that the provider has verified, and where the visitor wanted to go
 * @throws {Fault} unauthenticated: not one that this browser started here, used before, run out, or refused
 */
export async function finishSignIn(
  here: Here,
  answered: URL,
  broughtState: string | undefined,
): Promise<{ contact: string; next: string }> {
  const refused = new Fault("unauthenticated", "The sign-in by the city's provider did not succeed. Start again.");
  const state = answered.searchParams.get("state") ?? "";
  const key = { pk: `OIDC#${state}`, sk: "OIDC" };
  // A link with somebody else's finished sign-in must not sign this browser in as them.
  const started = state !== "" && state === broughtState ? await here.table.get(key) : undefined;
  if (!started || (started.expiresAt ?? 0) * 1000 <= here.clock.now().getTime()) throw refused;
  await here.table.transact([{ delete: key, if: "present" }]).catch(() => {
    throw refused;
  });
  const config = await configuration(here);
  const claims = await (async () => {
    const tokens = await oidc.authorizationCodeGrant(config, answered, {
      pkceCodeVerifier: started["verifier"] as string,
      expectedState: state,
      expectedNonce: started["nonce"] as string,
      idTokenExpected: true,
    });
    const told = tokens.claims();
    if (!told || told["email"] !== undefined) return told;
    // A strict provider tells the address only to whoever asks for it.
    return oidc.fetchUserInfo(config, tokens.access_token, told.sub);
  })().catch((error: Error) => {
    here.log.warn("the city's provider refused", { error });
    throw refused;
  });
  if (!claims || typeof claims["email"] !== "string" || claims["email_verified"] !== true) throw refused;
  return { contact: readContact(claims["email"], here.city.country), next: started["next"] as string };
}

/** Has whoever reads this contact been given a role by the city? The provider signs in staff, nobody else. */
export async function isStaff(here: Here, contact: string): Promise<boolean> {
  const claim = await here.table.get({ pk: `CONTACT#${contact}`, sk: "CONTACT" });
  const person = claim && (await findPerson(here.table, claim["personId"] as string));
  return person?.roles.some((role) => role !== "resident") ?? false;
}

async function configuration(here: Here): Promise<oidc.Configuration> {
  const item = await here.table.get(KEY);
  if (!item) throw new Fault("absent", "There is nothing at this address.");
  const secret = Buffer.from(await here.secrets.open(SEAL, item["sealed"] as Uint8Array)).toString();
  return discover(here, item["issuer"] as string, item["clientId"] as string, secret);
}

function discover(here: Here, issuer: string, clientId: string, secret: string): Promise<oidc.Configuration> {
  const mayBeHere = mayBePlain(here, issuer);
  return oidc.discovery(new URL(issuer), clientId, secret, undefined, {
    timeout: 5,
    execute: mayBeHere ? [oidc.allowInsecureRequests] : [],
    // What a city enters, and what the discovery document then names, must not lead into the house's own network.
    [oidc.customFetch]: outside({ mayBeHere, timeoutMs: 5_000 }) as oidc.CustomFetch,
  });
}

/** A provider for trying things out: on this machine, for a synthetic city. */
const mayBePlain = (here: Here, issuer: string): boolean => here.city.isSynthetic && isHere(new URL(issuer));
