import { sign } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { starter } from "../../marketplace/cli/starter.ts";
import { canonical, digestOf } from "../../marketplace/contract/canonical.ts";
import { type Envelope, NotGenuine, open, pae, seal } from "../../marketplace/contract/dsse.ts";
import { compute, type Formula } from "../../marketplace/contract/indicator.ts";
import { keyIdOf, newKey, PrivateKey, publicOf, signerOf } from "../../marketplace/contract/keys.ts";
import {
  checkModule,
  defineModule,
  Module,
  moduleSchema,
  openPackage,
  PACKAGE_TYPE,
  sealPackage,
} from "../../marketplace/contract/module.ts";
import { isSucceeded, openParty, PARTY_TYPE, sealParty } from "../../marketplace/contract/party.ts";
import { languagesOf, saysOf } from "../../marketplace/contract/says.ts";
import { signedBy } from "../signing.ts";

const module = defineModule(starter("aquametric/fair-water", "EUR"));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

// Guards against a digest that depends on who wrote the file, or in which order.
test("canonical JSON is RFC 8785’s: the same content gives the same bytes", () => {
  // The example of RFC 8785, section 3.2.2 and 3.2.4 (its string holds U+20AC, controls, quotes and a backslash).
  const given = JSON.parse(
    String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
  );
  expect(text(canonical(given))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : value && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([k, v]) => [k, shuffled(v)]),
          )
        : value;
  expect(digestOf(canonical(shuffled(module)))).toBe(digestOf(canonical(module)));
});

// Guards against an envelope that only we can read. The first is the specification's own example (protocol.md).
test("the pre-authentication encoding is DSSE’s, in bytes", () => {
  expect(text(pae("http://example.com/HelloWorld", Buffer.from("hello world")))).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
  expect(text(pae("é", Buffer.from("ça")))).toBe("DSSEv1 2 é 3 ça");
  expect(text(pae("", new Uint8Array()))).toBe("DSSEv1 0  0 ");
});

