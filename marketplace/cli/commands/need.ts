import { canonical } from "../../contract/canonical.ts";
import { seal } from "../../contract/dsse.ts";
import { CONTRACT } from "../../contract/manifest.ts";
import { ANSWER_TYPE, Answer } from "../../contract/need.ts";
import { houseOf, readProfile } from "../config.ts";
import { askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, ownKey, withHouse } from "./common.ts";

interface Need {
  name: string;
  deadline: string;
  state: string;
  title: Record<string, string>;
}

export const needs: Command = {
  summary: "What cities need, the next deadline first",
  args: withHouse,
  examples: ["hansa need list", "hansa need list --json"],
  async run(args) {
    const house = houseOf(args.text("house"), readProfile(args.must("profile")));
    const { body } = await askJson<{ needs: Need[] }>(house, "/marketplace/v1/needs?state=open");
    return {
      json: body,
      lines:
        body.needs.length === 0
          ? ["No city needs anything now."]
          : body.needs.map(({ name, deadline, title }) => `${deadline}  ${name}  ${Object.values(title)[0]}`),
    };
  },
};

interface Answered {
  passes: boolean;
  isLate: boolean;
  beyond: string[];
  cases: { case: string; passes: boolean; why?: string }[];
  url: string;
}

export const answerNeed: Command = {
  summary: "Answer a city's need with a published module; its proof cases run at once",
  args: {
    ...withHouse,
    need: { type: "positional", required: true, description: "city/need" },
    module: { type: "string", required: true, description: "publisher/module, yours", valueHint: "name" },
    version: { type: "string", required: true, description: "A published version", valueHint: "version" },
    says: { type: "string", description: "A word to the city", valueHint: "text" },
    language: { type: "string", description: "Of that word", default: "en", valueHint: "tag" },
  },
  examples: ["hansa need answer bouake/fair-water --module my-party/fair-water --version 1.0.0"],
  async run(args) {
    const profile = readProfile(args.must("profile"));
    const house = houseOf(args.text("house"), profile);
    const key = ownKey(profile, "An answer is signed by the module's publisher.");
    const says = args.text("says");
    const said = Answer.safeParse({
      contract: CONTRACT,
      need: args.must("need"),
      module: args.must("module"),
      version: args.must("version"),
      ...(says ? { says: { [args.must("language")]: says } } : {}),
      signedAt: new Date().toISOString(),
    });
    if (!said.success)
      throw new Trouble("usage", "This is no answer.", said.error.issues[0]!.message, "hansa need answer --help");
    const envelope = await seal(ANSWER_TYPE, canonical(said.data), key);
    const { body } = await postJson<Answered>(house, "/marketplace/v1/answers", envelope);
    return {
      json: { ...body, url: house + body.url },
      lines: [
        body.passes ? "It passes." : "It does not pass.",
        ...(body.isLate ? ["It is late."] : []),
        ...body.beyond.map((scope) => `  asks for more than is granted: ${scope}`),
        ...body.cases.map(
          (one) => `  ${one.passes ? "passes" : "fails "}  ${one.case}${one.why ? `: ${one.why}` : ""}`,
        ),
        `  Page    ${house}${body.url}`,
      ],
    };
  },
};
