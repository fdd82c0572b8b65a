import { positiveMinorOf } from "../../../shared/amounts.ts";
import { decimalOf } from "../../../shared/money.ts";
import { canonical } from "../../contract/canonical.ts";
import { seal } from "../../contract/dsse.ts";
import { sealRequest } from "../../contract/party-request.ts";
import { PayoutStatement } from "../../contract/payout-statement.ts";
import { PLEDGE_TYPE, Pledge } from "../../contract/pledge.ts";
import { houseOf, readProfile } from "../config.ts";
import { postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, withHouse } from "./common.ts";

/** Whose key signs. @throws {Trouble} usage: nobody's yet */
function partyOf(args: Given) {
  const kept = readProfile(args.must("profile"));
  if (!kept.key || !kept.party)
    throw new Trouble(
      "usage",
      "This profile is no party yet.",
      "There is no name and no key in it.",
      "hansa party sign-up --help",
    );
  return { key: kept.key, party: kept.party, house: houseOf(args.text("house"), kept) };
}

export const payouts: Command = {
  summary: "See what cities pay you: by city, month and module, and whether it is paid",
  args: { ...withHouse },
  examples: ["hansa party payouts", "hansa party payouts --json"],
  async run(args) {
    const { key, party, house } = partyOf(args);
    const request = await sealRequest({ party, asks: "payouts", at: new Date().toISOString() }, key);
    const { body } = await postJson<{ statements: unknown[]; url: string }>(
      house,
      `/marketplace/v1/parties/${party}/payouts`,
      request,
    );
    const statements = body.statements.map((one) => PayoutStatement.parse(one));
    return {
      json: { ...body, url: house + body.url },
      lines: [
        ...(statements.length === 0 ? ["No city has paid for anything of yours yet."] : []),
        ...statements.map(
          ({ month, city, amountMinor, currency, state }) =>
            `${month}  ${city.slug.padEnd(24)} ${decimalOf(amountMinor, currency).padStart(14)} ${currency}  ${state}`,
        ),
        ...statements.flatMap(({ bills, city, currency }) =>
          bills
            .filter(({ isPaid }) => !isPaid)
            .map(
              ({ invoice, amountMinor, dueOn, reference }) =>
                `To pay as a sponsor: ${invoice} of ${city.slug}, ${decimalOf(amountMinor, currency)} ${currency} until ${dueOn}, reference ${reference}`,
            ),
        ),
        "",
        `As a page, for half an hour: ${house}${body.url}`,
      ],
    };
  },
};

/** Amounts as they are typed: `500.00EUR,300000XOF`. @throws {Trouble} usage */
function atMostIn(typed: string | undefined): { atMost?: Record<string, number> } {
  if (typed === undefined) return {};
  const amounts = typed.split(",").map((one) => {
    const [, amount = "", currency = ""] = /^([0-9.]+) *([A-Z]{3})$/.exec(one.trim()) ?? [];
    try {
      return [currency, positiveMinorOf(amount, currency, "at-most")] as const;
    } catch {
      throw new Trouble("usage", `${one} is no amount.`, "It is a number and a currency.", "Such as 500.00EUR.");
    }
  });
  return { atMost: Object.fromEntries(amounts) };
}

export const pledge: Command = {
  summary: "Sign that you pay for a module in the place of cities, up to a month",
  args: {
    ...withHouse,
    module: { type: "string", required: true, description: "publisher/module", valueHint: "name" },
    until: { type: "string", required: true, description: "The last month that you pay for", valueHint: "2027-12" },
    "at-most": {
      type: "string",
      description: "How much in each city and for all months, before tax; without it there is no bound",
      valueHint: "500.00EUR",
    },
    "dry-run": { type: "boolean", description: "Show what would be signed; send nothing" },
  },
  examples: [
    "hansa party pledge --module aquametric/fair-water --until 2027-12",
    "hansa party pledge --module aquametric/fair-water --until 2027-12 --at-most 500.00EUR,300000XOF",
  ],
  async run(args) {
    const { key, party, house } = partyOf(args);
    const read = Pledge.safeParse({
      ...{ sponsor: party, module: args.must("module"), until: args.must("until") },
      ...atMostIn(args.text("at-most")),
      signedAt: new Date().toISOString(),
    });
    if (!read.success)
      throw new Trouble(
        "usage",
        "This is no pledge.",
        "Some of it is not valid:",
        "Mend it and try again.",
        read.error.issues.map(({ path, message }) => ({ at: `--${path.join(".")}`, detail: message })),
      );
    const { module, until } = read.data;
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, pledge: read.data },
        lines: [`Would sign: ${party} pays for ${module} until ${until}. Nothing was sent.`],
      };
    const envelope = await seal(PLEDGE_TYPE, canonical(read.data), key);
    const { body } = await postJson<Pledge>(house, "/marketplace/v1/pledges", envelope);
    return { json: body, lines: [`${party} pays for ${module} in the place of cities, up to ${body.until}.`] };
  },
};
