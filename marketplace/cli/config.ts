import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PrivateKey, PublicKey } from "../contract/keys.ts";
import { Trouble } from "./trouble.ts";

/** What the publisher's machine keeps, readable by its owner alone. The private key never leaves this file. */
const Profile = z.strictObject({
  key: PrivateKey.optional(),
  /** The party's name, once it has signed up. */
  party: z.string().optional(),
  house: z.string().optional(),
  /** The key that the house signed with when it was last looked at. */
  houseKey: PublicKey.optional(),
});
export type Profile = z.infer<typeof Profile>;

/** HANSA_CONFIG, else the usual place for settings. */
export const configFolder = (): string =>
  process.env["HANSA_CONFIG"] ?? join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "hansa");

export function profileFile(name: string): string {
  if (!/^[a-z0-9-]{1,40}$/.test(name))
    throw new Trouble(
      "usage",
      `${name} is no profile's name.`,
      "It has small letters, digits and hyphens.",
      "Give another --profile.",
    );
  return join(configFolder(), `${name}.json`);
}

export function readProfile(name: string): Profile {
  const file = profileFile(name);
  let text: string;
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
      throw new Trouble(
        "usage",
        "Your key can be read by others on this machine.",
        `${file} is open to them.`,
        `chmod 600 ${file}`,
      );
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    return Profile.parse(JSON.parse(text));
  } catch {
    throw new Trouble(
      "usage",
      "Your settings cannot be read.",
      `${file} is not as hansa wrote it.`,
      "Restore it from your backup; without it, sign up under another name.",
    );
  }
}

/** Written whole or not at all, mode 0600. */
export function writeProfile(name: string, profile: Profile): string {
  const file = profileFile(name);
  mkdirSync(configFolder(), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.part`;
  writeFileSync(draft, `${JSON.stringify(Profile.parse(profile), null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return file;
}

/** The house to speak to: flag, then environment, then the profile, then the one on this machine. */
export function houseOf(flag: string | undefined, profile: Profile): string {
  const house = flag ?? process.env["HANSA_HOUSE"] ?? profile.house ?? "http://localhost:3000";
  if (!URL.canParse(house) || !/^https?:$/.test(new URL(house).protocol))
    throw new Trouble(
      "usage",
      `${house} is no house's address.`,
      "It must begin with http:// or https://.",
      "For example --house https://hansa.example",
    );
  return house.replace(/\/+$/, "");
}
