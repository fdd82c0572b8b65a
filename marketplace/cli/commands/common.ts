import type { PrivateKey } from "../../contract/keys.ts";
import { houseOf, type Profile, readProfile } from "../config.ts";
import type { Answer } from "../output.ts";
import { Trouble } from "../trouble.ts";

/** Flags that every command has. */
export const everywhere = {
  json: { type: "boolean", description: "Answer as JSON on stdout; trouble as JSON on stderr" },
  quiet: { type: "boolean", description: "Say nothing when it went well" },
} as const;

/** Flags of commands that speak to a house or use a key. */
export const withHouse = {
  ...everywhere,
  house: {
    type: "string",
    description: "The house's address (HANSA_HOUSE; else http://localhost:3000)",
    valueHint: "url",
  },
  profile: { type: "string", description: "Whose key and settings to use", default: "default", valueHint: "name" },
} as const;

export const withToken = {
  ...withHouse,
  token: { type: "string", description: "The operator's token (better: HANSA_TOKEN)", valueHint: "token" },
} as const;

/** A command with examples, which `--help` shows. */
export interface Command {
  summary: string;
  args: Record<string, ArgSpec>;
  examples: readonly string[];
  run(args: Given): Promise<Answer>;
}
export interface ArgSpec {
  type: "string" | "boolean" | "positional";
  description: string;
  required?: boolean;
  default?: string;
  valueHint?: string;
}

/** What was given, by name. */
export class Given {
  constructor(private readonly values: Record<string, unknown>) {}
  flag(name: string): boolean {
    return this.values[name] === true;
  }
  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
  /** A required one, or one with a default: the reader of the arguments has seen to it that it is there. */
  must(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new RangeError(`${name} is neither required nor has a default`);
    return value;
  }
}

/** The house and the token of a command that needs one. @throws {Trouble} usage: none was given */
export function signedIn(args: Given, needs: string, next: string) {
  const house = houseOf(args.text("house"), readProfile(args.must("profile")));
  const token = args.text("token") ?? process.env["HANSA_TOKEN"];
  if (!token) throw new Trouble("usage", needs, "Neither HANSA_TOKEN nor --token is given.", next);
  return { house, headers: { Authorization: `Bearer ${token}` } };
}

/** The same with a key of a city. */
export const withKey = (args: Given, scope: string) =>
  signedIn(
    args,
    "This needs a key of the city.",
    `Let the city’s administrator make a key with the scope ${scope}, and set HANSA_TOKEN.`,
  );

/** The key of one's own. @throws {Trouble} usage: there is none yet, and why one is needed */
export function ownKey({ key }: Profile, why: string): PrivateKey {
  if (!key) throw new Trouble("usage", "You have no key yet.", why, "Run `hansa party sign-up` first.");
  return key;
}
