// The whole program, as it runs in the city's sandbox; `export` is taken off when it is packed. It calls nothing: what it
// was granted stands in `reads`, and what it returns the city does, all of it or nothing. No clock and no chance either:
// the same event gives the same answer everywhere.

/** Whose meter counted much more on its last day than on the days before. */
export function run(event, reads, config) {
  const effects = [];
  for (const meterId of event.meterIds ?? []) {
    const days = (reads.days ?? []).filter((day) => day.meterId === meterId && day.coverage > 0.9);
    const last = days.pop();
    if (last === undefined || days.length < 3) continue;
    const usual = usualOf(days);
    if (usual === 0 || last.quantity < usual * config.times) continue;
    const times = Math.round((last.quantity * 10) / usual) / 10;
    effects.push({
      scope: "alarms.alarms:raise",
      about: meterId,
      fields: { text: "much-more", value: times, on: last.day },
    });
  }
  // A run may propose 20 effects.
  return effects.slice(0, 20);
}

/** The mean of days. */
export function usualOf(days) {
  return days.reduce((sum, { quantity }) => sum + quantity, 0) / days.length;
}
