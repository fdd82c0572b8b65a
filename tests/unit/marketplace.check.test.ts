import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { type CheckLine, checkRelease, type Report } from "../../marketplace/check/index.ts";
import { starter } from "../../marketplace/cli/starter.ts";
import { checkModule, defineModule, Module, type ModuleInput, withSbom } from "../../marketplace/contract/module.ts";
import { codeDigest, Sbom } from "../../marketplace/contract/sbom.ts";
import { hiddenIn, visibleIn } from "../../marketplace/contract/signs.ts";
import { inLang } from "../../marketplace/contract/words.ts";
import leaks from "../../marketplace/modules/clairseau-night-leaks/manifest.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";
import { processSandbox } from "../../shared/sandbox/index.ts";
import { LANGS } from "../../shared/texts.ts";

const sandbox = processSandbox("check-test");
const fair = defineModule(starter("aquametric/fair-water", "EUR"));
const check = (module: Module, older: readonly Module[] = []) => checkRelease(module, { sandbox, older });
const line = (report: Report, name: CheckLine["check"]) => report.lines.find(({ check }) => check === name)!;

/** A copy, changed by hand; what is no module any more is a mistake of the test. */
function changed(module: Module, change: (copy: Module) => void): Module {
  const copy = structuredClone(module);
  change(copy);
  return Module.parse(copy);
}
const program = (module: Module) => {
  const part = module.parts.find(({ kind }) => kind === "function");
  if (part?.kind !== "function") throw new Error("it has no program");
  return part;
};

// Guards against a check that our own modules do not pass, or pass only here.
test("the six modules pass, in all languages, and give the same digest each time", async () => {
  const folders = readdirSync("marketplace/modules", { withFileTypes: true }).filter((one) => one.isDirectory());
  expect(folders).toHaveLength(6);
  for (const { name } of folders) {
    const { default: module } = (await import(`../../marketplace/modules/${name}/manifest.ts`)) as { default: Module };
    const report = await check(module);
    const wrong = report.lines.filter(
      ({ check, verdict }) => verdict === "fail" || (verdict === "warn" && check !== "personal"),
    );
    expect(wrong, name).toEqual([]);
    expect((await check(structuredClone(module))).proofDigest).toBe(report.proofDigest);
    for (const { says } of report.lines) for (const lang of LANGS) expect(says[lang].length).toBeGreaterThan(10);
  }
}, 60_000);

test("the digest of the proof is of the package alone: who asks, and what came before, do not change it", async () => {
  const next = changed(fair, ({ manifest }) => {
    manifest.version = "0.2.0";
    manifest.changes = { en: "A new price", fr: "Un nouveau prix" };
  });
  const [here, there] = [
    await check(next, [fair]),
    await checkRelease(next, { sandbox: processSandbox("other"), languages: ["en"] }),
  ];
  expect(line(here, "languages").verdict).toBe("warn");
  expect(line(here, "languages").says.fr).toMatch(/^En arabe/);
  expect(line(there, "languages").verdict).toBe("pass");
  expect(here.proofDigest).toBe(there.proofDigest);
  expect((await check(fair)).proofDigest).not.toBe(here.proofDigest);
});

// Guards against an example that nobody works: of a tariff, a procedure, a rule or a program.
test("an example that does not give what it says fails", async () => {
  const dear = changed(fair, ({ parts }) => {
    const tariff = parts.find(({ kind }) => kind === "tariff") as { proof?: { totalMinor: number }[] };
    tariff.proof![0]!.totalMinor += 1;
  });
  expect(line(await check(dear), "proofs")).toMatchObject({
    verdict: "fail",
    found: [{ at: "/parts/0/proof", what: "ten cubic metres are cheap: It comes to 1100." }],
  });
  const bare = changed(fair, ({ parts }) => delete (parts[0] as { proof?: unknown }).proof);
  expect(line(await check(bare), "proofs")).toMatchObject({ verdict: "warn", found: [{ what: "tariff" }] });
  const deaf = withSbom(changed(leaks, (copy) => (program(copy).code = "function run() { return []; }")));
  expect(line(await check(deaf), "proofs").verdict).toBe("fail");
  const endless = withSbom(changed(leaks, (copy) => (program(copy).code = "function run() { for (;;); }")));
  expect(line(await check(endless), "proofs").verdict).toBe("fail");
});

