import type { RoomPart } from "../../../shared/room.ts";
import { uploadRoutes } from "../uploads/routes.ts";
import { discardingUploads } from "../uploads/store.ts";
import { draftPages } from "./pages.tsx";
import { draftRoutes } from "./routes.ts";
import { forgetting, reading } from "./running.ts";

/** Files that come in, and what is about to be made public of them. */
export const drafts: RoomPart = {
  routes: (app) => {
    uploadRoutes(app);
    draftRoutes(app);
    draftPages(app);
  },
  tasks: [reading, forgetting, discardingUploads],
  leaves: {
    "DRAFT#": "what nobody has published within a day is gone",
    "UPLOAD#": "a file that was sent goes after a day; what was published of it stays",
  },
  // The form that brings a file of data.
  streams: ["/staff/data"],
};
