import { newKey, sealPackage, sealParty } from "../contract/index.ts";
import water from "./aquametric-progressive-water/manifest.ts";
import wolof from "./baat-yi-wolof-words/manifest.ts";
import leaks from "./clairseau-night-leaks/manifest.ts";
import air from "./lab-lagune-air-quality/manifest.ts";
import collections from "./rues-propres-collection-calendar/manifest.ts";
import stalls from "./souk-ouvert-market-stall/manifest.ts";

const EXAMPLES = [
  {
    party: { name: "aquametric", title: "Aquametric", kind: "start-up", contact: "bonjour@aquametric.example" },
    module: water,
  },
  { party: { name: "lab-lagune", title: "Lab Lagune", kind: "lab", contact: "labo@lagune.example" }, module: air },
  {
    party: { name: "clairseau", title: "Clairseau", kind: "start-up", contact: "bonjour@clairseau.example" },
    module: leaks,
  },
  {
    party: { name: "souk-ouvert", title: "Souk ouvert", kind: "start-up", contact: "bonjour@souk-ouvert.example" },
    module: stalls,
  },
  {
    party: { name: "rues-propres", title: "Rues propres", kind: "start-up", contact: "bonjour@rues-propres.example" },
    module: collections,
  },
  { party: { name: "baat-yi", title: "Baat yi", kind: "lab", contact: "baatyi@baat-yi.example" }, module: wolof },
] as const;

/**
 * Publishes the example modules at a demo house, each by its own publisher through the house's API. Their keys are
 * made here and forgotten, so nobody can publish in their names afterwards; a second run finds the names taken.
 *
 * @returns how many are new
 */
export async function publishExamples(houseUrl: string, now: Date): Promise<number> {
  let published = 0;
  for (const { party, module } of EXAMPLES) {
    const key = newKey();
    const send = (path: string, body: unknown) =>
      fetch(`${houseUrl}/marketplace/v1${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    const signedUp = await send("/parties", await sealParty({ ...party, signedAt: now.toISOString() }, key));
    if (signedUp.status === 409) continue;
    const answer = signedUp.ok ? await send("/modules", (await sealPackage(module, key)).envelope) : signedUp;
    if (!answer.ok) throw new Error(`${module.manifest.name}: ${answer.status} ${await answer.text()}`);
    published += 1;
  }
  return published;
}
