import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import wolof from "../../marketplace/modules/baat-yi-wolof-words/manifest.ts";
import { type Browser, newCity, soon, type TestCity, target } from "../city.ts";
import { newPublisher, type TestPublisher } from "../publisher.ts";

const as = { as: "administrator" } as const;
const WOLOF = /<a href="[^"]*[?&]lang=wo" lang="wo" hreflang="wo" rel="alternate">Wolof<\/a>/;

describe(`the house's pages in Wolof, ${target.name}`, () => {
  let publisher: TestPublisher;
  let city: TestCity;
  let other: TestCity;
  let install: string;
  let resident: Browser;
  const take = async (module: string): Promise<string> => {
    const { id } = (await (await city.post("/v1/installs", { module }, as)).json()) as { id: string };
    expect((await city.post(`/v1/installs/${id}/trials`, {}, as)).ok).toBe(true);
    await put(id, "proposed");
    return id;
  };
  const put = async (id: string, to: string) => {
    const answer = await city.post(`/v1/installs/${id}/state`, { to }, as);
    expect(answer.status, await answer.clone().text()).toBe(200);
  };
  const seen = async (from: TestCity, path: string, lang: string) => {
    const answer = await from.get(path, { headers: { Accept: "text/html", "Accept-Language": lang } });
    return answer.text();
  };

  beforeAll(async () => {
    city = await newCity({ languages: ["fr", "en"] });
    other = await newCity({ languages: ["fr", "en"] });
    publisher = await newPublisher();
    const named = (name: string) => ({ ...wolof, manifest: { ...wolof.manifest, name: `${publisher.name}/${name}` } });
    for (const name of ["wolof", "wolof-too"]) {
      const sent = await publisher.publish(named(name));
      expect(sent.status, JSON.stringify(sent.answer)).toBe(201);
    }
    install = await take(`${publisher.name}/wolof`);
    resident = await city.browser();
  });

  test("nobody sees it before the city takes it into service; then residents do, in this city alone", async () => {
    const before = await seen(city, "/", "wo");
    expect(before).toContain('<html lang="fr"');
    expect(before).not.toMatch(WOLOF);
    await put(install, "active");
    expect(await seen(city, "/", "fr")).toMatch(WOLOF);

    const front = await seen(city, "/", "wo");
    expect(front).toContain('<html lang="wo" dir="ltr">');
    for (const said of ["Samay faktiir", "Fey faktiir", "Duggal", "Sarwiisi sa dëkk, ci bépp telefon."])
      expect(front, said).toContain(said);
    // What the pack lacks is in the city's language, and says so; what only the house says is too.
    expect(front).toMatch(/<a href="[^"]*\/reference" lang="fr">API<\/a>/);
    expect(front).toMatch(/<p lang="fr">Données synthétiques/);
    expect(gzipSync(front).length).toBeLessThan(14 * 1024);

    const elsewhere = await seen(other, "/", "wo");
    expect(elsewhere).toContain('<html lang="fr"');
    expect(elsewhere).not.toMatch(/Wolof|Duggal/);
  });

  test("a resident chooses it, signs in, and goes on in it; a refused form too, and no message", async () => {
    const first = await (await resident.get("/sign-in?lang=wo")).text();
    expect(first).toContain('<span aria-current="true" lang="wo">Wolof</span>');
    const refused = await (await resident.submit("/sign-in", { contact: "nobody" })).text();
    expect(refused).toContain("Yónnee kod bi");
    expect(refused).toMatch(/<html lang="wo"[\s\S]*<h1 lang="fr">Se connecter<\/h1>/);
    const contact = `awa@${city.slug}.example`;
    await resident.submit("/sign-in", { contact });
    expect((await city.messages(contact))[0]).toMatch(/est votre code/);
    const code = await (await resident.get("/sign-in/code")).text();
    expect(code).toContain("<h1>Bindal kod bi</h1>");
    const digits = /\b(\d{6})\b/.exec((await city.messages(contact))[0]!)![1]!;
    expect((await resident.submit("/sign-in/code", { code: digits })).status).toBe(303);
    expect(await (await resident.get("/bills")).text()).toContain("Amuloo faktiir fii.");
    const missing = await resident.get("/nothing-here");
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain("<h1>Amul dara fii</h1>");
  });

  test("a module's page shows its own Wolof, machines get the city's languages, another choice ends it", async () => {
    const page = await (await resident.get(`/modules/${publisher.name}/wolof/wolof`)).text();
    expect(page).toContain("<h1>Dalal ak jàmm</h1>");
    expect(await (await city.get("/v1/modules", { headers: { "Accept-Language": "wo" } })).text()).not.toContain(
      "Leeral",
    );
    expect(await (await resident.get("/?lang=en")).text()).toContain('<html lang="en"');
    expect(await (await resident.get("/")).text()).toContain("Sign out");
  });

  test("how much of the pages it has is told before it is taken, and one module alone has a language", async () => {
    const staff = await city.browser("administrator");
    const said = /Wolof \(wo\): \d+ of \d{3,4} texts/;
    expect(await (await staff.get(`/staff/modules/${publisher.name}/wolof?lang=en`)).text()).toMatch(said);
    const listing = await fetch(`${target.url}/marketplace/modules/${publisher.name}/wolof`);
    expect(await listing.text()).toMatch(said);
    const second = await take(`${publisher.name}/wolof-too`);
    expect((await city.post(`/v1/installs/${second}/state`, { to: "active" }, as)).status).toBe(409);
  });

  test("what can be translated is published, by group and whole", async () => {
    const { texts } = (await (await fetch(`${target.url}/marketplace/v1/texts`)).json()) as {
      texts: { key: string; en: string; values: object }[];
    };
    expect(texts.find(({ key }) => key === "identity.codeLead")).toMatchObject({ values: { contact: "text" } });
    const page = (group: string) => fetch(`${target.url}/marketplace/texts?group=${group}`);
    const html = await (await page("identity")).text();
    expect(html).toMatch(/<code dir="ltr">identity.codeLead<\/code>[\s\S]*?<code dir="ltr">\{\$contact\}/);
    expect(html).not.toContain("shell.signIn");
    expect((await page("nothing")).status).toBe(404);
  });

  test("a pack with a text that the house has not is not published", async () => {
    const pack = wolof.parts.find(({ id }) => id === "pages")!;
    const sent = await publisher.publish({
      manifest: { ...wolof.manifest, name: `${publisher.name}/odd` },
      parts: [{ ...pack, texts: { "shell.signIn": "Duggal", "shell.gone": "Dem na" } } as typeof pack],
    });
    expect(sent.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(sent.answer)).toContain("shell.gone");
  });

  test("it goes with its module", async () => {
    await put(install, "suspended");
    expect(await seen(city, "/", "wo")).toContain('<html lang="fr"');
    await put(install, "active");
    expect(await seen(city, "/", "wo")).toContain('<html lang="wo"');
    expect((await city.delete(`/v1/installs/${install}`, as)).ok).toBe(true);
    await soon(
      () => seen(city, "/", "wo"),
      (html) => html.includes('<html lang="fr"') && !WOLOF.test(html),
    );
  });
});
