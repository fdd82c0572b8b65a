import type { Context } from "hono";
import { Fault } from "../../../shared/errors.ts";
import { givenIn, parsed } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { problemTexts } from "../../../shared/problem-texts.ts";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { commonOf } from "../showing.ts";
import { catalogue } from "../store.ts";
import { NewSource } from "./schema.ts";
import {
  addSource,
  askNow,
  changeSource,
  findSource,
  getSource,
  removeSource,
  runs,
  shownSource,
  sourcesPage,
} from "./store.ts";
import { harvestTexts } from "./texts.ts";
import { tryOut } from "./trying.ts";
import { type Errors, PreviewPage, SourcePage, SourcesPage, titleOf } from "./views.tsx";

type C = Context<CityEnv>;
const publishers = ["agent", "data_officer", "administrator"] as const;
const SOURCES_SHOWN = 25;
const FIELDS = ["kind", "address", "title", "licence", "source", "updates", "every", "at", "publishesItself"];

/** The form's fields as a new source. @throws {Fault} invalid, with the field */
function newSourceIn(value: Record<string, string>): NewSource {
  const text = (name: string) => value[name]?.trim() || undefined;
  const card = Object.fromEntries(
    ["title", "licence", "source"].flatMap((name) => (text(name) ? [[name, text(name)]] : [])),
  );
  const updates = text("updates");
  return parsed(NewSource, {
    kind: text("kind"),
    address: text("address") ?? "",
    card,
    schedule: { every: text("every"), at: text("at") },
    ...(updates === undefined ? {} : { updates }),
    publishesItself: text("publishesItself") === "yes",
  });
}

/** Where data come from elsewhere: look what an address would bring, fetch it from then on, see what came. */
export function harvestPages(app: CityApp): void {
  const crumbs = (c: C) => [[commonOf(c).t("staff"), c.var.here.url("/staff")]] as const;
  const t = (c: C) => harvestTexts.in(c.var.lang);

  const sourcesShown = async (c: C, value: Record<string, string> = {}, errors: Errors = []) => {
    const { here } = c.var;
    const { found, next } = await sourcesPage(here, SOURCES_SHOWN, c.req.query("cursor"));
    return page(
      c,
      { title: t(c)("title"), lead: t(c)("lead"), crumbs: crumbs(c), wide: true, status: errors.length ? 422 : 200 },
      <SourcesPage
        {...commonOf(c)}
        sources={found}
        next={next}
        datasets={await catalogue(here)}
        value={value}
        errors={errors}
      />,
    );
  };
  /** What is wrong with a field stands beside it; what is wrong with what came, at the address. */
  const refused = (c: C, value: Record<string, string>, error: unknown) => {
    if (!(error instanceof Fault) || error.kind === "absent") throw error;
    const found = error.members.errors ?? [{ pointer: "", detail: error.message }];
    const errors = found.map(({ pointer, detail }) => {
      const name = pointer.split("/").at(-1)!;
      const field = FIELDS.includes(name) ? name : "address";
      return { field, detail: value[field]?.trim() ? detail : problemTexts.in(c.var.lang)("missing") };
    });
    return sourcesShown(c, value, errors);
  };
  app.get("/staff/harvests", needs(...publishers), (c) => sourcesShown(c));
  app.post("/staff/harvests/preview", needs(...publishers), async (c) => {
    const { csrf: _, ...value } = await givenIn(c);
    try {
      const given = newSourceIn(value);
      const preview = await tryOut(c.var.here, given, c.var.lang);
      return page(
        c,
        {
          title: t(c)("preview"),
          lead: t(c)("previewLead"),
          crumbs: [...crumbs(c), [t(c)("title"), c.var.here.url("/staff/harvests")]],
          wide: true,
        },
        <PreviewPage {...commonOf(c)} given={given} value={value} preview={preview} />,
      );
    } catch (error) {
      return refused(c, value, error);
    }
  });
  app.post("/staff/harvests", needs(...publishers), async (c) => {
    const { csrf: _, ...value } = await givenIn(c);
    try {
      const { id } = await addSource(c.var.here, newSourceIn(value));
      return c.redirect(c.var.here.url(`/staff/harvests/${id}?asked=1`), 303);
    } catch (error) {
      return refused(c, value, error);
    }
  });

  app.get("/staff/harvests/:id", needs(...publishers), async (c) => {
    const { here } = c.var;
    const source = await shownSource(here, await getSource(here, c.req.param("id")));
    const parent = source.parent === undefined ? undefined : await findSource(here, source.parent);
    return page(
      c,
      {
        title: titleOf(source),
        crumbs: [...crumbs(c), [t(c)("title"), here.url("/staff/harvests")]],
        wide: true,
      },
      <SourcePage
        {...commonOf(c)}
        source={source}
        parent={parent && (await shownSource(here, parent))}
        runs={await runs(here, source.id)}
        isAsked={c.req.query("asked") === "1"}
      />,
    );
  });
  const steps = {
    ask: (c: C, id: string) => askNow(c.var.here, id),
    pause: (c: C, id: string) => changeSource(c.var.here, id, { isPaused: true }),
    resume: (c: C, id: string) => changeSource(c.var.here, id, { isPaused: false }),
    remove: (c: C, id: string) => removeSource(c.var.here, id),
  };
  for (const [name, step] of Object.entries(steps))
    app.post(`/staff/harvests/:id/${name}`, needs(...publishers), async (c) => {
      const id = c.req.param("id")!;
      try {
        await step(c, id);
      } catch (error) {
        // Somebody was faster: the page shows how it is now.
        if (!(error instanceof Fault) || error.kind !== "conflict") throw error;
      }
      const more = name === "remove" ? "" : `/${id}${name === "pause" ? "" : "?asked=1"}`;
      return c.redirect(c.var.here.url(`/staff/harvests${more}`), 303);
    });
}
