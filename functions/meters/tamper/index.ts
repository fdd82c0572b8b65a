import { type Answer, answer } from "../../../shared/room.ts";
import { TamperedMeters } from "../events.ts";
import { tampersOf } from "./store.ts";

export { tamperRoutes } from "./routes.ts";

export const tamperAnswers: readonly Answer[] = [
  answer(TamperedMeters, async (here, { meterIds, from, to }) => {
    const told = await Promise.all(meterIds.map((id) => tampersOf(here, id, from, to)));
    return meterIds.filter((_, i) => told[i]!.length > 0);
  }),
];
