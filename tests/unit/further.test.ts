import { expect, test, vi } from "vitest";
import { checkRelease } from "../../marketplace/check/index.ts";
import { houseTexts, textMistake } from "../../marketplace/contract/house-texts.ts";
import { checkModule, defineModule, type ModuleInput } from "../../marketplace/contract/module.ts";
import { saysOf } from "../../marketplace/contract/says.ts";
import { inLang, langOfWords } from "../../marketplace/contract/words.ts";
import { forgetSpoken, spokenIn } from "../../marketplace/installs/spoken.ts";
import { type Further, type Reading, readAs, unread } from "../../shared/further.ts";
import type { Here } from "../../shared/here.ts";
import { markedPassages } from "../../shared/passages.ts";
import { processSandbox } from "../../shared/sandbox/index.ts";
import { shellTexts } from "../../shared/shell-texts.ts";
import { defineTexts } from "../../shared/texts.ts";

const further = (texts: Record<string, string>, tag = "wo"): Further => ({
  ...{ tag, name: "Wolof", texts: new Map(Object.entries(texts)) },
});
const reading = (of: Further, more: Partial<Reading> = {}): Reading => ({
  ...{ further: of, base: "fr", isShown: true, fallen: new Set(), ...more },
});

const pack = (texts: Record<string, string>, more: object = {}): ModuleInput => ({
  manifest: {
    ...{ contract: 1, name: "baat-yi/words", version: "1.0.0", licence: "CC-BY-4.0" },
    title: { en: "Words", fr: "Mots", ar: "كلمات" },
    summary: { en: "Words.", fr: "Mots.", ar: "كلمات." },
  },
  parts: [
    {
      ...{ kind: "texts", id: "pages", use: "pages", language: "wo", name: "Wolof", texts },
      title: { en: "Pages", fr: "Pages", ar: "صفحات" },
      ...more,
    } as ModuleInput["parts"][number],
  ],
});
const mistakes = (texts: Record<string, string>, more: object = {}) =>
  checkModule(pack(texts, more)).mistakes.map(({ at, detail }) => `${at} ${detail}`);

// Guards against a page that mixes languages without saying so, and against a text that is lost where a pack has none.
test("a text is said in the further language where there is one, else in the city's, and that is noted", () => {
  const t = shellTexts.in("fr");
  const read = reading(further({ "shell.signIn": "Duggal", "shell.synthetic": "Dara", "shell.menu": "{$lost" }));
  expect(readAs(read, () => [t("signIn"), t("signOut"), shellTexts.in("en")("signIn")])).toEqual([
    ...["Duggal", "Se déconnecter", "Sign in"],
  ]);
  expect(readAs(read, () => t("menu"))).toBe("Menu");
  expect([...read.fallen]).toEqual(["Se déconnecter", "Menu"]);
  // What the house alone says.
  expect(readAs(read, () => t("synthetic", { city: "Dakar" }))).toMatch(/^Données synthétiques/);
  expect([t("signIn"), readAs(read, () => unread(() => t("signIn")))]).toEqual(["Se connecter", "Se connecter"]);
});

// Guards against words of a pack in what is kept or sent: that is read by others, in other languages.
test("a request that changes something says nothing in it", () => {
  const read = reading(further({ "shell.signIn": "Duggal" }), { isShown: false });
  expect(readAs(read, () => shellTexts.in("fr")("signIn"))).toBe("Se connecter");
  expect(readAs(read, () => inLang({ wo: "Ndox", fr: "Eau" }, "fr"))).toBe("Eau");
  expect(read.fallen.has("Se connecter")).toBe(true);
});

