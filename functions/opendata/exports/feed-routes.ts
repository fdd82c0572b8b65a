import { absent, Fault } from "../../../shared/errors.ts";
import { type CityApp, needs } from "../../../shared/room.ts";
import { asked, unchanged } from "../asking.ts";
import { feedZip, GTFS, tablesOf } from "./feed.ts";
import { sendMade } from "./made.ts";
import { demandAsked } from "./routes.ts";

/** The timetable (GTFS) that a dataset is a table of, whole, for whoever plans trips: by each of its tables. */
export function feedRoutes(app: CityApp): void {
  app.get(`/data/:slug/export.${GTFS.extension}`, needs("public"), async (c) => {
    demandAsked(c, () => false);
    const { version, dataset, slug } = await asked(c, c.req.param("slug"));
    const { feed } = version;
    if (!feed) throw absent();
    const { here } = c.var;
    const { published, withheld } = await tablesOf(here, feed);
    // Of a part of a timetable, trips cannot be planned.
    if (withheld.length > 0) {
      const files = withheld.map((table) => `${table}.txt`).join(", ");
      throw new Fault("conflict", `Of this timetable, these tables are not public as they are in it: ${files}.`);
    }
    const fresh = unchanged(c, { ...version, digest: feed.digest });
    if (fresh) return fresh;
    return sendMade(c, feedZip(here, published), { dataset, version, ...GTFS, name: `${slug}.${GTFS.extension}` });
  });
}
