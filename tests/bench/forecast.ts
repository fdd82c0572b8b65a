import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { errorOf, HORIZONS, type Told } from "../../functions/forecast/errors.ts";
import { AHEAD_HOURS, expected, HISTORY_HOURS } from "../../functions/forecast/model.ts";
import { hourOf, WEEK_HOURS } from "../../functions/forecast/wall.ts";

type Note = (what: string, value: number, unit: string, more?: string) => void;

/** Hourly use of a real building, and the temperature outside (°F), of the samples of eemeter 4.1.1. */
const FOLDER = "tests/data/meters";
const ORIGINS = 26;
const TIME_ZONE = "America/Chicago";
/** The files have kWh and therms with two decimals: as whole numbers, as meters keep them. */
const SCALE = 1000;

function series(name: string): Map<number, number> {
  const lines = gunzipSync(readFileSync(`${FOLDER}/${name}.csv.gz`))
    .toString("utf8")
    .trim()
    .split("\n")
    .slice(1);
  const rows = lines.map((line) => line.split(","));
  return new Map(rows.flatMap(([at, value]) => (at && value ? [[hourOf(at), Number(value)] as const] : [])));
}

/** At each of these weeks' beginnings, a forecast from what was known then; and what came. */
function rolled(demand: Map<number, number>, celsius: (hour: number, origin: number) => number | undefined): Told[] {
  const end = Math.max(...demand.keys()) + 1;
  return Array.from({ length: ORIGINS }, (_, week): Told => {
    const origin = end - (ORIGINS - week) * WEEK_HOURS;
    const from = origin - HISTORY_HOURS;
    const hours = (start: number, count: number) => Array.from({ length: count }, (_v, i) => start + i);
    const made = expected({
      ...{ from, timeZone: TIME_ZONE },
      demand: hours(from, HISTORY_HOURS).map((hour) => demand.get(hour)),
      celsius: hours(from, HISTORY_HOURS + AHEAD_HOURS).map((hour) => celsius(hour, origin)),
    });
    if (typeof made === "string") throw new Error(`no forecast: ${made}`);
    return { ...made, actual: hours(origin, AHEAD_HOURS).map((hour) => demand.get(hour) ?? null) };
  });
}

/** Rolling origins on real files, with what is known of temperature at three levels. */
export function forecastFigures(note: Note): void {
  const fahrenheit = series("il-temperature-f");
  const observed = (hour: number) => {
    const found = fahrenheit.get(hour);
    return found === undefined ? undefined : (found - 32) / 1.8;
  };
  const KNOWN = {
    "no temperature": () => undefined,
    "temperature up to now, and as before from then on": (hour: number, origin: number) =>
      hour < origin ? observed(hour) : undefined,
    "temperature as it came (a perfect weather forecast)": observed,
  };
  for (const what of ["electricity", "gas"]) {
    const file = series(`il-${what}-hourly`);
    const demand = new Map([...file].map(([hour, value]) => [hour, Math.round(value * SCALE)]));
    for (const [how, celsius] of Object.entries(KNOWN)) {
      const told = rolled(demand, celsius);
      for (const horizon of ["day", "week"] as const) {
        const { wape, naiveWape, ratio } = errorOf(told, horizon)!;
        note(`${what}, ${HORIZONS[horizon]} h ahead, ${how}: WAPE`, wape!, "", `seasonal naive (168 h) ${naiveWape}`);
        note("  ratio, ours to seasonal naive's", ratio!, "×", `${ORIGINS} origins, a week apart`);
      }
    }
  }
}
