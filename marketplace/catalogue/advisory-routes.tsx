import type { House } from "../../shared/compose.ts";
import { absent } from "../../shared/errors.ts";
import { Id } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { ADVISORIES_KEY, advisoryKey } from "../contract/advisory.ts";
import { Digest } from "../contract/canonical.ts";
import { sentEnvelope } from "../refusals.ts";
import { advisoryStore } from "./advisories.ts";
import { advisoryTexts } from "./advisory-texts.ts";
import { AdvisoriesPage } from "./advisory-views.tsx";
import { catalogueTexts } from "./texts.ts";

/** What parties warn of. The signature speaks; nobody signs in. */
export function advisoryRoutes(app: HouseApp, house: House): void {
  const store = advisoryStore(house);
  const open = needs("public");

  app.post("/marketplace/v1/advisories", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const signed = await store.signed(envelope);
    const { created } = await store.publish(signed, envelope);
    // The cities look while the answer is on its way: it does not wait for them.
    void house.marketChanged();
    return c.json({ ...signed.advisory, digest: signed.digest }, created ? 201 : 200);
  });

  app.get("/marketplace/v1/advisories", open, async (c) => {
    const module = c.req.query("module");
    const advisories = (await store.all()).filter(({ advisory }) => module === undefined || advisory.module === module);
    return c.json({ advisories: advisories.map(({ advisory, digest }) => ({ ...advisory, digest })) });
  });

  app.get("/marketplace/v1/advisories/:id", open, async (c) => {
    const id = c.req.param("id");
    const digest = id.replace(/\.json$/, "").replace("-", ":");
    if (Digest.safeParse(digest).success) return file(c, advisoryKey(digest), "public, max-age=31536000, immutable");
    if (!Id("adv").safeParse(id).success) throw absent();
    const found = await store.get(id);
    return c.json({ ...found.advisory, digest: found.digest });
  });

  const file = async (
    c: { body(bytes: Uint8Array<ArrayBuffer>, status: 200, headers: Record<string, string>): Response },
    key: string,
    cached: string,
  ) => {
    const bytes = await store.file(key);
    if (!bytes) throw absent();
    return c.body(new Uint8Array(bytes), 200, { "Content-Type": "application/json", "Cache-Control": cached });
  };
  app.get("/marketplace/v1/advisories.json", open, (c) => file(c, ADVISORIES_KEY, "public, max-age=10"));

  app.get("/marketplace/advisories", open, async (c) => {
    const { lang } = c.var;
    const t = advisoryTexts.in(lang);
    const advisories = (await store.all()).map(({ advisory }) => advisory);
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs: [[catalogueTexts.in(lang)("title"), "/marketplace"]], wide: true },
      <AdvisoriesPage {...{ lang, advisories }} />,
    );
  });
}
