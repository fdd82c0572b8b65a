import { cityRoom } from "../../shared/room.ts";
import { does } from "../../shared/tasks.ts";
import { RunCampaign, runCampaign } from "./campaigns.ts";
import { collectionReactions } from "./reactions.ts";
import { collectionStore } from "./store.ts";

/** Getting in what is due: arrears, stages, reminders with their yield, and the treasurer's figures. */
export const collection = cityRoom("collection", {
  reactions: collectionReactions,
  tasks: [does(RunCampaign, runCampaign)],
  collections: { collection: (here) => collectionStore(here).items() },
});
