import { answer, type RoomPart } from "../../../shared/room.ts";
import { PeopleInOpenData } from "../events.ts";
import { peoplePages } from "./pages.tsx";
import { promisesToPeople } from "./promises.ts";
import { peopleRoutes, ruleItems } from "./rule.ts";

/** How people whom data are about are protected before anything is released. */
export const people: RoomPart = {
  routes: (app) => {
    peopleRoutes(app);
    peoplePages(app);
  },
  collections: { "people-rule": ruleItems },
  answers: [answer(PeopleInOpenData, promisesToPeople)],
};
