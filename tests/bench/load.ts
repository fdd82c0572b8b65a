import autocannon from "autocannon";

/** Requests a second and the slowest hundredth of answers, from another process' point of view, on this machine only. */
export async function load(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ rps: number; p99Ms: number; failed: number }> {
  if (!/^http:\/\/(localhost|127\.0\.0\.1):/.test(url)) throw new Error("load goes to this machine only");
  await autocannon({ url, headers, connections: 8, duration: 1 });
  const result = await autocannon({ url, headers, connections: 8, duration: 5 });
  return { rps: Math.round(result.requests.average), p99Ms: result.latency.p99, failed: result.non2xx + result.errors };
}
