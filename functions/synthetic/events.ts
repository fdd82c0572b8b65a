/** What other rooms may use of this one: it has no data and no routes, only the making of cities that do not exist. */
export {
  type CitySeed,
  type Hour,
  isInside,
  type Kind,
  type Place,
  type SyntheticHousehold,
  syntheticCity,
  syntheticCsv,
  syntheticPlaces,
  syntheticPlacesInside,
  syntheticUsage,
} from "./domain.ts";
export { syntheticRolls } from "./rolls.ts";
