// At night nobody draws water for hours on end: what runs all night is a leak. This file is the whole program, as it
// runs in the city's sandbox; `export` is taken off when it is packed.

/** Reads: litres of each hour from two to five in the morning, of the last week. Types: index.d.ts. */
export function run(event, reads, config) {
  const effects = [];
  for (const meterId of event.meterIds ?? []) {
    const hours = (reads.nights ?? []).filter((hour) => hour.meterId === meterId && hour.coverage > 0.9);
    const nights = lowestOfNights(hours);
    const leaking = runFromTheEnd(nights, config.litres);
    if (leaking.length < config.nights) continue;
    const last = leaking[leaking.length - 1];
    const litres = Math.min(...leaking.map((night) => night.lowest));
    const about = { value: litres, on: last.day };
    effects.push({ scope: "alarms.alarms:raise", about: meterId, fields: { text: "leak-found", ...about } });
    effects.push({
      scope: "own.rows:write",
      about: "night-leaks",
      fields: { meter: meterId, night: last.day, litres_an_hour: litres, nights: leaking.length },
    });
    const accountId = hours[hours.length - 1].accountId;
    // People are told when it is found, not every day that it goes on.
    if (accountId && leaking.length === config.nights)
      effects.push({
        scope: "accounts.holders:tell",
        about: accountId,
        fields: { text: "leak-at-yours", value: litres, date: last.day },
      });
  }
  // A run may propose 20 effects: the first ones, the others at the next delivery.
  return effects.slice(0, 20);
}

/** The least that ran in an hour of each night that was read wholly, the earliest night first. */
export function lowestOfNights(hours) {
  const nights = new Map();
  for (const { day, quantity } of hours) nights.set(day, [...(nights.get(day) ?? []), quantity]);
  return [...nights]
    .filter(([, all]) => all.length >= 3)
    .map(([day, all]) => ({ day, lowest: Math.min(...all) }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** The last nights, one after the other, in all of which so much ran. */
export function runFromTheEnd(nights, litres) {
  let from = nights.length;
  while (from > 0 && nights[from - 1].lowest >= litres) from -= 1;
  return nights.slice(from);
}