// RFC 8032, section 7.1, test 1, as a JWK; and RFC 8037, appendix A.3 for its thumbprint.
test("keys and signatures are Ed25519 as the RFCs have it", async () => {
  const key = PrivateKey.parse({
    kty: "OKP",
    crv: "Ed25519",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  });
  expect(sign(null, new Uint8Array(), signerOf(key)).toString("hex")).toBe(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  expect(await keyIdOf(publicOf(key))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

// Guards against a package that was changed on its way: any one byte of the file, to any other sign.
test("a package is refused when any byte of its file is changed", async () => {
  const key = newKey();
  const { envelope, digest } = await sealPackage(module, key);
  expect((await openPackage(envelope, publicOf(key), digest)).module).toEqual(module);
  const file = JSON.stringify(envelope);
  const accepted: number[] = [];
  for (let at = 0; at < file.length; at++) {
    // Each class of sign once: in Base64, in names, in the JSON around them.
    const other = file[at] === "A" ? "B" : "A";
    const changed = file.slice(0, at) + other + file.slice(at + 1);
    try {
      await openPackage(JSON.parse(changed) as Envelope, publicOf(key), digest);
      accepted.push(at);
    } catch {}
  }
  expect(accepted).toEqual([]);
}, 60_000);

test("a package is refused under another digest, another key, another type, and in other than canonical bytes", async () => {
  const [key, other] = [newKey(), newKey()];
  const { envelope, digest } = await sealPackage(module, key);
  await expect(openPackage(envelope, publicOf(key), digestOf(Buffer.from("x")))).rejects.toThrow(NotGenuine);
  await expect(openPackage(envelope, publicOf(other), digest)).rejects.toThrow(NotGenuine);
  // Another's signature under this key's name.
  const forged = await sealPackage(module, other);
  forged.envelope.signatures[0]!.keyid = await keyIdOf(publicOf(key));
  await expect(openPackage(forged.envelope, publicOf(key))).rejects.toThrow(NotGenuine);
  // What was signed as something else cannot be passed off as a package.
  const asOther = await seal("text/plain", canonical(module), key);
  await expect(open({ ...asOther, payloadType: PACKAGE_TYPE }, PACKAGE_TYPE, publicOf(key))).rejects.toThrow(
    NotGenuine,
  );
  for (const bytes of [
    JSON.stringify(module, null, 1),
    text(canonical(module)).replace('{"manifest"', '{"manifest":1,"manifest"'),
    `${text(canonical(module))} `,
  ]) {
    const loose = await seal(PACKAGE_TYPE, Buffer.from(bytes), key);
    await expect(openPackage(loose, publicOf(key))).rejects.toThrow(NotGenuine);
  }
  // Two spellings of one Base64 would be two files with one meaning.
  await expect(
    openPackage(
      { ...envelope, payload: `${envelope.payload.slice(0, 8)}\n${envelope.payload.slice(8)}` },
      publicOf(key),
    ),
  ).rejects.toThrow(NotGenuine);
});

// Guards against somebody who signs up with a key that is not theirs.
test("a party’s profile is believed only when the key in it signed it", async () => {
  const [key, other] = [newKey(), newKey()];
  const profile = {
    name: "aquametric",
    title: "Aquametric",
    kind: "start-up",
    contact: "a@aqua.example",
    signedAt: "2026-11-23T10:00:00.000Z",
  } as const;
  expect(await openParty(await sealParty(profile, key))).toEqual({ ...profile, publicKey: publicOf(key) });
  const stolen = await sealParty(profile, key);
  const claimed = canonical({ ...profile, publicKey: publicOf(other) });
  await expect(openParty({ ...stolen, payload: Buffer.from(claimed).toString("base64") })).rejects.toThrow(NotGenuine);
});

test("the contract says where a mistake is", () => {
  const mistakes = (change: (draft: ReturnType<typeof starter>) => void) => {
    const draft = structuredClone(starter("aquametric/fair-water", "EUR"));
    change(draft);
    return (checkModule(draft).mistakes as { at: string }[]).map(({ at }) => at);
  };
  expect(mistakes(() => {})).toEqual([]);
  expect(mistakes((m) => (m.manifest.version = "1.0"))).toEqual(["/manifest/version"]);
  expect(mistakes((m) => (m.manifest.licence = "Free"))).toEqual(["/manifest/licence"]);
  expect(mistakes((m) => Object.assign(m.manifest, { price: 3 }))).toEqual(["/manifest/price"]);
  expect(mistakes((m) => (m.parts[1]!.id = m.parts[0]!.id))).toEqual(["/parts/1/id"]);
  expect(
    mistakes((m) =>
      Object.assign(m.parts[3]!, { formula: { op: "mean", dataset: "water-points", field: "point_id" } }),
    ),
  ).toEqual(["/parts/3/formula/field"]);
  expect(mistakes((m) => Object.assign(m.parts[3]!, { formula: { op: "count", dataset: "nothing" } }))).toEqual([
    "/parts/3/formula/dataset",
  ]);
  const withFormula = (formula: unknown) => mistakes((m) => Object.assign(m.parts[3]!, { formula }));
  expect(withFormula(["count", ["field", "water-points"]])).toEqual([]);
  expect(withFormula(["count", ["field", "nothing"]])).toEqual(["/parts/3/formula/1/1"]);
  expect(withFormula(["/", ["sum", ["field", "water-points"], ["grow", 1]], 2])).toEqual(["/parts/3/formula/1/2"]);
  expect(withFormula(["=", 1, 1])).toEqual(["/parts/3/formula"]);
  expect(withFormula({ op: "ratio", of: { op: "count" }, per: 3 })[0]).toMatch(/^\/parts\/3\/formula\/of/);
  expect(mistakes((m) => Object.assign(m.parts[0]!, { kind: "robot" }))).toEqual(["/parts/0/kind"]);
  expect(mistakes((m) => (m.parts = []))).toEqual(["/parts"]);
});

// Guards against a check that a publisher passes and a house does not: whatever is admitted survives the whole way.
test("whatever the contract admits is signed, opened and found the same", async () => {
  const key = newKey();
  const words = fc.dictionary(
    fc.constantFrom("en", "fr", "ar", "wo"),
    fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((s) => s.trim() === s && s !== ""),
    { minKeys: 1 },
  );
  await fc.assert(
    fc.asyncProperty(words, words, fc.integer({ min: 0, max: 99 }), async (title, body, minor) => {
      const draft = { ...starter("aquametric/fair-water", "XOF") };
      const result = Module.safeParse({
        manifest: { ...draft.manifest, title, version: `1.${minor}.0` },
        parts: [{ kind: "texts", id: "words", use: "lesson", title: body, body }],
      });
      expect(result.success).toBe(true);
      const { envelope, digest } = await sealPackage(result.data!, key);
      const opened = await openPackage(JSON.parse(JSON.stringify(envelope)) as Envelope, publicOf(key), digest);
      expect(opened.module).toEqual(result.data);
      for (const lang of ["en", "fr", "ar"] as const)
        expect(saysOf(opened.module, lang).every((line) => line.length > 3)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

// Guards against a package that is only there to exhaust whoever reads it.
test("what is nested deeper than any package is refused, and throws nothing else", async () => {
  const key = newKey();
  const bytes = Buffer.from(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  const deep = await seal(PACKAGE_TYPE, bytes, key);
  await expect(openPackage(deep, publicOf(key))).rejects.toThrow(NotGenuine);
});

test("a module’s languages are those in which every word is there", () => {
  expect(languagesOf(module)).toEqual(["en", "fr"]);
  const half = structuredClone(module);
  half.manifest.title = { en: "Only English" };
  expect(languagesOf(half)).toEqual(["en"]);
});

test("the JSON Schema is made of the same objects and closed", () => {
  const schema = JSON.stringify(moduleSchema());
  for (const word of ["tariff", "dataset", "indicator", "texts", 'additionalProperties":false'])
    expect(schema).toContain(word);
});

test("a formula always has an answer, or says that there is none", () => {
  const rows = [{ n: 2 }, { n: 4 }, { n: "x" }, {}];
  const value = (formula: Formula) => compute(formula, () => rows);
  const mean = { op: "mean", dataset: "d", field: "n" } as const;
  const count = { op: "count", dataset: "d" } as const;
  expect([
    value(count),
    value({ ...mean, op: "sum" }),
    value(mean),
    value({ op: "ratio", of: mean, per: count }),
  ]).toEqual([4, 6, 3, 0.75]);
  expect(value(["mean", ["field", "d"], ["field", "row", "n"], [">", ["field", "row", "n"], 2]])).toBe(4);
  expect(compute(mean, () => [])).toBeUndefined();
  expect(compute({ op: "ratio", of: count, per: { ...mean, op: "sum" } }, () => [{}])).toBeUndefined();
});

// Guards against a house, or a thief of one key, who says that a party's key is another now.
test("a key passes to another by the party's own word alone, in order, and never back", async () => {
  const [first, second, third, recovery, thief] = Array.from({ length: 5 }, newKey) as [
    PrivateKey,
    PrivateKey,
    PrivateKey,
    PrivateKey,
    PrivateKey,
  ];
  const at = (day: number) => `2026-11-0${day}T00:00:00Z`;
  const said = (key: PrivateKey, day: number, more: object = {}) => ({
    ...{ name: "acme", title: "Acme", kind: "lab", contact: "a@acme.example", recoveryKey: publicOf(recovery) },
    ...{ publicKey: publicOf(key), signedAt: at(day), ...more },
  });
  const profile = async (key: PrivateKey, day: number, by: PrivateKey[], more: object = {}) => {
    const [own, ...others] = await Promise.all(
      [key, ...by].map((one) => signedBy(one, PARTY_TYPE, said(key, day, more))),
    );
    return { ...own!, signatures: [own!, ...others].flatMap(({ signatures }) => signatures) };
  };
  const one = await profile(first, 1, []);
  const two = await profile(second, 2, [recovery]);
  const three = await profile(third, 3, [recovery]);
  const leads = (profiles: Envelope[], from: PrivateKey, to: PrivateKey, name = "acme") =>
    isSucceeded(profiles, { name, from: publicOf(from), to: publicOf(to) });
  expect(await leads([one, two, three], first, second)).toBe(true);
  expect(await leads([one, two, three], first, third)).toBe(true);
  expect(await leads([one, two, three], second, third)).toBe(true);
  for (const [what, profiles, from, to, name] of [
    ["nothing said", [], first, second],
    ["back to a key that counts no more", [one, two, three], second, first],
    ["a key of nobody", [one, two, three], thief, third],
    ["to a key of nobody", [one, two, three], first, thief],
    ["another party", [one, two], first, second, "other"],
    ["recovered by another", [one, await profile(third, 3, [thief])], first, third],
    ["recovered by nobody", [one, await profile(second, 2, [])], first, second],
    ["recovered by the key itself", [one, await profile(second, 2, [first])], first, second],
    ["a profile before it", [one, await profile(second, 1, [recovery])], first, second],
    ["another name on the way", [one, await profile(second, 2, [recovery], { name: "other" }), three], first, third],
    ["not signed by the key that it names", [one, { ...two, signatures: two.signatures.slice(1) }], first, second],
    ["no recovery key", [await profile(first, 1, [], { recoveryKey: undefined }), two], first, second],
  ] as [string, Envelope[], PrivateKey, PrivateKey, string?][])
    expect(await leads(profiles, from, to, name), what).toBe(false);
});
