import { absent, absentIsNone, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import type { Base } from "../contract/based-on.ts";
import { publisherOf } from "../contract/manifest.ts";
import type { Module } from "../contract/module.ts";
import { offered } from "../installs/market.ts";
import { refused } from "../installs/refusals.ts";
import type { Install } from "../installs/schema.ts";
import { installStore } from "../installs/store.ts";
import { termsOf } from "./counting.ts";
import { type Based, LEVELS, priceIn, weightsOf } from "./domain.ts";
import type { Agreement } from "./schema.ts";
import { sponsoredBy } from "./sponsors.ts";
import { moneyStore } from "./store.ts";

/** What the city would agree to: what a version costs here, and who gets it. */
export async function termsFor(here: Here, module: string, version: string | undefined) {
  const installs = installStore(here);
  const install = await installs.find(module);
  if (!install) throw absent();
  const isOwn = version === undefined || version === install.version;
  const opened = isOwn ? await installs.opened(install) : await offered(here, module, version, install.publisherKey);
  return { install, opened };
}

/**
 * A treasurer's word on exactly this price. The first stands for all versions that cost the same.
 * @throws {Fault} absent: the city has not taken this module; conflict: it is free; invalid: it cannot be bought here
 */
export async function agreePrice(
  here: Here,
  { module: name, version }: { module: string; version?: string | undefined },
  by: string,
): Promise<{ created: boolean; agreement: Agreement }> {
  const store = moneyStore(here);
  const { install, opened } = await termsFor(here, name, version);
  const { manifest } = opened.module;
  const { price, title } = manifest;
  if (!price) throw new Fault("conflict", "It is free: there is no price to agree to.");
  priceIn(price, here.city.currency, await store.terms());
  const sponsored = price.sponsor === undefined ? {} : await sponsoredBy(here, name, price.sponsor);
  const based = await basedOn(here, manifest.isBasedOn ?? [], LEVELS);
  return store.agree({
    ...{ installId: install.id, module: name, title, version: manifest.version, price },
    terms: termsOf(opened.module)!,
    weights: weightsOf(name, price, based, here.settings.HANSA_MODULE_FEE_BASIS_POINTS),
    ...sponsored,
    at: here.clock.now().toISOString(),
    by,
  });
}

/** Nothing that costs something comes into service before its price was agreed to. @throws {Fault} forbidden_transition */
export async function demandPriceAgreed(here: Here, { id }: Pick<Install, "id">, module: Module): Promise<void> {
  const terms = termsOf(module);
  if (terms === undefined || (await moneyStore(here).agreement(id, terms))) return;
  const { name, version } = module.manifest;
  throw refused("price", { module: `${name} ${version}`, page: here.url("/staff/module-money") });
}

/** What a module gives on to, as the marketplace has it: each version names what it is based on itself. */
async function basedOn(here: Here, bases: readonly Base[], levels: number): Promise<Based[]> {
  if (levels === 0) return [];
  const paid = bases.filter(({ basisPoints }) => basisPoints > 0);
  return Promise.all(
    paid.map(async ({ module: name, version, digest, basisPoints }) => {
      const opened = await offered(here, name, version).catch(absentIsNone);
      if (opened?.digest !== digest)
        throw new Fault(
          "conflict",
          `It gives a share to ${name} ${version}, which the marketplace does not have so. Its price cannot be agreed to.`,
        );
      const on = await basedOn(here, opened.module.manifest.isBasedOn ?? [], levels - 1);
      return { party: publisherOf(name), basisPoints, on };
    }),
  );
}
