import { processSandbox } from "../../../shared/sandbox/index.ts";
import { type CheckLine, checkRelease, type Report } from "../../check/index.ts";
import { checkTexts } from "../../check/texts.ts";
import { canonical, packageKey } from "../../contract/canonical.ts";
import type { Envelope } from "../../contract/dsse.ts";
import { checkModule, type Module } from "../../contract/module.ts";
import { labelOf, languagesOf, saysOf } from "../../contract/says.ts";
import { inLang } from "../../contract/words.ts";
import { partTexts } from "../../part-texts.ts";
import { houseOf, readProfile } from "../config.ts";
import { readModule } from "../files.ts";
import { askJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, withHouse } from "./common.ts";

export const validate: Command = {
  summary: "Check a module exactly as the house and the cities will",
  args: {
    ...withHouse,
    folder: { type: "positional", description: "Where it is", default: "." },
    published: { type: "boolean", description: "Also against the versions that the house has of it" },
  },
  examples: ["hansa validate", "hansa validate fair-water --json", "hansa validate --published"],
  async run(args) {
    const { file, module } = await readModule(args.must("folder"));
    const older = args.flag("published")
      ? await published(houseOf(args.text("house"), readProfile(args.must("profile"))), module.manifest.name)
      : [];
    const report = await checkRelease(module, { sandbox: processSandbox("hansa"), older });
    if (report.verdict === "fail") throw failed(file, report);
    const bytes = canonical(module).length;
    const { name, version, title } = module.manifest;
    const [says, languages] = [saysOf(module, "en"), languagesOf(module)];
    return {
      json: { name, version, digest: report.package, bytes, label: labelOf(module), languages, says, check: report },
      lines: [
        `✓ ${name} ${version} “${inLang(title, "en")}” keeps the contract.`,
        `  Digest     ${report.package}`,
        `  Proof      ${report.proofDigest}`,
        `  Size       ${bytes} bytes`,
        `  Languages  ${languages.join(", ")}`,
        `  Label      ${partTexts.in("en")(labelOf(module))}`,
        "  What a city will read that it may do:",
        ...says.map((sentence) => `    - ${sentence}`),
        "  What the check found:",
        ...report.lines.flatMap(lineSays),
      ],
    };
  },
};

const MARK = { pass: "✓", warn: "!", fail: "✗" } as const;
const FOUND_SHOWN = 5;

function lineSays({ check, verdict, says, found }: CheckLine): string[] {
  const t = checkTexts.in("en");
  const shown = verdict === "pass" ? [] : found.slice(0, FOUND_SHOWN);
  return [
    `    ${MARK[verdict]} ${t(check)}: ${says.en}`,
    ...shown.map(({ at, what }) => `        ${at}  ${what}`),
    ...(found.length > shown.length && shown.length > 0 ? [`        … ${found.length - shown.length} more`] : []),
  ];
}

/** What fails, thing by thing. */
export const failed = (file: string, { lines }: Report): Trouble => {
  const wrong = lines.filter(({ verdict }) => verdict === "fail");
  return new Trouble(
    "invalid",
    `The module does not pass ${wrong.length === 1 ? "a check" : `${wrong.length} checks`}.`,
    `${file}: ${wrong.map(({ says }) => says.en).join(" ")}`,
    "Mend this and run `hansa validate` again.",
    wrong.flatMap(({ check, found }) => found.map(({ at, what }) => ({ at, detail: `${check}: ${what}` }))),
  );
};

/** The versions that the house has; none where it has never heard of it. */
async function published(house: string, name: string): Promise<Module[]> {
  const path = `/marketplace/v1/modules/${name}`;
  const { body } = await askJson<{ versions: { digest: string }[] }>(house, path).catch((error: unknown) => {
    if (error instanceof Trouble && error.what.includes("(404 ")) return { body: { versions: [] } };
    throw error;
  });
  const found = body.versions.map(async ({ digest }) => {
    const { body: envelope } = await askJson<Envelope>(house, `/marketplace/v1/${packageKey(digest)}`);
    // Only looked at: what is published is proved by whoever takes it.
    return checkModule(JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8"))).module;
  });
  return (await Promise.all(found)).filter((module) => module !== undefined);
}
