import { answer, type RoomPart } from "../../../shared/room.ts";
import { DatasetRows, PublishedRows } from "../events.ts";
import { datasetRows, publishedRows } from "./filling.ts";
import { modulePages } from "./pages.tsx";

/** What modules show of what is published, and the rows that they ask for. */
export const modulesShown: RoomPart = {
  routes: modulePages,
  answers: [answer(PublishedRows, publishedRows), answer(DatasetRows, datasetRows)],
};
