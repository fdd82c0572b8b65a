import { canonical } from "../../contract/canonical.ts";
import { seal } from "../../contract/dsse.ts";
import { VOUCH_TYPE, Vouch } from "../../contract/use.ts";
import { houseOf, readProfile } from "../config.ts";
import { askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, withHouse } from "./common.ts";

export const vouch: Command = {
  summary: "As the house’s party: say that a party is a city that the house knows, so that what it runs is shown",
  args: {
    ...withHouse,
    city: { type: "positional", required: true, description: "The city’s name among parties" },
    withdraw: { type: "boolean", description: "It is not, or no longer" },
    "dry-run": { type: "boolean", description: "Show what would be signed; send nothing" },
  },
  examples: ["hansa party vouch abidjan", "hansa party vouch abidjan --withdraw --dry-run"],
  async run(args) {
    const profile = readProfile(args.must("profile"));
    const house = houseOf(args.text("house"), profile);
    if (!profile.key || !profile.party)
      throw new Trouble(
        "usage",
        "You are no party yet.",
        "The house’s own party (HANSA_HOUSE_PARTY) says this, by its key.",
        "Choose its --profile.",
      );
    const city = args.must("city");
    const { body } = await askJson<{ keyId: string; title: string }>(
      house,
      `/marketplace/v1/parties/${encodeURIComponent(city)}`,
    );
    const word = Vouch.parse({
      ...{ contract: 1, by: profile.party, city, keyId: body.keyId },
      ...{ signedAt: new Date().toISOString(), isWithdrawn: args.flag("withdraw") },
    });
    const says = `${body.title} (${city}, key ${body.keyId}) ${word.isWithdrawn ? "is no longer vouched for" : "is vouched for"}`;
    if (args.flag("dry-run"))
      return { json: { dryRun: true, ...word }, lines: [`Would say: ${says}. Nothing was sent.`] };
    const envelope = await seal(VOUCH_TYPE, canonical(word), profile.key);
    const { body: kept } = await postJson<Vouch>(house, "/marketplace/v1/vouches", envelope);
    return { json: kept, lines: [`${says} at ${house}.`] };
  },
};
