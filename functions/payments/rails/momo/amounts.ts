import type { Exponents } from "../wire.ts";

// MTN MoMo's environments (the header X-Target-Environment), each with what is paid there, and how many decimals MTN
// writes. Francs and shillings are whole.
const WHOLE = { XAF: 0, XOF: 0, GNF: 0, RWF: 0, UGX: 0 } as const;
const CENTS = { EUR: 2, GHS: 2, LRD: 2, SZL: 2, USD: 2, ZAR: 2, ZMW: 2 } as const;
export const EXPONENTS: Exponents = { ...WHOLE, ...CENTS };

export const ENVIRONMENTS = {
  sandbox: ["EUR"],
  mtnbenin: ["XOF"],
  mtncameroon: ["XAF"],
  mtncongo: ["XAF"],
  mtnghana: ["GHS"],
  mtnguineaconakry: ["GNF"],
  mtnivorycoast: ["XOF"],
  mtnliberia: ["LRD", "USD"],
  mtnrwanda: ["RWF"],
  mtnsouthafrica: ["ZAR"],
  mtnswaziland: ["SZL"],
  mtnuganda: ["UGX"],
  mtnzambia: ["ZMW"],
} as const satisfies Record<string, readonly string[]>;
export type Environment = keyof typeof ENVIRONMENTS;

/** Which currencies one environment takes; a stand-in takes all of MTN's, as a synthetic city has its own. */
export const exponentsIn = (environment: Environment, isStandIn: boolean): Exponents => {
  const taken: readonly string[] = ENVIRONMENTS[environment];
  return isStandIn
    ? EXPONENTS
    : Object.fromEntries(Object.entries(EXPONENTS).filter(([currency]) => taken.includes(currency)));
};