// Guards against a name that reads as another one, and against texts that turn the words of the page around them.
test("signs that nobody sees fail the check with the field named, and are not shown of what was signed before", async () => {
  const said = { en: "Fair water", ar: "ماء \u200fعادل", fr: "Ligne\tune\nligne deux" };
  const plain = changed(fair, ({ manifest }) => Object.assign(manifest, { description: said }));
  expect(line(await check(plain), "manifest").verdict).toBe("pass");
  for (const [text, sign] of [
    ["Fair \u202eretaw", "U+202E"],
    ["Fair\u2066 water", "U+2066"],
    ["Fair\u0000 water", "U+0000"],
    ["Fair\u001b[2J", "U+001B"],
    ["Fair\u0085 water", "U+0085"],
  ] as const) {
    const hidden = changed(fair, ({ manifest }) => Object.assign(manifest, { title: { en: "Fair water", fr: text } }));
    const report = await check(hidden);
    expect(line(report, "manifest"), sign).toMatchObject({
      verdict: "fail",
      found: [{ at: "/manifest/title/fr", what: sign }],
    });
    expect(inLang(hidden.manifest.title, "fr")).not.toBe(text);
    expect(hiddenIn(visibleIn(hidden))).toEqual([]);
  }
  // Half a sign is no text at all.
  const torn = { ...fair, manifest: { ...fair.manifest, title: { en: "Fair \ud800" } } };
  expect(checkModule(torn).mistakes).toEqual([{ at: "/manifest/title/en", detail: "It holds half a sign." }]);
  // Programs too: what is read in them is what runs.
  const turned = changed(leaks, (copy) => (program(copy).code += "\n// \u2067 nothing\u2069"));
  const at = `/parts/${leaks.parts.findIndex(({ kind }) => kind === "function")}/code`;
  expect(line(await check(withSbom(turned)), "manifest")).toMatchObject({ found: [{ at, what: "U+2067" }] });
  expect(hiddenIn({ "a\u202eb": 1 })).toEqual([{ at: ["ab"], sign: "U+202E" }]);
});

// Guards against a package, public for ever, with a key in it; and against a report that prints the key again.
test("keys, tokens and passwords are found wherever they stand, and never repeated", async () => {
  const token = `ghp_${"aB3".repeat(12)}`;
  const secrets = [
    token,
    `AKIA${"ABCD".repeat(4)}`,
    `sk_live_${"x1Y2".repeat(8)}`,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}',
    "https://user:hunter22@host.example/x",
    `Authorization: Bearer ${"Zz9".repeat(12)}`,
    'const apiKey = "0123456789abcdef"',
  ];
  for (const secret of secrets) {
    const inText = changed(fair, ({ manifest }) => (manifest.description = { en: `See ${secret} there` }));
    const found = line(await check(inText), "secrets");
    expect(found, secret).toMatchObject({ verdict: "fail", found: [{ at: "/manifest/description/en" }] });
    expect(JSON.stringify(found)).not.toContain(secret);
  }
  const inCode = withSbom(changed(leaks, (copy) => (program(copy).code += `\n// ${token}`)));
  const report = await check(inCode);
  expect(line(report, "secrets").found).toEqual([{ at: "/parts/0/code", what: "GitHub token" }]);
  expect(report.verdict).toBe("fail");
  // Words about passwords are no passwords.
  const innocent = changed(
    fair,
    ({ manifest }) => (manifest.description = { en: "No password: a key, sk_ and token." }),
  );
  expect(line(await check(innocent), "secrets").verdict).toBe("pass");
});

test("what is asked for and never used fails", async () => {
  const greedy = changed(leaks, (copy) => {
    const { reads, effects } = program(copy);
    reads.push({ ...reads[0]!, as: "more" });
    effects.push({ ...effects[0]!, scope: "procedures.applicants:tell" });
  });
  expect(line(await check(greedy), "scopes")).toMatchObject({
    verdict: "fail",
    found: [
      { at: "/parts/0/reads/1", what: "meters.readings:read" },
      { at: "/parts/0/effects/3", what: "procedures.applicants:tell" },
    ],
  });
});

