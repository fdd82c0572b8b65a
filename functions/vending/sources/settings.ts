import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import { isOutside } from "../../../shared/outside.ts";
import { startingCodeOf } from "./openpaygo/code.ts";
import type { KnownDevice } from "./openpaygo/source.ts";

// question                                 key
// which vending server has the city?        pk VENDING_SOURCES   sk STS                 (sealed)
// which key has this OpenPAYGO device?      pk VENDING_SOURCES   sk DEVICE#<number>     (sealed)

const PK = "VENDING_SOURCES";
/** Beside the accounts of payments: only the functions that handle money can open it. */
const SEAL = "payments.vending";

const Pem = z.string().max(10_000);

/** The city's account at a vending server that speaks XMLVend 2.1, as its operator gave it. */
export const StsServer = z
  .strictObject({
    url: z.url({ protocol: /^https$/ }).max(300),
    /** The 13 digits (EAN) of the client and of its terminal, or the names that the server's operator gave them. */
    clientId: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "13 digits, or a short name"),
    terminalId: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "13 digits, or a short name"),
    operator: z.string().min(1).max(60),
    password: z.string().min(1).max(120),
    /** Where the server asks who calls. */
    certificate: Pem.refine(isCertificate, "a certificate in PEM").optional(),
    privateKey: Pem.refine(isPrivateKey, "a private key in PEM, without a password").optional(),
  })
  .refine(({ certificate, privateKey }) => (certificate === undefined) === (privateKey === undefined), {
    path: ["privateKey"],
    message: "A certificate and its key go together.",
  });
export type StsServer = z.infer<typeof StsServer>;

/** What the maker of an OpenPAYGO device tells of it. */
export const DeviceKey = z.strictObject({
  /** 16 bytes. */
  secretKey: z.string().regex(/^[0-9a-fA-F]{32}$/, "32 hexadecimal digits"),
  /** Where the maker gave it one of its own. */
  startingCode: z.int().min(1).max(999_999_999).optional(),
  /** It takes tokens of twelve digits too. */
  takesLong: z.boolean().default(false),
});
export type DeviceKey = z.infer<typeof DeviceKey>;

/** The city's vending server from now on. @throws {Fault} invalid: in a city whose people do not exist */
export async function keepStsServer(here: Here, server: StsServer): Promise<void> {
  if (here.city.isSynthetic) throw invalid("#/url", "A synthetic city has the house's own stand-in, and no other.");
  if (!isOutside(new URL(server.url))) throw invalid("#/url", "A public address with https is needed.");
  await here.table.put({ pk: PK, sk: "STS", sealed: await sealed(here, server) });
}

export const stsServerOf = async (here: Here): Promise<StsServer | undefined> => {
  const kept = await opened(here, "STS");
  return kept === undefined ? undefined : StsServer.parse(kept);
};

/** @throws {Fault} invalid: in a synthetic city, whose devices have keys that are made up */
export async function keepDeviceKey(here: Here, number: string, key: DeviceKey): Promise<void> {
  if (here.city.isSynthetic) throw invalid("#/secretKey", "A synthetic city's devices have keys that are made up.");
  await here.table.put({ pk: PK, sk: `DEVICE#${number}`, sealed: await sealed(here, key) });
}

export async function deviceOf(here: Here, number: string): Promise<KnownDevice | undefined> {
  const kept = here.city.isSynthetic ? await madeUpKey(here, number) : await opened(here, `DEVICE#${number}`);
  if (kept === undefined) return undefined;
  const { secretKey, startingCode, takesLong } = DeviceKey.parse(kept);
  const key = Buffer.from(secretKey, "hex");
  return { key, startingCode: startingCode ?? startingCodeOf(key), takesLong, isTest: here.city.isSynthetic };
}

/** 16 bytes of a synthetic city's own secret. */
export async function madeUpKey(here: Here, number: string): Promise<DeviceKey> {
  const bytes = await here.secrets.hmac(SEAL, `device ${number}`);
  return { secretKey: Buffer.from(bytes.subarray(0, 16)).toString("hex"), takesLong: true };
}

const sealed = (here: Here, settings: unknown): Promise<Uint8Array> =>
  here.secrets.seal(SEAL, new TextEncoder().encode(JSON.stringify(settings)));

async function opened(here: Here, sk: string): Promise<unknown> {
  const item = await here.table.get({ pk: PK, sk });
  if (!item) return undefined;
  return JSON.parse(new TextDecoder().decode(await here.secrets.open(SEAL, item["sealed"] as Uint8Array)));
}

/** The password of a synthetic city at the stand-in: nobody else's requests are answered under its name. */
export const standInPassword = async (here: Here): Promise<string> =>
  Buffer.from(await here.secrets.hmac(SEAL, `stand-in ${here.city.slug}`)).toString("hex");

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}
