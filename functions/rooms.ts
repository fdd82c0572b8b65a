import { catalogue } from "../marketplace/catalogue/room.ts";
import { cityGroups, groupsHouse } from "../marketplace/groups/room.ts";
import { installs } from "../marketplace/installs/room.ts";
import { mirrorsHouse } from "../marketplace/mirrors/room.ts";
import { moduleMoney } from "../marketplace/money/room.ts";
import { cityNeeds, needsHouse } from "../marketplace/needs/room.ts";
import { peers, peersHouse } from "../marketplace/peers/room.ts";
import { pilotRoom } from "../marketplace/pilots/room.ts";
import { uses } from "../marketplace/uses/room.ts";
import type { CityRoom, HouseRoom } from "../shared/room.ts";
import { accounts } from "./accounts/room.ts";
import { alarms } from "./alarms/room.ts";
import { assessment } from "./assessment/room.ts";
import { bank } from "./bank/room.ts";
import { billing } from "./billing/room.ts";
import { billpay } from "./billpay/room.ts";
import { collection } from "./collection/room.ts";
import { control } from "./control/room.tsx";
import { counter } from "./counter/room.ts";
import { forecast } from "./forecast/room.ts";
import { identity } from "./identity/room.ts";
import { ledger } from "./ledger/room.ts";
import { log } from "./log/room.ts";
import { meters } from "./meters/room.ts";
import { network } from "./network/room.ts";
import { opendata } from "./opendata/room.ts";
import { payments } from "./payments/room.ts";
import { penalties } from "./penalties/room.ts";
import { portal, portalHouse } from "./portal/room.tsx";
import { procedures } from "./procedures/room.ts";
import { vending } from "./vending/room.ts";

/** Every room below a city, in the order of its menus. */
export const cityRooms: readonly CityRoom[] = [
  portal,
  identity,
  accounts,
  billing,
  payments,
  counter,
  bank,
  billpay,
  vending,
  assessment,
  collection,
  penalties,
  procedures,
  alarms,
  ledger,
  meters,
  network,
  forecast,
  opendata,
  installs,
  peers,
  cityNeeds,
  pilotRoom,
  cityGroups,
  moduleMoney,
  uses,
  log,
];

/** The house's own rooms. */
export const houseRooms: readonly HouseRoom[] = [
  portalHouse,
  control,
  catalogue,
  peersHouse,
  needsHouse,
  groupsHouse,
  mirrorsHouse,
];
