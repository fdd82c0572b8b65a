import type { Here } from "../../../shared/here.ts";
import type { CityApp } from "../../../shared/room.ts";
import type { Item } from "../../../shared/table.ts";
import { does, type Tasker } from "../../../shared/tasks.ts";
import { handApi } from "./api.ts";
import { handPages } from "./pages.tsx";
import { RemovePhoto, removePhoto } from "./reading.ts";
import { SmsReply, smsReplied } from "./sms.ts";
import { handStore } from "./store.ts";

export { handLeaves } from "./store.ts";

/** Readings that people take: what the room mounts of them. */
export function handRoutes(app: CityApp): void {
  handApi(app);
  handPages(app);
}
export const handTasks: readonly Tasker[] = [does(SmsReply, smsReplied), does(RemovePhoto, removePhoto)];
export const handCollections = { hand: (here: Here): AsyncIterable<Item> => handStore(here).all() };
