import { canonical, digestOf } from "../../contract/canonical.ts";
import { labelOf, languagesOf, saysOf } from "../../contract/says.ts";
import { inLang } from "../../contract/words.ts";
import { partTexts } from "../../part-texts.ts";
import { readModule } from "../files.ts";
import { type Command, everywhere } from "./common.ts";

export const validate: Command = {
  summary: "Check a module exactly as the house and the cities will",
  args: { ...everywhere, folder: { type: "positional", description: "Where it is", default: "." } },
  examples: ["hansa validate", "hansa validate fair-water --json"],
  async run(args) {
    const { module } = await readModule(args.must("folder"));
    const bytes = canonical(module);
    const { name, version, title } = module.manifest;
    const [digest, says, languages] = [digestOf(bytes), saysOf(module, "en"), languagesOf(module)];
    return {
      json: { name, version, digest, bytes: bytes.length, label: labelOf(module), languages, says },
      lines: [
        `✓ ${name} ${version} “${inLang(title, "en")}” keeps the contract.`,
        `  Digest     ${digest}`,
        `  Size       ${bytes.length} bytes`,
        `  Languages  ${languages.join(", ")}`,
        `  Label      ${partTexts.in("en")(labelOf(module))}`,
        "  What a city will read that it may do:",
        ...says.map((sentence) => `    - ${sentence}`),
      ],
    };
  },
};
