import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { cityRooms } from "../rooms.ts";

// Every room's pages and routes but money's and ingestion's, one city per environment.
const house = await compose(process.env, cityRooms);
export const handler = handle(serve(house, cityRooms, []).app);
