import { isHook } from "../marketplace/contract/hooks.ts";
import { newKey, publicOf } from "../marketplace/contract/keys.ts";
import { type Module, sealPackage } from "../marketplace/contract/module.ts";
import type { Install } from "../marketplace/installs/schema.ts";
import { agree, step } from "../marketplace/installs/steps.ts";
import { installStore } from "../marketplace/installs/store.ts";
import type { Here } from "../shared/here.ts";
import { newId } from "../shared/ids.ts";
import type { innerHouse } from "./setup/inner.ts";

/** A city in which two persons approved a module and let it run, in shadow or in service. */
export async function letRun(
  inner: Pick<Awaited<ReturnType<typeof innerHouse>>, "newHere" | "house">,
  module: Module,
  state: "shadow" | "active" = "active",
  /** What somebody does before it is let run. */
  first: (here: Here) => Promise<unknown> = async () => {},
) {
  const { here, at } = inner.newHere();
  // It hears what is told from now on.
  at.now = new Date(Date.now() - 60_000);
  const key = newKey();
  const { envelope, digest } = await sealPackage(module, key);
  const store = installStore(here);
  await store.keep(digest, envelope);
  const { name, version } = module.manifest;
  const [createdAt, id] = [at.now.toISOString(), newId("ins", at.now)];
  const trial = { version, triedAt: createdAt, triedBy: "per_a", tariffs: [], proofs: [], resultDigest: digest };
  const settings = { parts: module.parts.map((part) => part.id), declined: [], config: {} };
  const taken: Install = {
    ...{ id, module: name, version, digest, publisher: "Acme", publisherKey: publicOf(key), settings, trial },
    ...{ state: "trial", claims: [], approvals: [], revision: 0, createdAt },
  };
  let install = (await store.create(taken, { what: "taken", by: "per_a" })).install;
  install = await step(here, install, "proposed", "per_a");
  for (const by of ["per_a", "per_b"]) install = await agree(here, install, undefined, by);
  await first(here);
  if (module.parts.some(isHook)) install = await step(here, install, "shadow", "per_a");
  if (state === "active") install = await step(here, install, "active", "per_a");
  // Facts are told by the house's own time: a little after it.
  at.now = new Date(Date.now() + 60_000);
  const listeners = inner.house.listeners.filter((one) => one.name.startsWith("marketplace/"));
  return { here, at, id: install.id, listeners };
}
