import { publicOf } from "../../contract/keys.ts";
import { publisherOf } from "../../contract/manifest.ts";
import { openPackage, sealPackage } from "../../contract/module.ts";
import { houseOf, readProfile } from "../config.ts";
import { readModule } from "../files.ts";
import { askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, ownKey, withHouse } from "./common.ts";

interface Published {
  name: string;
  version: string;
  digest: string;
  url: string;
}

export const publish: Command = {
  summary: "Check, sign and publish a module; what is published never changes",
  args: {
    ...withHouse,
    folder: { type: "positional", description: "Where it is", default: "." },
    "dry-run": { type: "boolean", description: "Check and sign, but send nothing" },
  },
  examples: [
    "hansa publish",
    "hansa publish fair-water --dry-run",
    "hansa publish --house https://hansa.example --json",
  ],
  async run(args) {
    const profile = readProfile(args.must("profile"));
    const house = houseOf(args.text("house"), profile);
    const { module } = await readModule(args.must("folder"));
    const { name, version } = module.manifest;
    const key = ownKey(profile, "A module is signed by its publisher.");
    if (profile.party && profile.party !== publisherOf(name))
      throw new Trouble(
        "usage",
        `${name} is not yours to publish.`,
        `You are ${profile.party}.`,
        `Name it ${profile.party}/…, or choose another --profile.`,
      );
    const { envelope, digest } = await sealPackage(module, key);
    await openPackage(envelope, publicOf(key), digest);
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, house, name, version, digest },
        lines: [`Would publish ${name} ${version} at ${house}.`, `  Digest  ${digest}`, "Nothing was sent."],
      };
    const { status, body } = await postJson<Published>(house, "/marketplace/v1/modules", envelope);
    if (body.digest !== digest)
      throw new Trouble(
        "refused",
        "The house keeps another package than the one that was sent.",
        `It has ${body.digest}, you sent ${digest}.`,
        "Tell the house's operator: something between you and the house changes what is sent.",
      );
    return {
      json: { ...body, url: house + body.url, isNew: status === 201 },
      lines: [
        status === 201
          ? `${name} ${version} is published.`
          : `${name} ${version} was published before, with the same content.`,
        `  Digest  ${digest}`,
        `  Page    ${house}${body.url}`,
        "",
        "Next: a city's administrator finds it in its console under Modules, tries it and installs it.",
      ],
    };
  },
};

export const versions: Command = {
  summary: "The published versions of a module, the latest first",
  args: { ...withHouse, name: { type: "positional", required: true, description: "publisher/module" } },
  examples: ["hansa versions my-party/fair-water", "hansa versions my-party/fair-water --json"],
  async run(args) {
    const house = houseOf(args.text("house"), readProfile(args.must("profile")));
    const body = await versionsOf(house, args.must("name"));
    return {
      json: body,
      lines: body.versions.map(({ version, digest, publishedAt }) => `${version.padEnd(12)} ${publishedAt}  ${digest}`),
    };
  },
};

interface Versions {
  versions: { version: string; digest: string; publishedAt: string }[];
}

/** What is published of a module. @throws {Trouble} usage: this is no module's name */
export async function versionsOf(house: string, name: string): Promise<Versions> {
  const [publisher, module, ...more] = name.split("/");
  if (!publisher || !module || more.length)
    throw new Trouble(
      "usage",
      `${name} is no module's name.`,
      "It is publisher/module.",
      "hansa versions my-party/fair-water",
    );
  const path = `/marketplace/v1/modules/${encodeURIComponent(publisher)}/${encodeURIComponent(module)}`;
  return (await askJson<Versions>(house, path)).body;
}
