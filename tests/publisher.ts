import { newKey, type PrivateKey } from "../marketplace/contract/keys.ts";
import { defineModule, type ModuleInput, type SealedPackage, sealPackage } from "../marketplace/contract/module.ts";
import { sealParty } from "../marketplace/contract/party.ts";
import { target } from "./city.ts";

/** A party with a key of its own, signed up at the house. */
export interface TestPublisher {
  name: string;
  key: PrivateKey;
  /** A water tariff of one price, and a text. */
  module(version: string, price: string, more?: Partial<ModuleInput["manifest"]>): ModuleInput;
  seal(module: ModuleInput): Promise<SealedPackage>;
  publish(module: ModuleInput): Promise<{ status: number; digest: string; answer: Record<string, unknown> }>;
}

let counter = 0;

export const market = {
  get: (path: string) => fetch(`${target.url}/marketplace/v1${path}`),
  post: (path: string, body: unknown) =>
    fetch(`${target.url}/marketplace/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
};

export async function newPublisher(currency = "EUR", now = new Date()): Promise<TestPublisher> {
  const name = `p${process.pid.toString(36)}${Date.now().toString(36)}${(counter++).toString(36)}`;
  const key = newKey();
  const profile = { name, title: `Publisher ${name}`, kind: "start-up", contact: `hello@${name}.example` } as const;
  const made = await market.post("/parties", await sealParty({ ...profile, signedAt: now.toISOString() }, key));
  if (made.status !== 201) throw new Error(`no party: ${made.status} ${await made.text()}`);
  const seal = (module: ModuleInput) => sealPackage(defineModule(module), key);
  return {
    name,
    key,
    seal,
    module: (version, price, more = {}) => ({
      manifest: {
        contract: 1,
        name: `${name}/fair-water`,
        version,
        title: { en: "Fair water", fr: "Eau juste", ar: "ماء عادل" },
        summary: { en: "One price for water.", fr: "Un prix pour l’eau.", ar: "سعر واحد للماء." },
        licence: "CC-BY-4.0",
        ...more,
      },
      parts: [
        {
          kind: "tariff",
          id: "tariff",
          tariff: {
            names: { en: `Water at ${price}`, fr: `Eau à ${price}` },
            kind: "water",
            currency: currency as "EUR",
            bands: [{ price }],
          },
        },
        {
          kind: "texts",
          id: "how-to-read",
          use: "easy_read",
          title: { en: "Your bill", fr: "Votre facture" },
          body: { en: "Litres times price.", fr: "Litres fois prix." },
        },
      ],
    }),
    async publish(module) {
      const { envelope, digest } = await seal(module);
      const answer = await market.post("/modules", envelope);
      return { status: answer.status, digest, answer: (await answer.json()) as Record<string, unknown> };
    },
  };
}
