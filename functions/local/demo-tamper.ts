/** What the seed does as a clerk; `get` answers undefined where there is nothing. */
interface Desk {
  put(path: string, body: object): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  get<T>(path: string): Promise<T | undefined>;
}

const FEEDER = "F-1";
const POINT = "P-100001";

/**
 * A meter that tells of a magnet, the feeder and the point at which it stands, and a crew that is sent there: so that a
 * new user sees a finding and a work order. Told before the readings of that day, which are then looked at with it.
 *
 * @param on  a day of which readings will come
 */
export async function seedTamper(desk: Desk, serial: string, on: string): Promise<void> {
  const kind = "electricity";
  await desk.post("/v1/readings/events", { events: [{ meter: serial, at: `${on}T12:00:00Z`, kind: "magnet" }] });
  await desk.put(`/v1/network/areas/${FEEDER}`, { level: "feeder", kind });
  const there = await desk.get<{ meters: object[] }>(`/v1/network/points/${POINT}`);
  if (!there) await desk.put(`/v1/network/points/${POINT}`, { kind });
  // A start that broke off has set it already.
  if (!there || there.meters.length === 0)
    await desk.post(`/v1/network/points/${POINT}/changes`, { area: FEEDER, meter: serial });
  await desk.post("/v1/network/work-orders", { kind: "theft", area: FEEDER, point: POINT, month: on.slice(0, 7) });
}
