import { keyIdOf, newKey, publicOf } from "../../contract/keys.ts";
import { sealParty } from "../../contract/party.ts";
import { houseOf, profileFile, readProfile, writeProfile } from "../config.ts";
import { postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, everywhere, withHouse } from "./common.ts";

const profile = withHouse.profile;

export const key: Command = {
  summary: "Make your signing key, or show its public half",
  args: { ...everywhere, profile },
  examples: ["hansa key", "hansa key --profile second --json"],
  async run(args) {
    const name = args.must("profile");
    const kept = readProfile(name);
    const own = kept.key ?? newKey();
    if (!kept.key) writeProfile(name, { ...kept, key: own });
    const [publicKey, file] = [publicOf(own), profileFile(name)];
    const keyId = await keyIdOf(publicKey);
    return {
      json: { keyId, publicKey, file, isNew: !kept.key },
      lines: [
        kept.key ? "Your key:" : "Your new key (Ed25519):",
        `  Id      ${keyId}`,
        `  Public  ${publicKey.x}`,
        `  Kept in ${file}, for you alone. Back it up: nobody can give it to you again.`,
      ],
    };
  },
};

export const signUp: Command = {
  summary: "Become a party: tell the house your name and prove that you hold your key. No password",
  args: {
    ...withHouse,
    name: {
      type: "string",
      required: true,
      description: "The first half of your modules' names; it stays",
      valueHint: "name",
    },
    title: { type: "string", required: true, description: "What you are called", valueHint: "text" },
    kind: {
      type: "string",
      description: "start-up, lab, company, public-service, city, reviewer or group",
      default: "start-up",
      valueHint: "kind",
    },
    contact: {
      type: "string",
      required: true,
      description: "An e-mail address; it is shown to everyone",
      valueHint: "e-mail",
    },
    website: { type: "string", description: "An https address", valueHint: "url" },
    "dry-run": { type: "boolean", description: "Show what would be signed and sent; send nothing" },
  },
  examples: [
    'hansa party sign-up --name my-party --title "My party" --contact hello@my-party.example',
    'hansa party sign-up --name lab-lacs --title "Lab Lacs" --kind lab --contact lab@lacs.example --house https://hansa.example',
  ],
  async run(args) {
    const profileName = args.must("profile");
    const kept = readProfile(profileName);
    const house = houseOf(args.text("house"), kept);
    const own = kept.key ?? newKey();
    const wanted = {
      name: args.must("name"),
      title: args.must("title"),
      kind: args.must("kind") as "lab",
      contact: args.must("contact"),
      website: args.text("website"),
      signedAt: new Date().toISOString(),
    };
    const envelope = await sealParty(wanted, own).catch((error: { issues?: { path: string[]; message: string }[] }) => {
      if (!error.issues) throw error;
      throw new Trouble(
        "usage",
        "This is no party's profile.",
        "Some of it is not valid:",
        "Mend it and try again.",
        error.issues.map(({ path, message }) => ({ at: `--${path.join(".")}`, detail: message })),
      );
    });
    const keyId = await keyIdOf(publicOf(own));
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, house, keyId, envelope },
        lines: [`Would sign up ${wanted.name} at ${house} with the key ${keyId}. Nothing was sent.`],
      };
    // The key is kept before the house knows it: a name signed up with a lost key would be lost with it.
    if (!kept.key) writeProfile(profileName, { ...kept, key: own });
    const { status, body } = await postJson<{ name: string }>(house, "/marketplace/v1/parties", envelope);
    const file = writeProfile(profileName, {
      ...(kept.house === house ? kept : {}),
      ...{ key: own, party: wanted.name, house },
    });
    return {
      json: { ...body, keyId, house, file, isNew: status === 201 },
      lines: [
        `${wanted.name} is ${status === 201 ? "now " : ""}a party at ${house}.`,
        `  Key     ${keyId}`,
        `  Kept in ${file}, for you alone. Back it up: whoever has it can publish in your name.`,
        "",
        "Next: hansa publish",
      ],
    };
  },
};
