import { cityRoom } from "../../shared/room.ts";
import { collectionReactions } from "./reactions.ts";
import { collectionStore } from "./store.ts";

/** Getting in what is due: arrears, stages, reminders with their yield, and the treasurer's figures. */
export const collection = cityRoom("collection", {
  reactions: collectionReactions,
  collections: { collection: (here) => collectionStore(here).items() },
});
