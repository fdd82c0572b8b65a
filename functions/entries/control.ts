import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { operatorLink } from "../control/operators.ts";
import { cityRooms, houseRooms } from "../rooms.ts";

// The house's own desk and front door. It knows all rooms, because an export walks what each of them keeps.
const house = await compose(process.env, cityRooms);
const answer = handle(
  serve(
    house,
    [],
    houseRooms.filter(({ name }) => name !== "marketplace"),
  ).app,
);

/** Invoked directly, with the rights of whoever deploys: gives out a link that signs an operator in once. */
interface Bootstrap {
  bootstrap: true;
  origin: string;
}

export const handler = async (
  event: Parameters<typeof answer>[0] | Bootstrap,
  context: Parameters<typeof answer>[1],
) => ("bootstrap" in event ? { link: await operatorLink(house, event.origin) } : answer(event, context));
