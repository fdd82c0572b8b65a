import { ModuleName } from "../../../marketplace/contract/manifest.ts";
import { PagePart } from "../../../marketplace/contract/page.ts";
import { inLang } from "../../../marketplace/contract/words.ts";
import { InstalledParts } from "../../../marketplace/installs/events.ts";
import { absent } from "../../../shared/errors.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, needs } from "../../../shared/room.ts";
import { commonOf } from "../showing.ts";
import { shownBlocks } from "./showing.ts";
import { modulePageTexts } from "./texts.ts";
import { Blocks } from "./views.tsx";

/** The pages that installed modules bring: there while the module serves, over what the city has published. */
export function modulePages(app: CityApp): void {
  app.get("/modules/:publisher/:name/:page", needs("public"), async (c) => {
    const { here, lang } = c.var;
    const module = `${c.req.param("publisher")}/${c.req.param("name")}`;
    if (!ModuleName.safeParse(module).success) throw absent();
    const installed = await here.ask(InstalledParts, { module });
    const found = installed.find(({ part }) => part.kind === "page" && part.id === c.req.param("page"));
    if (!found) throw absent();
    const part = PagePart.parse(found.part);
    const blocks = await shownBlocks(here, part, installed, lang);
    return page(
      c,
      {
        title: inLang(part.title, lang),
        ...(part.lead ? { lead: inLang(part.lead, lang) } : {}),
        crumbs: [[modulePageTexts.in(lang)("modules"), here.url("/modules")]],
      },
      <Blocks common={commonOf(c)} publisher={c.req.param("publisher")} blocks={blocks} />,
    );
  });
}