test("values are filled in by the language's own rules, and a text that lacks one falls back", () => {
  const texts = defineTexts({
    en: { left: "{$n :number} left", of: "Of {$sum}" },
    fr: { left: "Reste {$n :number}", of: "De {$sum}" },
    ar: { left: "بقي {$n :number}", of: "من {$sum}" },
  }).open("trial");
  const read = reading(
    further({ "trial.left": ".input {$n :number} .match $n one {{benn}} * {{des {$n}}}", "trial.of": "{$other}" }),
  );
  const t = texts.in("fr");
  expect(readAs(read, () => [t("left", { n: 12000 }), t("of", { sum: "<b>" })])).toEqual(["des 12.000", "De <b>"]);
});

test("a module's words are said in it too, and their language is told", () => {
  const words = { wo: "Ndox", fr: "Eau", en: "Water" };
  const read = reading(further({}));
  expect(readAs(read, () => [inLang(words, "fr"), langOfWords(words, "fr"), inLang({ fr: "Eau" }, "fr")])).toEqual([
    ...["Ndox", "wo", "Eau"],
  ]);
  expect([inLang(words, "fr"), langOfWords({ ar: "ماء" }, "fr")]).toEqual(["Eau", "ar"]);
});

// Guards against a screen reader that reads French by the rules of Wolof.
test("passages in another language are marked where they stand alone, and nothing else is touched", () => {
  const fallen = new Set(["Payer", "L’eau & l’air <b>", "Aide"]);
  const marked = (html: string, tag = "wo") => markedPassages(html, reading(further({}, tag), { fallen }));
  expect(marked('<a href="/pay?a=1&amp;b" class="x">Payer</a>')).toBe(
    '<a href="/pay?a=1&amp;b" class="x" lang="fr">Payer</a>',
  );
  expect(marked("<p>L’eau &amp; l’air &lt;b&gt;</p>")).toBe('<p lang="fr">L’eau &amp; l’air &lt;b&gt;</p>');
  expect(marked("<li>Aide<ul></ul></li>")).toBe('<li><span lang="fr">Aide</span><ul></ul></li>');
  expect(marked('<p lang="en">Payer</p><p>Payer 5</p><input value="Payer">')).toBe(
    '<p lang="en">Payer</p><p>Payer 5</p><input value="Payer">',
  );
  expect(marked("<p>Aide</p>", "fa")).toBe('<p lang="fr" dir="ltr">Aide</p>');
});

test("the house's texts are known by key, with their values, and without those that it says alone", () => {
  expect(houseTexts().get("shell.signIn")).toEqual({
    ...{ key: "shell.signIn", en: "Sign in", fr: "Se connecter", ar: "تسجيل الدخول", values: {} },
  });
  expect(houseTexts().get("bills.arrearsSum")?.values).toEqual({ count: "number", sum: "text" });
  for (const closed of ["shell.synthetic", "payments.genuine", "identity.mail"])
    expect(houseTexts().has(closed), closed).toBe(false);
});

