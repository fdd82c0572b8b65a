import { askJson } from "../house.ts";
import { type Command, withHouse, withKey } from "./common.ts";

interface Proof {
  isSound: boolean;
  problems: string[];
  segments: number;
  transfers: number;
  sums: Record<string, number>;
  digest: string;
  closings?: { on: string; balancesDigest: string }[];
}

export const prove: Command = {
  summary: "Recompute a city’s whole ledger from its entries, and say whether it is sound",
  args: {
    ...withHouse,
    city: { type: "string", required: true, description: "Which city", valueHint: "slug" },
    token: {
      type: "string",
      description: "A key with the scope ledger.entries:read (better: HANSA_TOKEN)",
      valueHint: "token",
    },
  },
  examples: ["hansa ledger prove --city abidjan", "hansa ledger prove --city abidjan --json && echo sound"],
  async run(args) {
    const { house, headers } = withKey(args, "ledger.entries:read");
    const city = args.must("city");
    const { body } = await askJson<Proof>(house, `/cities/${encodeURIComponent(city)}/v1/ledger/proof`, { headers });
    // Not trouble with the command: it did its work, and what it found is the answer.
    if (!body.isSound) process.exitCode = 1;
    const sums = Object.entries(body.sums).map(([currency, sum]) => `  ${currency} adds up to ${sum}.`);
    const closed = (body.closings ?? []).map(({ on, balancesDigest }) => `  Closed up to ${on}: ${balancesDigest}`);
    return {
      json: { city, ...body },
      lines: [
        body.isSound
          ? `The ledger of ${city} is sound: ${body.transfers} transfers in ${body.segments} segments.`
          : `The ledger of ${city} is NOT sound. Nothing may be posted until this is explained:`,
        ...body.problems.map((problem) => `  ${problem}`),
        ...sums,
        ...closed,
        `  Digest  ${body.digest}`,
      ],
    };
  },
};
