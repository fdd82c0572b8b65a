import type { z } from "zod";
import type { Here } from "../../../shared/here.ts";
import type { PeopleInOpenData } from "../events.ts";
import { catalogue } from "../store.ts";
import { peopleRule } from "./rule.ts";

/** What the city does for the people that its datasets are about, as it stands in their latest versions. */
export async function promisesToPeople(here: Here): Promise<z.infer<(typeof PeopleInOpenData)["answer"]>> {
  const [{ k }, datasets] = await Promise.all([peopleRule(here), catalogue(here)]);
  return {
    k,
    datasets: datasets.flatMap(({ slug, card, latest: { protection, publishedAt } }) =>
      protection
        ? [
            {
              ...{ slug, title: card.title, publishedAt, k: protection.k },
              ...{ rowsWithheld: protection.rowsWithheld, cellsWithheld: protection.cellsWithheld },
              columns: protection.generalised.map(({ column }) => column),
            },
          ]
        : [],
    ),
  };
}
