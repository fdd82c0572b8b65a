import type { Context } from "hono";
import { page } from "../../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../../shared/room.ts";
import { whoId } from "../../../shared/who.ts";
import { READERS, RULERS } from "../api.ts";
import { crumbs, hub, shown } from "../staff-forms.ts";
import { bulkSeen } from "./sharing.ts";
import { bulkAsItIs, bulkStore, staffBulk } from "./store.ts";
import { bulkTexts } from "./texts.ts";
import { type BulkStaffShown, BulksPage, StaffBulkPage } from "./views.tsx";

const A_PAGE = 50;

export const bulkStaffShown = (c: Context<CityEnv>): BulkStaffShown => ({ ...shown(c), bt: bulkTexts.in(c.var.lang) });

/** The city's list of orders of many meters, and how each stands. */
export function bulkStaffPages(app: CityApp): void {
  app.get("/staff/prepaid/bulk", needs(...READERS), async (c) => {
    const s = bulkStaffShown(c);
    const { bulks, next } = await bulkStore(s.here).list({ limit: A_PAGE, cursor: c.req.query("cursor") });
    return page(
      c,
      { title: s.bt("staffTitle"), crumbs: crumbs(s, hub(s)), wide: true },
      <BulksPage {...{ s, next }} bulks={bulks.map(staffBulk)} />,
    );
  });
  app.get("/staff/prepaid/bulk/:id", needs(...READERS), async (c) => {
    const s = bulkStaffShown(c);
    const { is: bulk } = await bulkStore(s.here).get(c.req.param("id"));
    return page(
      c,
      {
        title: s.bt(`${bulk.resource}Bulk`, { count: bulk.lines.length }),
        crumbs: crumbs(s, hub(s), [s.bt("staffTitle"), s.here.url("/staff/prepaid/bulk")]),
        wide: true,
      },
      <StaffBulkPage
        {...{ s }}
        bulk={await bulkAsItIs(s.here, bulk)}
        wentBack={bulk.wentBackAt !== undefined}
        isToSee={bulk.wentBackAt !== undefined && bulk.seenBy === undefined}
      />,
    );
  });
  app.post("/staff/prepaid/bulk/:id/seen", needs(...RULERS), async (c) => {
    const { id } = await bulkSeen(c.var.here, c.req.param("id"), whoId(c.var.who));
    return c.redirect(c.var.here.url(`/staff/prepaid/bulk/${id}`), 303);
  });
}
