import { Hono } from "hono";

const HOUR_MS = 3600_000;
const HOURS = 48;
const STATIONS = [
  ["quay", 47.2085, -1.5603],
  ["market", 47.2151, -1.5561],
  ["school", 47.2242, -1.5477],
  ["ring road", 47.2409, -1.5264],
] as const;

/**
 * Servers of made-up hosts (`.example`), whose data modules fetch: below the host's name. For synthetic cities alone,
 * whose data are made up too; a host that is not here is not there.
 */
export function standIn({ now }: { now: () => Date }): Hono {
  const app = new Hono();
  app.get("/air.lab-lagune.example/pm25.csv", (c) => {
    const last = Math.floor(now().getTime() / HOUR_MS);
    const lines = Array.from({ length: HOURS }, (_, i) => last - HOURS + 1 + i).flatMap((hour) =>
      STATIONS.map(([name, latitude, longitude], station) => {
        // A rise in the morning and in the evening, and each station its own.
        const dust = 6 + 2 * station + 3 * Math.sin((hour / 12) * 2 * Math.PI) + ((hour * 7 + station * 5) % 4);
        return [name, new Date(hour * HOUR_MS).toISOString(), latitude, longitude, dust.toFixed(1)].join(",");
      }),
    );
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("ETag", `"${last}"`);
    if (c.req.header("if-none-match") === `"${last}"`) return c.body(null, 304);
    return c.body(["sensor,time,latitude,longitude,pm25", ...lines, ""].join("\r\n"));
  });
  return app;
}
