import type { Context } from "hono";
import { fieldMistakes, form, givenIn, originOf } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { commonOf } from "../showing.ts";
import { OWNERS, ownerOf } from "./routes.ts";
import { NewDataKey } from "./schema.ts";
import { getKey, keysOf, makeKey, revokeKey, useOfKey } from "./store.ts";
import { keyTexts } from "./texts.ts";
import { KeyPage, KeysPage } from "./views.tsx";

type C = Context<CityEnv>;
const DAYS_SHOWN = 30;

/** Where whoever has signed in takes keys for open data, and sees how they are used. */
export function keyPages(app: CityApp): void {
  const crumbs = (c: C) => [[commonOf(c).t("title"), c.var.here.url("/data")]] as const;

  const keysPage = async (
    c: C,
    more: { secret?: string; value?: Record<string, string>; errors?: { field: string; detail: string }[] } = {},
  ) => {
    const t = keyTexts.in(c.var.lang);
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs: crumbs(c), status: more.errors ? 422 : 200 },
      <KeysPage
        {...commonOf(c)}
        keys={await keysOf(c.var.here, ownerOf(c))}
        at={originOf(c) + c.var.here.url("")}
        {...more}
      />,
    );
  };
  app.get("/data-keys", needs(...OWNERS), (c) => keysPage(c));
  app.post("/data-keys", needs(...OWNERS), async (c) => {
    try {
      const { name } = await form(c, NewDataKey);
      const { secret } = await makeKey(c.var.here, ownerOf(c), name);
      return keysPage(c, { secret });
    } catch (error) {
      return keysPage(c, { value: await givenIn(c), errors: fieldMistakes(error) });
    }
  });
  app.get("/data-keys/:id", needs(...OWNERS), async (c) => {
    const t = keyTexts.in(c.var.lang);
    const key = await getKey(c.var.here, ownerOf(c), c.req.param("id"));
    return page(
      c,
      { title: key.name, lead: t("useLead"), crumbs: [...crumbs(c), [t("title"), c.var.here.url("/data-keys")]] },
      <KeyPage {...commonOf(c)} of={key} use={await useOfKey(c.var.here, key.id, DAYS_SHOWN)} />,
    );
  });
  app.post("/data-keys/:id/revoke", needs(...OWNERS), async (c) => {
    await revokeKey(c.var.here, ownerOf(c), c.req.param("id"));
    return c.redirect(c.var.here.url("/data-keys"), 303);
  });
}
