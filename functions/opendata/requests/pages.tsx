import type { Context } from "hono";
import { fieldMistakes, form, givenIn, sentForm } from "../../../shared/http.ts";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { demandRoom, senderOf } from "../sending.ts";
import { commonOf } from "../showing.ts";
import { NewDataRequest } from "./schema.ts";
import { requests, sendRequest, vote } from "./store.ts";
import { requestTexts } from "./texts.ts";
import { RequestsPage } from "./views.tsx";

type C = Context<CityEnv>;
const AT = "/data-requests";
const A_PAGE = 25;

/** Where anybody asks for data, and sees what others have asked for. */
export function requestPages(app: CityApp): void {
  const requestsPage = async (
    c: C,
    more: { value?: Record<string, string>; errors?: { field: string; detail: string }[] } = {},
  ) => {
    const t = requestTexts.in(c.var.lang);
    const cursor = c.req.query("cursor");
    const { requests: shown, next } = await requests(c.var.here, "SHOWN", { limit: A_PAGE, cursor });
    return page(
      c,
      {
        title: t("title"),
        lead: t("lead"),
        crumbs: [[commonOf(c).t("title"), c.var.here.url("/data")]],
        status: more.errors ? 422 : 200,
      },
      <RequestsPage
        {...commonOf(c)}
        requests={shown}
        next={next}
        isSent={c.req.query("sent") === "1"}
        voted={c.req.query("voted")}
        {...more}
      />,
    );
  };
  const again = async (c: C, error: unknown) =>
    requestsPage(c, { value: await givenIn(c), errors: fieldMistakes(error) });

  app.get(AT, needs("public"), (c) => requestsPage(c));
  app.post(AT, needs("public"), (c) =>
    sentForm(
      c,
      async () => {
        const given = await form(c, NewDataRequest);
        await demandRoom(c, "REQUEST");
        await sendRequest(c.var.here, given, c.var.lang);
      },
      `${AT}?sent=1`,
      (error) => again(c, error),
    ),
  );
  app.post(`${AT}/:id/vote`, needs("public"), async (c) => {
    const id = c.req.param("id");
    const t = requestTexts.in(c.var.lang);
    try {
      await vote(c.var.here, id, await senderOf(c, id));
    } catch (error) {
      fieldMistakes(error);
      return requestsPage(c, { errors: [{ field: "", detail: t("votedBefore") }] });
    }
    return c.redirect(c.var.here.url(`${AT}?voted=1#${id}`), 303);
  });
}
