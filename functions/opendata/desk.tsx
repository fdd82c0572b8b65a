import type { Context } from "hono";
import type { Here } from "../../shared/here.ts";
import { fieldMistakes, form, givenIn, sentForm } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, type Waiting } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { RequestAnswer } from "./requests/schema.ts";
import { answerRequest, dropRequest, requests } from "./requests/store.ts";
import { requestTexts } from "./requests/texts.ts";
import { RequestForm } from "./requests/views.tsx";
import { dropReuse, reuses, showReuse } from "./reuses/store.ts";
import { reuseTexts } from "./reuses/texts.ts";
import { ReuseToLookAt } from "./reuses/views.tsx";
import { commonOf } from "./showing.ts";
import { catalogue } from "./store.ts";

type C = Context<CityEnv>;
const AT = "/staff/data-requests";
export const DESK = ["agent", "data_officer", "administrator"] as const;
const A_PAGE = 25;

interface Again {
  id: string;
  value: Record<string, string>;
  errors: { field: string; detail: string }[];
}

/** Where staff look at what people have sent about the data, before anybody else sees it. */
export function deskPages(app: CityApp): void {
  const deskPage = async (c: C, again?: Again) => {
    const { here, lang } = c.var;
    const [t, of] = [requestTexts.in(lang), reuseTexts.in(lang)];
    const common = commonOf(c);
    const first = { limit: A_PAGE };
    const [asked, shown, made, gallery] = await Promise.all([
      requests(here, "NEW", first),
      requests(here, "SHOWN", first),
      reuses(here, "NEW", first),
      reuses(here, "SHOWN", first),
    ]);
    const datasets = (await catalogue(here)).map(({ slug, card }) => [slug, card.title] as const);
    const requestForm = (request: (typeof asked.requests)[number]) => (
      <RequestForm
        {...common}
        {...{ request, datasets }}
        {...(again?.id === request.id ? { value: again.value, errors: again.errors } : {})}
      />
    );
    return page(
      c,
      {
        title: t("staffTitle"),
        lead: t("staffLead"),
        crumbs: [[common.t("staff"), here.url("/staff")]],
        status: again ? 422 : 200,
      },
      <>
        <h2>{t("staffNew")}</h2>
        {asked.requests.length === 0 ? <p>{t("nothingNew")}</p> : asked.requests.map(requestForm)}
        <h2>{of("staffNew")}</h2>
        {made.reuses.length === 0 ? (
          <p>{t("nothingNew")}</p>
        ) : (
          made.reuses.map((reuse) => <ReuseToLookAt {...common} reuse={reuse} />)
        )}
        {shown.requests.length > 0 && (
          <>
            <h2>{t("staffShown")}</h2>
            {shown.requests.map(requestForm)}
          </>
        )}
        {gallery.reuses.length > 0 && (
          <>
            <h2>{of("staffShown")}</h2>
            {gallery.reuses.map((reuse) => (
              <ReuseToLookAt {...common} reuse={reuse} />
            ))}
          </>
        )}
      </>,
    );
  };

  app.get(AT, needs(...DESK), (c) => deskPage(c));
  app.post(`${AT}/:id/answer`, needs(...DESK), (c) => {
    const id = c.req.param("id");
    return sentForm(
      c,
      async () => answerRequest(c.var.here, id, await form(c, RequestAnswer)),
      `${AT}#${id}`,
      async (error) => deskPage(c, { id, value: await givenIn(c), errors: fieldMistakes(error) }),
    );
  });
  app.post(`${AT}/:id/drop`, needs(...DESK), async (c) => {
    await dropRequest(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(AT), 303);
  });
  app.post("/staff/data-reuses/:id/show", needs(...DESK), async (c) => {
    await showReuse(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(AT), 303);
  });
  app.post("/staff/data-reuses/:id/drop", needs(...DESK), async (c) => {
    await dropReuse(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(AT), 303);
  });
}

/** For the console: what nobody has looked at yet. */
export async function waitingAtDesk(here: Here, lang: Lang): Promise<Waiting[]> {
  const first = { limit: A_PAGE };
  const [asked, made] = await Promise.all([requests(here, "NEW", first), reuses(here, "NEW", first)]);
  return [
    { path: AT, label: requestTexts.in(lang)("staffNew"), count: asked.requests.length },
    { path: AT, label: reuseTexts.in(lang)("staffNew"), count: made.reuses.length },
  ];
}
