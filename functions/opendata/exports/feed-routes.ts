import { absent, Fault } from "../../../shared/errors.ts";
import { type CityApp, needs } from "../../../shared/room.ts";
import { asked, unchanged } from "../asking.ts";
import { feedZip, GTFS, tablesOf } from "./feed.ts";
import { keptKey, takenFrom } from "./kept.ts";
import { demandKnown } from "./routes.ts";
import { saved, sentTo } from "./sending.ts";
import { madeInTurn } from "./streaming.ts";

/** The timetable (GTFS) that a dataset is a table of, whole, for whoever plans trips: by each of its tables. */
export function feedRoutes(app: CityApp): void {
  app.get(`/data/:slug/export.${GTFS.extension}`, needs("public"), async (c) => {
    demandKnown(c, () => false);
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
    const name = `${slug}.${GTFS.extension}`;
    const headers = { "Content-Type": GTFS.type, ...saved(name) };
    const made = feedZip(here, published);
    if (!here.blobs.addressOf) return c.body(madeInTurn(made), 200, headers);
    const short = await takenFrom(here, dataset, version, GTFS.extension, made);
    if (short) return c.body(new Uint8Array(short), 200, headers);
    return sentTo(c, keptKey(dataset, version, GTFS.extension), { name, type: GTFS.type });
  });
}
