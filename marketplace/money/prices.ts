import type { Here } from "../../shared/here.ts";
import { latestOf } from "../catalogue/domain.ts";
import { amountOf, type Price } from "../contract/price.ts";
import { priceSays } from "../contract/price-says.ts";
import type { Words } from "../contract/words.ts";
import { offered, readMarket } from "../installs/market.ts";
import { installStore } from "../installs/store.ts";
import { termsOf } from "./counting.ts";
import type { Agreement } from "./schema.ts";
import { moneyStore } from "./store.ts";

/** What a version of a module that the city has taken would cost it, and whether it agreed. */
export interface Priced {
  module: string;
  title: Words;
  version: string;
  price: Price;
  says: string[];
  amountMinor?: number | undefined;
  agreement?: Agreement | undefined;
}

/** All prices of what the city has taken: of the version it has, and of the marketplace's latest where that is another. */
export async function pricesOf(here: Here, lang: "en" | "fr" | "ar"): Promise<Priced[]> {
  const store = moneyStore(here);
  const installs = installStore(here);
  const [all, { population = 1 }, market] = await Promise.all([
    installs.list(),
    store.terms(),
    readMarket(here).catch(() => undefined),
  ]);
  const found: Priced[] = [];
  for (const install of all) {
    const { module: name, version } = install;
    // What was changed after it was signed costs nothing, because it is not used.
    const versions = [await installs.opened(install).catch(() => undefined)];
    const latest = latestOf((market?.modules ?? []).filter((one) => one.name === name));
    if (latest?.price && latest.version !== version)
      versions.push(await offered(here, name, latest.version, install.publisherKey).catch(() => undefined));
    const seen = new Set<string>();
    for (const opened of versions) {
      const terms = opened && termsOf(opened.module);
      if (!opened || terms === undefined || seen.has(terms)) continue;
      seen.add(terms);
      const { title, version: own, price } = opened.module.manifest;
      found.push({
        ...{ module: name, title, version: own, price: price! },
        says: priceSays(price, lang, here.city.currency),
        amountMinor: amountOf(price!, here.city.currency, population),
        agreement: await store.agreement(install.id, terms),
      });
    }
  }
  return found;
}
