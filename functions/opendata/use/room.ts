import type { RoomPart } from "../../../shared/room.ts";
import { DESK, deskPages, waitingAtDesk } from "../desk.tsx";
import { keyPages } from "../keys/pages.tsx";
import { keyRoutes } from "../keys/routes.ts";
import { keyItems } from "../keys/store.ts";
import { requestPages } from "../requests/pages.tsx";
import { requestRoutes } from "../requests/routes.ts";
import { requestItems } from "../requests/store.ts";
import { reusePages } from "../reuses/pages.tsx";
import { reuseRoutes } from "../reuses/routes.ts";
import { reuseBlobs, reuseItems } from "../reuses/store.ts";
import { meterRoutes } from "./metering.ts";
import { publishingUse } from "./publishing.ts";

/** Who uses what is published: keys and how much each used, what is asked for, what was made of it. */
export const use: RoomPart = {
  routes: (app) => {
    // First: it sees what comes after it.
    meterRoutes(app);
    keyRoutes(app);
    keyPages(app);
    requestRoutes(app);
    requestPages(app);
    reuseRoutes(app);
    reusePages(app);
    deskPages(app);
  },
  collections: { "data-keys": keyItems, "data-requests": requestItems, reuses: reuseItems },
  tasks: [publishingUse],
  leaves: {
    USE: "what of the running day is not published yet; the days before are a dataset",
    "KEYUSE#": "how much a key used is its owner's to see here; the new house counts anew",
    "DATAVOTE#": "that somebody voted is forgotten after a day",
  },
  blobs: reuseBlobs,
  waits: { roles: [...DESK], run: waitingAtDesk },
};
