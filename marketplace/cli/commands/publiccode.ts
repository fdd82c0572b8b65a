import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newKey, publicOf } from "../../contract/keys.ts";
import { publisherOf } from "../../contract/manifest.ts";
import { readPubliccode } from "../../publiccode/read.ts";
import { publiccodeOf } from "../../publiccode/write.ts";
import { houseOf, readProfile } from "../config.ts";
import { readModule } from "../files.ts";
import { Trouble } from "../trouble.ts";
import { type Command, withHouse } from "./common.ts";

const NAME = "publiccode.yml";

export const publiccode: Command = {
  summary: "Write publiccode.yml (0.7) for a module, or take title, words and licence over from one (0.5, 0.7)",
  args: {
    ...withHouse,
    folder: { type: "positional", description: "Where it is", default: "." },
    read: { type: "boolean", description: "Into module.json, from the publiccode.yml beside it" },
    contact: { type: "string", description: "Whom to ask; needed to write one", valueHint: "e-mail" },
    "dry-run": { type: "boolean", description: "Show what would be written; write nothing" },
  },
  examples: [
    "hansa publiccode fair-water --contact hello@my-party.example",
    "hansa publiccode fair-water --read --dry-run",
  ],
  run: (args) => (args.flag("read") ? taken(args) : written(args)),
};

async function written(args: Parameters<Command["run"]>[0]) {
  const folder = resolve(args.must("folder"));
  const { module } = await readModule(folder);
  const profile = readProfile(args.must("profile"));
  const contact = args.text("contact");
  if (!contact)
    throw new Trouble(
      "usage",
      "It needs somebody to ask.",
      "publiccode.yml names a contact.",
      "Give one with --contact hello@my-party.example",
    );
  const name = publisherOf(module.manifest.name);
  const party = {
    ...({ name, title: name, kind: "start-up", contact } as const),
    ...{ publicKey: publicOf(profile.key ?? newKey()), signedAt: new Date(0).toISOString() },
  };
  const origin = houseOf(args.text("house"), profile);
  const text = publiccodeOf(module, party, { origin, publishedAt: new Date().toISOString(), usedBy: [] });
  const file = join(folder, NAME);
  if (args.flag("dry-run")) return { json: { dryRun: true, file, text }, lines: [text] };
  if (existsSync(file))
    throw new Trouble(
      "usage",
      `${file} is there already.`,
      "It would be overwritten.",
      "Move it away, or look with --dry-run.",
    );
  writeFileSync(file, text, { flag: "wx" });
  return { json: { file }, lines: [`${file} is written; look through whom to ask and what it is for.`] };
}

async function taken(args: Parameters<Command["run"]>[0]) {
  const folder = resolve(args.must("folder"));
  const [from, to] = [join(folder, NAME), join(folder, "module.json")];
  for (const file of [from, to])
    if (!existsSync(file))
      throw new Trouble("usage", `There is no ${file}.`, "Both must be there.", "Start a module with `hansa init`.");
  const { known, mistakes } = readPubliccode(readFileSync(from, "utf8"));
  if (!known)
    throw new Trouble(
      "invalid",
      `${from} cannot be taken over.`,
      "Some of it is not as the standard has it:",
      "Mend it and try again.",
      mistakes,
    );
  const module = JSON.parse(readFileSync(to, "utf8")) as { manifest: object };
  const next = { ...module, manifest: { ...module.manifest, ...known } };
  const text = `${JSON.stringify(next, null, 2)}\n`;
  if (!args.flag("dry-run")) writeFileSync(to, text);
  return {
    json: { manifest: next.manifest, ...(args.flag("dry-run") ? { dryRun: true } : {}) },
    lines: [
      `${args.flag("dry-run") ? "Would take" : "Took"} over: ${Object.keys(known).join(", ")}.`,
      `Next: hansa validate ${args.must("folder")}`,
    ],
  };
}
