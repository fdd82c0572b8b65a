import type { Context } from "hono";
import { absent } from "../../../shared/errors.ts";
import { fieldMistakes, givenIn, parsed, sentForm } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type Photo, photoOf } from "../../../shared/photo.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { admits } from "../../../shared/who.ts";
import { publishers } from "../schema.ts";
import { demandRoom } from "../sending.ts";
import { commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { NewReuse } from "./schema.ts";
import { findReuse, pictureBytes, reuses, sendReuse } from "./store.ts";
import { reuseTexts } from "./texts.ts";
import { ReusesPage } from "./views.tsx";

type C = Context<CityEnv>;
const AT = "/data-reuses";
const A_PAGE = 12;
const PICTURE_MB = 1;

/** What people have made of the data, and where they tell of it. */
export function reusePages(app: CityApp): void {
  const reusesPage = async (
    c: C,
    more: { value?: Record<string, string>; errors?: { field: string; detail: string }[] } = {},
  ) => {
    const t = reuseTexts.in(c.var.lang);
    const { reuses: shown, next } = await reuses(c.var.here, "SHOWN", { limit: A_PAGE, cursor: c.req.query("cursor") });
    const datasets = (await catalogue(c.var.here)).map(({ slug, card }) => [slug, card.title] as const);
    return page(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        crumbs: [[commonOf(c).t("title"), c.var.here.url("/data")]],
        status: more.errors ? 422 : 200,
      },
      <ReusesPage
        {...commonOf(c)}
        {...{ datasets, next }}
        reuses={shown}
        isSent={c.req.query("sent") === "1"}
        value={{ datasets: c.req.query("dataset") ?? "" }}
        {...more}
      />,
    );
  };

  app.get(AT, needs("public"), (c) => reusesPage(c));
  app.post(AT, needs("public"), (c) =>
    sentForm(
      c,
      async () => {
        const { given, picture } = await sentIn(c);
        await demandRoom(c, "REUSE");
        await sendReuse(c.var.here, given, picture);
      },
      `${AT}?sent=1`,
      async (error) => reusesPage(c, { value: await givenIn(c), errors: fieldMistakes(error) }),
    ),
  );
  app.get(`${AT}/:id/picture`, needs("public"), async (c) => {
    const reuse = await findReuse(c.var.here, c.req.param("id"));
    const isTheirs = reuse?.isShown || admits(publishers, c.var.who);
    if (!reuse?.pictureType || !isTheirs) throw absent();
    const bytes = await pictureBytes(c.var.here, reuse);
    return c.body(new Uint8Array(bytes), 200, {
      "Content-Type": reuse.pictureType,
      "Cache-Control": reuse.isShown ? "public, max-age=86400" : "private, no-store",
    });
  });
}

/** @throws {Fault} invalid, with the field */
async function sentIn(c: C): Promise<{ given: NewReuse; picture: Photo | undefined }> {
  const { csrf: _, picture: file, datasets, ...fields } = await c.req.parseBody({ all: true });
  const picture =
    file instanceof File && file.size > 0
      ? photoOf(new Uint8Array(await file.arrayBuffer()), { field: "picture", maxMb: PICTURE_MB })
      : undefined;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  return { given: parsed(NewReuse, { ...given, datasets: [datasets ?? []].flat().filter(Boolean) }), picture };
}
