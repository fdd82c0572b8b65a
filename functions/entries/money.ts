import { handle } from "hono/aws-lambda";
import { compose } from "../../shared/compose.ts";
import { serve } from "../../shared/serve.ts";
import { cityRooms } from "../rooms.ts";

// The rooms that move money: the only function that may unwrap payment secrets. The gateway sends it their paths alone.
const MONEY = new Set([
  "billing",
  "payments",
  "ledger",
  "counter",
  "bank",
  "billpay",
  "vending",
  "penalties",
  "assessment",
  "module_money",
]);
const house = await compose(process.env, cityRooms);
export const handler = handle(
  serve(
    house,
    cityRooms.filter(({ name }) => MONEY.has(name)),
    [],
  ).app,
);
