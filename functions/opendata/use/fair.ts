/** What is left to somebody who asks, and in how many seconds there is more. */
export interface Left {
  isOver: boolean;
  remaining: number;
  resetS: number;
}

/** Without a key, an address may ask so often at once, and is given back so many each second. */
export const ADDRESS = { burst: 600, perS: 2 };
/** In which a bucket that was emptied is full again. */
export const ADDRESS_WINDOW_S = ADDRESS.burst / ADDRESS.perS;
const ADDRESSES_KEPT = 20_000;

/** A bucket for each address, in this process alone: none is written anywhere. */
export class AddressRates {
  private readonly buckets = new Map<string, { tokens: number; atMs: number }>();

  take(address: string, nowMs: number): Left {
    const known = this.buckets.get(address);
    const sinceS = known ? Math.max(0, nowMs - known.atMs) / 1000 : 0;
    const tokens = known ? Math.min(ADDRESS.burst, known.tokens + sinceS * ADDRESS.perS) : ADDRESS.burst;
    const isOver = tokens < 1;
    const left = isOver ? tokens : tokens - 1;
    // The last to ask is the last to be forgotten.
    this.buckets.delete(address);
    this.buckets.set(address, { tokens: left, atMs: nowMs });
    if (this.buckets.size > ADDRESSES_KEPT) this.buckets.delete(this.buckets.keys().next().value!);
    return {
      isOver,
      remaining: Math.floor(left),
      resetS: isOver ? Math.ceil((1 - left) / ADDRESS.perS) : Math.ceil((ADDRESS.burst - left) / ADDRESS.perS),
    };
  }
}

/** `::1` lies in the first network of IPv6. */
const LOOPBACK = /^127\.|^0:0:0:0$/;

/**
 * The network whose rate is bounded. Behind a proxy on this machine everybody has the machine's own address: to bound it
 * would bound them all together, so the proxy must.
 */
export const ratedAddress = (network: string): string | undefined =>
  network === "unknown" || LOOPBACK.test(network) ? undefined : network;
