import type { Here } from "../here.ts";
import { personKey, personOf, staffNameOf } from "./persons.ts";

/** Who of the city's staff did something, on a page for staff: by name, and whatever else did it as it is called. */
export async function StaffName({ here, id = "" }: { here: Here; id: string | undefined }) {
  const item = id.startsWith("per_") ? await here.table.getStanding(personKey(id)) : undefined;
  const name = item && staffNameOf(personOf(item));
  return name === undefined ? <code>{id}</code> : <bdi>{name}</bdi>;
}
