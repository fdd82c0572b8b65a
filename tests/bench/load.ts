import autocannon from "autocannon";

export interface Loaded {
  rps: number;
  p99Ms: number;
}

/**
 * Requests a second and the slowest hundredth of answers, from another process' point of view, on this machine only.
 * @param addresses  of one server; each connection asks for one after the other, and begins again
 * @throws {Error}   an answer was refused or did not come
 */
export async function load(addresses: string | readonly string[], seconds = 5): Promise<Loaded> {
  const all = [addresses].flat().map((address) => new URL(address));
  const url = all[0]!.origin;
  if (!all.every(({ origin }) => origin === url && /^http:\/\/(localhost|127\.0\.0\.1):/.test(origin)))
    throw new Error("load goes to this machine only");
  const requests = all.map(({ pathname, search }) => ({ path: pathname + search }));
  const result = await autocannon({ url, requests, connections: 8, duration: seconds });
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${url}${requests[0]!.path}: ${failed} answers failed`);
  return { rps: result.requests.average, p99Ms: result.latency.p99 };
}

const ROUNDS = 5;
const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/**
 * Several servers in turn, each warm, so that whatever else this machine does meets all of them: what each does in the
 * middle of the rounds, and how often the first one does in a round what another does, least, in the middle and most.
 */
export async function inTurn(servers: readonly (string | readonly string[])[]) {
  const rounds: Loaded[][] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const loaded: Loaded[] = [];
    for (const addresses of servers) loaded.push(await load(addresses, 2));
    // In the first one they become warm.
    if (round > 0) rounds.push(loaded);
  }
  return servers.map((_, i) => {
    const ratios = rounds.map((all) => all[0]!.rps / all[i]!.rps).sort((a, b) => a - b);
    return {
      rps: middle(rounds.map((all) => all[i]!.rps)),
      p99Ms: middle(rounds.map((all) => all[i]!.p99Ms)),
      ratio: middle(ratios),
      least: ratios[0]!,
      most: ratios.at(-1)!,
    };
  });
}