// Guards against a program that says of itself that it is another one.
test("a program stands in its CycloneDX document by its digest, and libraries beside it", async () => {
  const { sbom } = leaks;
  expect(Sbom.parse(sbom).components).toMatchObject([
    { type: "file", name: "night-watch", hashes: [{ alg: "SHA-256", content: codeDigest(program(leaks).code) }] },
  ]);
  expect(fair.sbom).toBeUndefined();
  const stale = changed(leaks, (copy) => (program(copy).code += "\n"));
  expect(line(await check(stale), "sbom")).toMatchObject({ verdict: "fail", found: [{ what: "night-watch" }] });
  const { sbom: _, ...without } = leaks;
  expect(line(await check(without), "sbom").verdict).toBe("fail");
  const bundled = withSbom(leaks, [
    { name: "@scope/dates", version: "1.2.3", licence: "MIT" },
    { name: "vague", version: "1.0.0" },
  ]);
  expect(bundled.sbom!.components.map(({ purl }) => purl)).toEqual([
    undefined,
    "pkg:npm/%40scope/dates@1.2.3",
    "pkg:npm/vague@1.0.0",
  ]);
  expect(withSbom(bundled, [{ name: "vague", version: "1.0.0" }])).toEqual(
    withSbom(withSbom(bundled, [{ name: "vague", version: "1.0.0" }])),
  );
  expect(line(await check(bundled), "sbom")).toMatchObject({ verdict: "warn", found: [{ what: "vague" }] });
  for (const wrong of [
    { bomFormat: "SPDX" },
    { specVersion: "1.2" },
    { more: 1 },
    { components: [{ type: "x", name: "a" }] },
  ])
    expect(Sbom.safeParse({ ...sbom, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

test("too much is not even tried", async () => {
  const slow = withSbom(
    changed(leaks, (copy) => {
      const part = program(copy);
      part.timeMs = 200;
      part.code = "function run() { for (;;); }";
      part.proof = Array.from({ length: 16 }, (_, i) => ({ ...part.proof[0]!, name: `no ${i}` }));
    }),
  );
  const report = await check(slow);
  expect(line(report, "limits")).toMatchObject({ verdict: "fail", found: [{ what: "3200 of 3000 ms of examples" }] });
  expect(report.proofs).toEqual([]);
});

test("pages whose links and pictures cannot be told apart by ear are found", async () => {
  const page = (...blocks: Extract<ModuleInput["parts"][number], { kind: "page" }>["blocks"]): Module =>
    defineModule({
      ...air,
      parts: [...air.parts, { kind: "page", id: "mine", title: { en: "Air" }, blocks }],
    } as ModuleInput);
  const table = air.parts.find(({ kind }) => kind === "dataset")!;
  const pageOfAir = air.parts.find(({ kind }) => kind === "page")!;
  const found = async (...blocks: Parameters<typeof page>) => {
    const { verdict, found } = line(await check(page(...blocks)), "pages");
    return [verdict, found.map(({ what }) => what)];
  };
  expect(await found({ block: "link", to: table.id, label: { en: "All figures" } })).toEqual(["pass", []]);
  expect(await found({ block: "link", to: table.id, label: { en: "Click here!" } })).toEqual(["fail", ["link name"]]);
  expect(await found({ block: "link", to: table.id, label: { ar: "هنا" } })).toEqual(["fail", ["link name"]]);
  expect(
    await found(
      { block: "link", to: table.id, label: { en: "Figures" } },
      { block: "link", to: pageOfAir.id, label: { en: "Figures" } },
    ),
  ).toEqual(["warn", ["same name twice"]]);
  expect(await found({ block: "text", title: { en: "Air" }, body: { en: "# Heading" } })).toEqual([
    "warn",
    ["markup", "heading repeats the page’s"],
  ]);
});

// Guards against a version that cannot read what the one before it wrote, or holds to what a city has set no more.
test("a city can come from each older version, and go back", async () => {
  const next = (version: string, change: (copy: Module) => void) =>
    changed(leaks, (copy) => {
      copy.manifest.version = version;
      copy.manifest.changes = { en: "x" };
      change(copy);
    });
  const table = (copy: Module) => {
    const part = copy.parts.find(({ kind }) => kind === "dataset");
    if (part?.kind !== "dataset") throw new Error("it has no table");
    return part.schema;
  };
  const verdict = async (module: Module) => {
    const { verdict, found } = line(await check(module, [leaks]), "upgrade");
    return [verdict, ...found.map(({ what }) => what)];
  };
  expect(await verdict(next("1.1.0", (copy) => table(copy).fields.push({ name: "note", type: "string" })))).toEqual([
    "pass",
  ]);
  expect(await verdict(next("1.1.0", (copy) => (table(copy).fields[2]!.type = "string")))).toEqual([
    "fail",
    "1.0.0: night-leaks.litres_an_hour was number, is string",
  ]);
  expect(
    await verdict(
      next("1.1.0", (copy) =>
        table(copy).fields.push({ name: "note", type: "string", constraints: { required: true } }),
      ),
    ),
  ).toEqual(["fail", "1.0.0: night-leaks.note is new and required"]);
  expect(await verdict(next("1.1.0", (copy) => (program(copy).config[0]!.maximum = 100)))).toEqual([
    "fail",
    "1.0.0: night-watch.litres has narrower bounds",
  ]);
  expect(await verdict(next("2.0.0", (copy) => program(copy).config.splice(0, 1)))).toEqual([
    "warn",
    "1.0.0: the setting night-watch.litres is gone",
  ]);
  // A column that is called otherwise, is of another type, or is new, as the version says what becomes of it.
  const converts = (how: object, change: (schema: ReturnType<typeof table>) => void) =>
    verdict(
      next("1.1.0", (copy) => {
        change(table(copy));
        Object.assign(copy.parts.find(({ kind }) => kind === "dataset")!, { converts: how });
      }),
    );
  const renamed = (schema: ReturnType<typeof table>) => (schema.fields[2]!.name = "litres");
  expect(await converts({ litres: { from: "litres_an_hour" } }, renamed)).toEqual(["pass"]);
  expect(await converts({}, renamed)).toEqual([
    "fail",
    "1.0.0: the column night-leaks.litres_an_hour is gone",
    "1.0.0: night-leaks.litres is new and required",
  ]);
  const asText = (schema: ReturnType<typeof table>) => (schema.fields[2]!.type = "string");
  expect(await converts({ litres_an_hour: { from: "litres_an_hour" } }, asText)).toEqual(["pass"]);
  const asTruth = (schema: ReturnType<typeof table>) => (schema.fields[2]!.type = "boolean");
  expect(await converts({ litres_an_hour: { from: "litres_an_hour" } }, asTruth)).toEqual([
    "fail",
    "1.0.0: night-leaks.litres_an_hour is a number, and none becomes a boolean",
  ]);
  const more = (schema: ReturnType<typeof table>) =>
    schema.fields.push({ name: "note", type: "string", constraints: { required: true } });
  expect(await converts({ note: { otherwise: "none" } }, more)).toEqual(["pass"]);
  expect(await converts({ note: { from: "remark" } }, more)).toEqual([
    "fail",
    "1.0.0: night-leaks.note is new and required",
  ]);
  const otherKey = (schema: ReturnType<typeof table>) => {
    schema.fields[0]!.name = schema.primaryKey![0] = "dial";
  };
  expect(await converts({ dial: { from: table(leaks).fields[0]!.name } }, otherKey)).toEqual(["pass"]);

  const silent = changed(leaks, (copy) => (copy.manifest.version = "1.1.0"));
  expect(line(await check(silent, [leaks]), "manifest").verdict).toBe("warn");
});

test("it names the rows that hold something about people", async () => {
  expect(line(await check(leaks), "personal").found).toEqual([
    { at: "/parts/1/schema/fields/0", what: "night-leaks.meter" },
  ]);
  expect(line(await check(air), "personal").verdict).toBe("pass");
});