test.each([
  ["shell.signIn", "Duggal", undefined],
  ["shell.nothing", "Duggal", "no such text"],
  ["payments.genuine", "Dëgg la", "alone"],
  ["identity.codeLead", "Xoolal {$contact}.", undefined],
  ["identity.codeLead", "Xoolal.", "lacks {$contact}"],
  ["identity.codeLead", "{$contact} {$code}", "does not fill in {$code}"],
  ["identity.codeLead", "{$contact :number}", "no number"],
  ["identity.codeLead", "{$contact", "no MessageFormat"],
  ["identity.codeLead", "{$contact :datetime}", "function :datetime"],
  ["identity.codeLead", "{#b}{$contact}{/b}", "markup"],
  ["identity.codeLead", ".local $x = {$contact} {{{$contact}}}", "of its own"],
  ["identity.contactHint", "07 07 12 34 56 walla awa@example.org", undefined],
  ["identity.contactHint", "Lu mel ni 77 123 45 67", "does not name 77 123 45 67"],
  ["shell.footer", "Yónneel xaalis ci pay-dakar.example", "does not name pay-dakar.example"],
  ["shell.footer", "Bindal a@b.example", "does not name a@b.example"],
  ["shell.footer", "Wool ٧٧١٢٣٤٥٦٧", "does not name"],
  ["shell.footer", "Wool 77{|12|}3 45", "something of its own"],
  ["shell.footer", "Wool 77\u200c123\u200d45 67", "does not name 7712345 67"],
  ["bills.arrearsSum", "{$count}: {$sum}", undefined],
  ["bills.arrearsSum", "{$count :number style=percent}: {$sum}", "its own way"],
  ["bills.arrearsSum", ".input {$count :number} .match $count one {{{$count} {$sum}}}", "no whole message"],
])("a pack's %s as %j: %s", (key, text, says) => {
  const found = textMistake(key, text);
  if (says === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(says);
});

// Guards against a pack that changes what the house says in its own languages, or shows what it does not say.
test("the contract takes no language of the house, no markup, and no sign that cannot be seen", () => {
  const text = { "shell.signIn": "Duggal" };
  expect(mistakes(text)).toEqual([]);
  for (const language of ["en", "fr-SN", "ar"])
    expect(mistakes(text, { language })[0], language).toMatch(/language the house itself has/);
  expect(mistakes(text, { language: "wo-1a" })[0]).toMatch(/usual spelling/);
  expect(mistakes(text, { name: "Français" })[0]).toMatch(/name this is another language/);
  for (const bad of [
    "<b>Duggal</b>",
    "Duggal &amp; génn",
    "Dug\u202egal",
    "Dug\u2066gal",
    "Dug\u0007gal",
    "77\u200b12",
  ])
    expect(mistakes({ "shell.signIn": bad })[0], bad).toMatch(/^\/parts\/0\/texts\/shell.signIn it has/);
  expect(mistakes({})[0]).toMatch(/no text/);
  const twice = pack(text);
  const second = { ...twice.parts[0]!, id: "again" } as ModuleInput["parts"][number];
  expect(checkModule({ ...twice, parts: [...twice.parts, second] }).mistakes[0]?.detail).toMatch(/Another part/);
});

test("the check refuses what cannot stand on the pages, and what is said of a pack tells how much it has", async () => {
  const sandbox = processSandbox("test");
  const line = async (texts: Record<string, string>) =>
    (await checkRelease(defineModule(pack(texts)), { sandbox })).lines.find(({ check }) => check === "translations");
  expect(await line({ "shell.signIn": "Duggal" })).toMatchObject({ verdict: "pass" });
  expect(await line({ "shell.signIn": "Duggal {$x}", "shell.gone": "Dem" })).toMatchObject({
    verdict: "fail",
    found: [{ at: "/parts/0/texts/shell.signIn" }, { at: "/parts/0/texts/shell.gone" }],
  });
  const says = saysOf(defineModule(pack({ "shell.signIn": "Duggal" })), "en")[0];
  expect(says).toContain(`Wolof (wo): 1 of ${houseTexts().size} texts`);
});

// Guards against a read for each page, and against a text that the house says with other values since it was signed.
test("what a city is read in is remembered, and holds only what can stand now", async () => {
  let reads = 0;
  const texts = { "shell.signIn": "Duggal", "identity.codeLead": "Xoolal.", "shell.gone": "Dem na" };
  const queryStanding = async () => {
    reads += 1;
    return [{ pk: "SPOKEN", sk: "wo", name: "Wolof", module: "baat-yi/words", texts: { ...texts } }];
  };
  const here = { table: { queryStanding } } as unknown as Here;
  const now = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
  try {
    const [first] = await spokenIn(here);
    expect([first?.tag, [...(first?.texts ?? [])]]).toEqual(["wo", [["shell.signIn", "Duggal"]]]);
    expect([(await spokenIn(here))[0], reads]).toEqual([first, 1]);
    now.mockReturnValue(1_010_001);
    expect((await spokenIn(here))[0]).toBe(first);
    expect(reads).toBe(2);
    forgetSpoken(here);
    await spokenIn(here);
    expect(reads).toBe(3);
  } finally {
    now.mockRestore();
  }
});
