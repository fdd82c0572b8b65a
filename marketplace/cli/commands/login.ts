import { keyIdOf, newKey, type PublicKey, publicOf } from "../../contract/keys.ts";
import { houseOf, profileFile, readProfile, writeProfile } from "../config.ts";
import { ask } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, withHouse } from "./common.ts";

export const login: Command = {
  summary: "Choose the house that you work with, and see who you are there. Nothing secret is sent",
  args: {
    ...withHouse,
    "accept-key": { type: "boolean", description: "The house signs with another key than before, and you know why" },
    "dry-run": { type: "boolean", description: "Look; keep nothing" },
  },
  examples: ["hansa login --house https://hansa.example", "hansa login --profile second --json"],
  async run(args) {
    const name = args.must("profile");
    const kept = readProfile(name);
    const house = houseOf(args.text("house"), kept);
    const { publicKey: houseKey } = (await (await ask(house, "/marketplace/v1/house.json")).json()) as {
      publicKey: PublicKey;
    };
    // Of a house that we knew another key is a warning: somebody else may answer in its place.
    const known = kept.house === house ? kept.houseKey : undefined;
    if (known && known.x !== houseKey.x && !args.flag("accept-key"))
      throw new Trouble(
        "refused",
        `${house} signs with another key than before.`,
        `Before ${await keyIdOf(known)}, now ${await keyIdOf(houseKey)}.`,
        "Ask its operator; if it is right, run `hansa login --accept-key`.",
      );
    const own = kept.key ?? newKey();
    const keyId = await keyIdOf(publicOf(own));
    const party = await partyOf(house, keyId);
    const file = args.flag("dry-run")
      ? profileFile(name)
      : writeProfile(name, { ...kept, key: own, house, houseKey, ...(party ? { party } : {}) });
    return {
      json: {
        house,
        houseKeyId: await keyIdOf(houseKey),
        keyId,
        party,
        file,
        ...(args.flag("dry-run") ? { dryRun: true } : {}),
      },
      lines: [
        `You work with ${house}.`,
        `  Its key   ${await keyIdOf(houseKey)}`,
        `  Your key  ${keyId}${kept.key ? "" : " (new)"}, in ${file}; it signs here and never leaves this machine.`,
        party ? `  You are   ${party}` : "  You are   nobody there yet",
        ...(args.flag("dry-run") ? ["Nothing was kept."] : []),
        "",
        party ? "Next: hansa publish" : "Next: hansa party sign-up --name … --title … --contact …",
      ],
    };
  },
};

/** Whose this key is at the house, if it knows it. */
async function partyOf(house: string, keyId: string): Promise<string | undefined> {
  const answer = await ask(house, `/marketplace/v1/keys/${encodeURIComponent(keyId)}`);
  return ((await answer.json()) as { party?: string }).party;
}
