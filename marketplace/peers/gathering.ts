import { TariffInUse } from "../../functions/billing/events.ts";
import { OwnDatasets } from "../../functions/opendata/events.ts";
import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { isHook } from "../contract/hooks.ts";
import { Part } from "../contract/parts.ts";
import { titleOf } from "../contract/says.ts";
import { InstalledParts } from "../installs/events.ts";
import type { Candidate } from "./schema.ts";

// What serves in the city and another city could use: its own tariffs and datasets, and the parts of modules that are
// in service, as the city has set them.

export interface Found {
  candidate: Candidate;
  part: Part;
}

const KINDS = ["electricity", "water", "gas"] as const;

export async function gathered(here: Here, lang: string): Promise<Found[]> {
  const installed = await here.ask(InstalledParts, {});
  const found = installed.map(({ module, version, digest, part, config }): Found => {
    const own = asSet(Part.parse(part), config ?? {}, here.city.currency);
    return { candidate: candidateOf(`${module}/${own.id}`, own, lang, { module, version, digest }), part: own };
  });
  for (const kind of KINDS) {
    const { tariff } = await here.ask(TariffInUse, { kind });
    // A module's tariff in force comes with its module.
    const isModules = found.some(({ part }) => part.kind === "tariff" && part.tariff.kind === kind);
    if (!tariff || isModules) continue;
    const part = Part.parse({ kind: "tariff", id: `tariff-${kind}`, tariff });
    found.push({ candidate: candidateOf(`own/${part.id}`, part, lang), part });
  }
  for (const dataset of await here.ask(OwnDatasets, {})) {
    const part = Part.parse(dataset);
    found.push({ candidate: candidateOf(`own/${part.id}`, part, lang), part });
  }
  return found;
}

const candidateOf = (id: string, part: Part, lang: string, from?: Candidate["from"]): Candidate => ({
  id,
  kind: part.kind,
  title: titleOf(part, lang),
  ...(from ? { from } : {}),
});

/** A part with what the city decided about it: its settings and its prices are the module's own from now on. */
export function asSet(part: Part, config: Readonly<Record<string, unknown>>, currency: string): Part {
  if (Object.keys(config).length === 0) return part;
  const set = (name: string) => (Object.hasOwn(config, name) ? config[name] : undefined);
  if (part.kind === "procedure")
    return {
      ...part,
      prices: part.prices.map((price) => {
        const own = set(price.name);
        return typeof own === "number" ? { ...price, amounts: { ...price.amounts, [currency]: own } } : price;
      }),
    };
  if (!isHook(part)) return part;
  return {
    ...part,
    config: part.config.map((setting) => ({ ...setting, value: (set(setting.name) as string) ?? setting.value })),
  };
}

/** Those that were chosen, in that order. @throws {Fault} invalid: not there, or two of one name */
export function chosen(found: readonly Found[], ids: readonly string[]): Found[] {
  const picked = ids.map((id) => found.find(({ candidate }) => candidate.id === id));
  const errors = picked.flatMap((one, i) => {
    const pointer = `#/parts/${i}`;
    if (!one) return [{ pointer, detail: `Nothing that serves here is called ${ids[i]}.` }];
    const twin = picked.findIndex((other) => other?.part.id === one.part.id);
    return twin < i
      ? [{ pointer, detail: `${ids[twin]} has the same name in a module, ${one.part.id}. Choose one of them.` }]
      : [];
  });
  if (errors.length > 0) throw new Fault("invalid", errors[0]!.detail, { errors });
  return picked as Found[];
}
