import autocannon from "autocannon";

/**
 * Requests a second and the slowest hundredth of answers, from another process' point of view, on this machine only.
 * @param addresses  of one server; each connection asks for one after the other, and begins again
 */
export async function load(
  addresses: string | readonly string[],
  headers: Record<string, string> = {},
): Promise<{ rps: number; p99Ms: number; failed: number }> {
  const all = [addresses].flat().map((address) => new URL(address));
  const url = all[0]!.origin;
  if (!all.every(({ origin }) => origin === url && /^http:\/\/(localhost|127\.0\.0\.1):/.test(origin)))
    throw new Error("load goes to this machine only");
  const requests = all.map(({ pathname, search }) => ({ path: pathname + search }));
  await autocannon({ url, headers, requests, connections: 8, duration: 1 });
  const result = await autocannon({ url, headers, requests, connections: 8, duration: 5 });
  return { rps: Math.round(result.requests.average), p99Ms: result.latency.p99, failed: result.non2xx + result.errors };
}
