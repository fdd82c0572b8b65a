import { random } from "./random.ts";

// Networks that do not exist, with leaks and thefts that are known, to measure whether they are found.

const DAYS = 59;
const HOURS = 24;
/** What an hour of a day uses, in hundredths of the mean hour: water and electricity of homes. */
const WATER = [
  25, 18, 14, 14, 22, 60, 140, 190, 165, 120, 100, 100, 115, 105, 90, 85, 95, 130, 175, 190, 165, 125, 85, 45,
];
const POWER = [55, 48, 44, 43, 45, 58, 88, 110, 98, 86, 84, 92, 108, 98, 88, 88, 98, 130, 172, 188, 178, 150, 108, 78];

export interface Reading {
  quantity: number;
  coverage: number;
}
export interface SyntheticPoint {
  code: string;
  days: Reading[];
  nights: Reading[];
  /** It steals from this day on. */
  stealsFrom?: number;
}
export interface SyntheticArea {
  code: string;
  /** By the hour; undefined where a reading is missing. */
  input: (number | undefined)[];
  points: SyntheticPoint[];
  /** What leaks at the end, as a share of what flows in; 0 where nothing does. */
  leakShare: number;
}
export interface LossSeed {
  seed: string;
  areas: number;
  pointsEach: number;
  kind: "water" | "electricity";
  /** Of a hundred readings so many are missing: half of them one by one, half of them days on end. */
  missingPercent: number;
}

/**
 * Areas with an input meter and customers, read by the hour for eight weeks. Of zones of water every other leaks, from a
 * day of the second to the fifth week on, by 1 to 20 % of their inflow, and all lose a little all the time. In each
 * area some customers begin to go round their meter, wholly or in part, and as many move out or save honestly, so that
 * a drop alone shows nothing. Meters are wrong by a little, and the input's too.
 */
export function syntheticLosses({ seed, areas, pointsEach, kind, missingPercent }: LossSeed): SyntheticArea[] {
  return Array.from({ length: areas }, (_, a) =>
    areaOf(`${seed}/area/${a}`, `A${a}`, pointsEach, kind, missingPercent),
  );
}

function areaOf(seed: string, code: string, size: number, kind: LossSeed["kind"], missing: number): SyntheticArea {
  const chance = random(seed);
  const shape = kind === "water" ? WATER : POWER;
  const input = Array.from({ length: DAYS * HOURS }, () => 0);
  const weather = Array.from({ length: DAYS }, () => chance.whole(88, 112) / 100);
  const points = Array.from({ length: size }, (_, p): SyntheticPoint => {
    const hourly = chance.whole(6, 40);
    const fate = chance.whole(1, 100);
    // Of a hundred customers six steal from some day on, four move out, four save.
    const from = chance.whole(20, 45);
    const counted = fate <= 3 ? 0 : fate <= 6 ? chance.whole(20, 60) / 100 : 1;
    const uses = fate > 6 && fate <= 10 ? 0.02 : fate > 10 && fate <= 14 ? chance.whole(50, 80) / 100 : 1;
    const accuracy = chance.whole(970, 1005) / 1000;
    const habits = chance.whole(-2, 2);
    const readings = Array.from({ length: DAYS * HOURS }, (_, at) => {
      const [day, hour] = [Math.floor(at / HOURS), at % HOURS];
      const mood = chance.whole(30, 170) / 100;
      const used =
        hourly * 10 * (shape[(hour + habits + HOURS) % HOURS]! / 100) * weather[day]! * mood * (day >= from ? uses : 1);
      input[at]! += used;
      return used * accuracy * (day >= from ? counted : 1);
    });
    return {
      ...{ code: `${code}-P${p}`, ...daysAndNights(withGaps(readings, missing, `${seed}/point/${p}`)) },
      ...(fate <= 6 ? { stealsFrom: from } : {}),
    };
  });
  const inflow = input.reduce((all, one) => all + one, 0) / DAYS;
  const leaks = kind === "water" && chance.whole(0, 1) === 1;
  const leakShare = leaks ? chance.whole(10, 200) / 1000 : 0;
  const leakFrom = chance.whole(10, 32);
  const background = kind === "water" ? chance.whole(5, 15) / 1000 : 0;
  const technical = kind === "electricity" ? chance.whole(25, 50) / 1000 : 0;
  const wrong = chance.whole(990, 1010) / 1000;
  const told = input.map((used, at) => {
    const [day, hour] = [Math.floor(at / HOURS), at % HOURS];
    // Pressure is higher at night, and leaks with it.
    const pressure = hour < 5 ? 1.06 : 0.985;
    const leak = day >= leakFrom ? (inflow / HOURS) * (leakShare / (1 - leakShare)) * pressure : 0;
    const lost = (inflow / HOURS) * background + used * technical;
    return (used + leak + lost) * wrong * (chance.whole(995, 1005) / 1000);
  });
  return { code, input: withGaps(told, missing, `${seed}/input`), points, leakShare };
}

/** Some readings are lost on the way: half one by one, half in silences of one to three days. */
function withGaps(hours: readonly number[], missing: number, seed: string): (number | undefined)[] {
  const chance = random(`${seed}/lost`);
  const lost = new Set<number>();
  const wanted = Math.round((hours.length * missing) / 100);
  while (lost.size < wanted / 2) {
    const [from, length] = [chance.whole(0, hours.length - 1), chance.whole(24, 72)];
    for (let at = from; at < Math.min(hours.length, from + length); at++) lost.add(at);
  }
  while (lost.size < wanted) lost.add(chance.whole(0, hours.length - 1));
  return hours.map((one, at) => (lost.has(at) ? undefined : Math.round(one)));
}

function daysAndNights(hours: readonly (number | undefined)[]): { days: Reading[]; nights: Reading[] } {
  const between = (day: number, first: number, last: number): Reading => {
    const there = hours.slice(day * HOURS + first, day * HOURS + last).filter((one) => one !== undefined);
    return { quantity: there.reduce((all, one) => all + one, 0), coverage: there.length / (last - first) };
  };
  const days = Array.from({ length: DAYS }, (_, day) => between(day, 0, HOURS));
  return { days, nights: days.map((_, day) => between(day, 2, 4)) };
}
