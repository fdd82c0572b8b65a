import { random } from "../../functions/synthetic/random.ts";

/** The same readings as a made-up NEM12 file and as rows (meter, instant, Wh, quality): a year of half-hours would be one meter's 17,520 readings; here, many meters and a month. */
export function nem12(meters: number, days: number): { text: string; readings: number; rows: string[] } {
  const rows: string[] = [];
  const lines = ["100,NEM12,202610010000,MDP,HANSA"];
  for (let meter = 0; meter < meters; meter++) {
    const chance = random(`nem12/${meter}`);
    lines.push(`200,NM${String(meter).padStart(8, "0")},E1,1,E1,N1,S${String(100_000 + meter)},kWh,30,`);
    for (let day = 1; day <= days; day++) {
      const values = Array.from({ length: 48 }, (_, i) => {
        const wh = Math.floor(((i > 12 && i < 44 ? 300 : 120) * chance.whole(60, 160)) / 100);
        const at = new Date(Date.UTC(2026, 8, day, 0, i * 30) - 10 * 3_600_000).toISOString();
        rows.push(`NM${String(meter).padStart(8, "0")},${at},${wh},A`);
        return `${Math.floor(wh / 1000)}.${String(wh % 1000).padStart(3, "0")}`;
      });
      lines.push(`300,202609${String(day).padStart(2, "0")},${values.join(",")},A,,,20261001000000,`);
    }
  }
  lines.push("900", "");
  return { text: lines.join("\n"), readings: meters * days * 48, rows };
}
