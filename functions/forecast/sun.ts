import { HOUR_MS } from "./wall.ts";

// What panels give under a sky without clouds: an upper bound for days ahead, where nobody gave a forecast.

const DEGREES = Math.PI / 180;
/** Of what falls on the panels, dirt, warmth, cables and the inverter leave about this. */
const PERFORMANCE = 0.75;
/** Of an hour, so many moments are looked at. */
const MOMENTS = 4;
/** At which a panel gives its rated power, W/m². */
const RATED_AT = 1000;

/** The sine of the sun's height above the horizon, to about half a degree. */
function sinOfHeight(ms: number, latitude: number, longitude: number): number {
  const days = ms / 86_400_000 + 2_440_587.5 - 2_451_545;
  const mean = (357.529 + 0.98560028 * days) * DEGREES;
  const longitudeOfSun = (280.459 + 0.98564736 * days + 1.915 * Math.sin(mean) + 0.02 * Math.sin(2 * mean)) * DEGREES;
  const tilt = (23.439 - 0.00000036 * days) * DEGREES;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(longitudeOfSun));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(longitudeOfSun), Math.cos(longitudeOfSun));
  const sidereal = (280.46062 + 360.98564737 * days + longitude) * DEGREES;
  return (
    Math.sin(latitude * DEGREES) * Math.sin(declination) +
    Math.cos(latitude * DEGREES) * Math.cos(declination) * Math.cos(sidereal - ascension)
  );
}

/** W/m² on level ground under a clear sky, by Haurwitz (1945). */
const clearSky = (sin: number): number => (sin <= 0 ? 0 : 1098 * sin * Math.exp(-0.057 / sin));

/** What level panels of so many watts give in the mean of each hour, if there are no clouds. */
export const clearSkyW = (
  { latitude, longitude, panelW }: { latitude: number; longitude: number; panelW: number },
  from: number,
  hours: number,
): number[] =>
  Array.from({ length: hours }, (_, i) => {
    const moments = Array.from({ length: MOMENTS }, (_m, m) => (from + i + (m + 0.5) / MOMENTS) * HOUR_MS);
    const falls = moments.reduce((sum, ms) => sum + clearSky(sinOfHeight(ms, latitude, longitude)), 0) / MOMENTS;
    return Math.round((falls / RATED_AT) * panelW * PERFORMANCE);
  });
