// Tomorrow's collections, zone by zone, said to those who asked for it. This file is the whole program, as it runs in the
// city's sandbox; `export` is taken off when it is packed.

const WEEKDAYS = [
  ["1", "monday", "lundi", "altine", "الاثنين", "الإثنين"],
  ["2", "tuesday", "mardi", "talaata", "الثلاثاء"],
  ["3", "wednesday", "mercredi", "àllarba", "الأربعاء"],
  ["4", "thursday", "jeudi", "alxames", "الخميس"],
  ["5", "friday", "vendredi", "àjjuma", "الجمعة"],
  ["6", "saturday", "samedi", "gaawu", "السبت"],
  ["7", "sunday", "dimanche", "dibéer", "الأحد"],
];
/** Of what is written otherwise it is only said that it is collected. */
const KINDS = {
  "put-out-household": ["household", "household waste", "ordures ménagères", "النفايات المنزلية"],
  "put-out-recycling": ["recycling", "recyclables", "tri", "المواد القابلة للتدوير"],
  "put-out-garden": ["garden", "garden waste", "déchets verts", "نفايات الحدائق"],
};
/** A field of an effect has 500 signs, a run 20 effects. */
const ANSWERS_MAX = 500;
const EFFECTS_MAX = 20;

const plain = (text) => String(text).trim().toLowerCase();

/** From Monday, 1, to Sunday, 7; undefined where it is no day of the week. Types: index.d.ts. */
export function weekdayIn(text) {
  const at = WEEKDAYS.findIndex((names) => names.includes(plain(text)));
  return at < 0 ? undefined : at + 1;
}

export function messageFor(kind) {
  return Object.keys(KINDS).find((text) => KINDS[text].includes(plain(kind))) || "put-out";
}

/** Reads: the calendar as the city has published it. */
export function run(event, reads) {
  const zones = new Map();
  for (const { zone, weekday, kind } of reads.calendar || []) {
    if (typeof zone !== "number" || weekdayIn(weekday) !== event.weekday) continue;
    const text = messageFor(kind);
    zones.set(text, (zones.get(text) || new Set()).add(zone));
  }
  const effects = [];
  for (const [text, all] of zones)
    for (const answers of chunks([...all].sort((a, b) => a - b).map(String)))
      effects.push({
        scope: "procedures.applicants:tell",
        fields: { text, procedure: "reminders", state: "on", question: "zone", answers, date: event.tomorrow },
      });
  return effects.slice(0, EFFECTS_MAX);
}

/** Parted by commas, in pieces of so many signs. */
function chunks(words) {
  const pieces = [];
  for (const word of words) {
    const last = pieces[pieces.length - 1];
    if (last !== undefined && last.length + word.length < ANSWERS_MAX) pieces[pieces.length - 1] = `${last},${word}`;
    else pieces.push(word);
  }
  return pieces;
}
