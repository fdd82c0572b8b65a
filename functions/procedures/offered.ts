import { canonical, digestOf } from "../../marketplace/contract/canonical.ts";
import { ProcedurePart } from "../../marketplace/contract/procedure.ts";
import { pricesIn } from "../../marketplace/contract/procedure-engine.ts";
import { InstalledParts } from "../../marketplace/installs/events.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { keyOf } from "./events.ts";
import type { Definition } from "./schema.ts";
import { procedureStore } from "./store.ts";

/** What can be begun now, or what keeps it from that. */
export interface Offered {
  definition: Definition;
  digest: string;
  /** A price is not known in this city's money. */
  lacksPrice: boolean;
}

function offered(here: Here, of: Omit<Definition, "prices"> & { set?: Record<string, unknown> | undefined }): Offered {
  const { set, ...rest } = of;
  const prices = pricesIn(of.part, here.city.currency, set);
  const definition: Definition = { ...rest, prices: { ...prices } };
  return { definition, digest: digestOf(canonical(definition)), lacksPrice: prices === undefined };
}

/** The city's own that are open, and those of its modules that serve now. */
export async function allOffered(here: Here): Promise<Offered[]> {
  const own = (await procedureStore(here).allOwn()).filter(({ isOpen }) => isOpen);
  return [
    ...own.map(({ part, revision }) => offered(here, { key: part.id, part, version: String(revision) })),
    ...(await ofModules(here)),
  ];
}

async function ofModules(here: Here): Promise<Offered[]> {
  let parts: Awaited<ReturnType<typeof here.ask<{ kind: string }, InstalledList>>>;
  try {
    parts = await here.ask(InstalledParts, { kind: "procedure" });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // A package that was changed by a stranger serves nobody, and keeps nobody from the city's own procedures.
    here.log.error("procedures of modules cannot be read", { error });
    return [];
  }
  return parts.map(({ module, version, part, config }) => {
    const own = ProcedurePart.parse(part);
    return offered(here, { key: keyOf(module, own.id), part: own, version, module, set: config });
  });
}
type InstalledList = Awaited<ReturnType<(typeof InstalledParts)["answer"]["parseAsync"]>>;

/** One that can be begun. @throws {Fault} absent */
export async function offeredBy(here: Here, key: string): Promise<Offered> {
  const found = (await allOffered(here)).find(({ definition, lacksPrice }) => definition.key === key && !lacksPrice);
  if (!found) throw absent();
  return found;
}
