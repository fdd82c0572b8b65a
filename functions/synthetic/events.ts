/** What other rooms may use of this one: it has no data and no routes, only the making of cities that do not exist. */
export {
  type CitySeed,
  type Hour,
  type Kind,
  type SyntheticHousehold,
  syntheticCity,
  syntheticCsv,
  syntheticPlaces,
  syntheticUsage,
} from "./domain.ts";
