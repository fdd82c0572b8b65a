import type { Rail, RailName } from "./rail.ts";
import { daraja } from "./rails/daraja/index.ts";
import { gsma } from "./rails/gsma/index.ts";
import { momo } from "./rails/momo/index.ts";
import { orange } from "./rails/orange/index.ts";
import { pawapay } from "./rails/pawapay/index.ts";
import { stripe } from "./rails/stripe/index.ts";

/** Every rail of the house, in the order in which a payer is offered them. A new one is one line here. */
const ALL = [stripe, gsma, daraja, momo, orange, pawapay] as unknown as readonly Rail[];

export const rails: ReadonlyMap<RailName, Rail> = new Map(ALL.map((rail) => [rail.name, rail] as const));
