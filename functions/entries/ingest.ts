import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { accounts } from "../accounts/room.ts";
import { meters } from "../meters/room.ts";

// What meters and their sources send: the hot path, apart from people's pages. It asks accounts whose a meter is.
const house = await compose(process.env, [accounts, meters]);
export const handler = handle(serve(house, [meters], []).app);
