import type { Context } from "aws-lambda";
import { compose } from "../../shared/compose.ts";
import { cityRooms } from "../rooms.ts";

// Tells one city's listeners what is due; the courier calls it as that city's tenant.
const house = await compose(process.env, cityRooms);

export const handler = async ({ city }: { city: string }, context: Context & { tenantId?: string }) => {
  const mayTrustCaller = context.tenantId === undefined && house.settings.HANSA_TENANCY === "path";
  if (context.tenantId !== city && !mayTrustCaller) {
    const error = new Error(`tenancy: the environment is ${context.tenantId}'s, not ${city}'s`);
    house.log.error("unexpected error", { error }); // the alarm on tenancy reads this line
    throw error;
  }
  return { handled: await house.deliver(city) };
};
