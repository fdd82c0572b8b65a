import { handle } from "hono/aws-lambda";
import { catalogue } from "../../marketplace/catalogue/room.ts";
import { groupsHouse } from "../../marketplace/groups/room.ts";
import { mirrorsHouse } from "../../marketplace/mirrors/room.ts";
import { needsHouse } from "../../marketplace/needs/room.ts";
import { peersHouse } from "../../marketplace/peers/room.ts";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";

// The marketplace: parties and modules; it knows no city.
const house = await compose(process.env, []);
export const handler = handle(serve(house, [], [catalogue, peersHouse, needsHouse, groupsHouse, mirrorsHouse]).app);
