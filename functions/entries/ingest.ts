import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { cityRooms } from "../rooms.ts";

// What meters and their sources send: the hot path, apart from people's pages.
const house = await compose(process.env, cityRooms);
export const handler = handle(serve(house, cityRooms.filter(({ name }) => name === "meters"), []).app);
