import type { Context } from "aws-lambda";
import { compose } from "../../shared/compose.ts";
import { FilesDropped } from "../meters/events.ts";
import { cityRooms } from "../rooms.ts";

// Tells one city's listeners what is due; the courier calls it as that city's tenant.
const house = await compose(process.env, cityRooms);

export const handler = async (
  { city, dropped, market }: { city: string; dropped?: string; market?: true },
  context: Context & { tenantId?: string },
) => {
  const mayTrustCaller = context.tenantId === undefined && house.settings.HANSA_TENANCY === "path";
  if (context.tenantId !== city && !mayTrustCaller) {
    const error = new Error(`tenancy: the environment is ${context.tenantId}'s, not ${city}'s`);
    house.log.error("unexpected error", { error }); // the alarm on tenancy reads this line
    throw error;
  }
  // A file was laid down for one of its sources: that is looked at with what else is due.
  if (dropped !== undefined) await (await house.hereOf(city))?.ask(FilesDropped, { sourceId: dropped });
  if (market) await house.heedMarket(city);
  return { handled: await house.deliver(city) };
};
