import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { houseRooms } from "../rooms.ts";

// The marketplace: parties and modules; it knows no city.
const house = await compose(process.env, []);
export const handler = handle(serve(house, [], houseRooms.filter(({ name }) => name === "marketplace")).app);
