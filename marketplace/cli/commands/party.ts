import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { canonical } from "../../contract/canonical.ts";
import { seal } from "../../contract/dsse.ts";
import { keyIdOf, newKey, PrivateKey, publicOf } from "../../contract/keys.ts";
import { PARTY_TYPE, Party, sealParty } from "../../contract/party.ts";
import { houseOf, profileFile, readProfile, writeProfile } from "../config.ts";
import { askJson, postJson } from "../house.ts";
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

/** What the file holds, or a new one that is still to be written. @throws {Trouble} usage */
function recoveryKeyIn(file: string): PrivateKey {
  if (!existsSync(file)) return newKey();
  const read = PrivateKey.safeParse(jsonIn(readFileSync(file, "utf8")));
  if (read.success) return read.data;
  throw new Trouble("usage", `${file} is no key.`, "It is not as hansa wrote it.", "Name the file that sign-up made.");
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const writeKey = (file: string, key: PrivateKey) =>
  writeFileSync(file, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: "wx" });

export const rotate: Command = {
  summary: "Exchange your key for a new one, by your recovery key: what the old one signs counts no more",
  args: {
    ...withHouse,
    "recovery-key": {
      type: "string",
      required: true,
      description: "The file that sign-up made",
      valueHint: "file",
    },
  },
  examples: ["hansa party rotate --recovery-key /media/stick/my-party-recovery.json"],
  async run(args) {
    const profileName = args.must("profile");
    const kept = readProfile(profileName);
    const house = houseOf(args.text("house"), kept);
    const file = args.must("recovery-key");
    if (!existsSync(file))
      throw new Trouble("usage", `There is no file ${file}.`, "", "Name the file that sign-up made.");
    if (!kept.party)
      throw new Trouble("usage", "You have not signed up yet.", "There is no key to exchange.", "hansa party sign-up");
    const recovery = recoveryKeyIn(file);
    const { body } = await askJson<Record<string, unknown>>(house, `/marketplace/v1/parties/${kept.party}`);
    const known = Party.strip().parse(body);
    const next = newKey();
    const profile = Party.parse({ ...known, publicKey: publicOf(next), signedAt: new Date().toISOString() });
    const bytes = canonical(profile);
    const sealed = (key: PrivateKey) => seal(PARTY_TYPE, bytes, key);
    const [envelope, recovered] = [await sealed(next), await sealed(recovery)];
    envelope.signatures.push(...recovered.signatures);
    // Kept beside the old one until the house knows it: neither is lost if something is cut off here.
    const before = writeProfile(`${profileName}-next`, { ...kept, key: next });
    await postJson(house, "/marketplace/v1/parties", envelope);
    const own = writeProfile(profileName, { ...kept, key: next, house });
    rmSync(before);
    const keyId = await keyIdOf(publicOf(next));
    return {
      json: { name: kept.party, keyId, house, file: own },
      lines: [`${kept.party} signs by a new key at ${house}.`, `  Key     ${keyId}`, `  Kept in ${own}. Back it up.`],
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
    "recovery-key": {
      type: "string",
      description: "A file to keep elsewhere: by it alone your key is exchanged when it is lost or stolen; it is made",
      valueHint: "file",
    },
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
    const recoveryFile = args.text("recovery-key");
    const recovery = recoveryFile === undefined ? undefined : recoveryKeyIn(recoveryFile);
    const wanted = {
      name: args.must("name"),
      title: args.must("title"),
      kind: args.must("kind") as "lab",
      contact: args.must("contact"),
      website: args.text("website"),
      ...(recovery ? { recoveryKey: publicOf(recovery) } : {}),
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
    if (recoveryFile !== undefined && recovery && !existsSync(recoveryFile)) writeKey(recoveryFile, recovery);
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
