import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { parsed } from "../../shared/http.ts";
import { type HouseApp, needs } from "../../shared/room.ts";
import { ModuleName } from "../contract/manifest.ts";
import { sentEnvelope } from "../refusals.ts";
import { useStore } from "./store.ts";

/** What cities say of the modules that they run. The signature speaks; nobody signs in. */
export function useRoutes(app: HouseApp, house: House): void {
  const store = useStore(house);
  const open = needs("public");

  app.post("/marketplace/v1/uses", open, async (c) => {
    const { created, use } = await store.keep(await sentEnvelope(c));
    return c.json({ ...use, name: use.module, url: `/marketplace/modules/${use.module}` }, created ? 201 : 200);
  });

  app.get("/marketplace/v1/uses", open, async (c) => {
    const { module } = parsed(z.object({ module: ModuleName.optional() }), c.req.query(), "query");
    const uses = await store.list(module);
    // With the envelope, so that anyone can prove who said it.
    return c.json({ uses: uses.map(({ use, city, envelope }) => ({ ...use, city, envelope })) });
  });

  app.post("/marketplace/v1/vouches", open, async (c) => {
    const { created, vouch } = await store.vouch(await sentEnvelope(c));
    return c.json(vouch, created ? 201 : 200);
  });
}
