import { random } from "./random.ts";

export interface RollSeed {
  seed: string;
  /** Numbers of accounts, one parcel for each; the first half have a stall too. */
  accounts: readonly string[];
  zones: readonly string[];
  uses: readonly string[];
  market: string;
  /** Of stalls. */
  categories: readonly string[];
  /** Since when they are on the roll. */
  from: string;
}

/**
 * Parcels and stalls that do not exist, as the files that a city's office would send.
 * The same seed gives the same files everywhere, for ever.
 */
export function syntheticRolls({ seed, accounts, zones, uses, market, categories, from }: RollSeed) {
  const parcels = accounts.map((account, i) => {
    const chance = random(`${seed}/parcel/${i}`);
    const area = `${chance.whole(60, 900)},${chance.whole(0, 9)}`;
    return [`P-${1001 + i}`, account, chance.pick(zones), chance.pick(uses), area, from].join(";");
  });
  const stalls = accounts.slice(0, Math.ceil(accounts.length / 2)).map((account, i) => {
    const chance = random(`${seed}/stall/${i}`);
    return [`S-${101 + i}`, account, market, chance.pick(categories), chance.whole(2, 12), from].join(";");
  });
  return {
    parcels: `${["number;account;zone;use;area m2;valid from", ...parcels].join("\n")}\n`,
    stalls: `${["number;account;market;category;area m2;valid from", ...stalls].join("\n")}\n`,
  };
}
