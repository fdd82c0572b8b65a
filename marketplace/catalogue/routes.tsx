import { createHash } from "node:crypto";
import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { absent } from "../../shared/errors.ts";
import { addressOf, originOf, parsed } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { Slug } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { demandChecked } from "../check/releasing.ts";
import { canonical, Digest, packageKey } from "../contract/canonical.ts";
import type { Envelope } from "../contract/dsse.ts";
import { HOUSE_KEY, INDEX_KEY, type Listing } from "../contract/index-file.ts";
import { keyIdOf } from "../contract/keys.ts";
import { publisherOf } from "../contract/manifest.ts";
import { checkModule, moduleSchema, NotACompliantModule, openPackage } from "../contract/module.ts";
import { openParty } from "../contract/party.ts";
import { saysOf } from "../contract/says.ts";
import { readJson } from "../contract/signed.ts";
import { visibleIn } from "../contract/signs.ts";
import { inLang } from "../contract/words.ts";
import { demandSaidByNow, sentEnvelope, sentWell } from "../refusals.ts";
import { useStore } from "../uses/store.ts";
import { advisoryStore } from "./advisories.ts";
import { latestFirst, latestOf, listingOf, matches, moduleAt, modulesOf } from "./domain.ts";
import { payoutRoutes } from "./payouts-routes.tsx";
import { inOrder, rankOf, standingOf } from "./standing.ts";
import { standingTexts } from "./standing-texts.ts";
import { ListingPart, RankingPage } from "./standing-views.tsx";
import { catalogueStore } from "./store.ts";
import { catalogueTexts } from "./texts.ts";
import { ListPage, ModulePage, moduleUrl, PartyPage, PublishPage } from "./views.tsx";

// Anyone may sign up and publish: bounds keep one neighbour from filling the house.
const SIGN_UPS = { max: 200, windowS: 3_600 };
const PUBLISHED = { max: 200, windowS: 3_600 };
// With all their words in Arabic these stay well below the 14 kB of a first visit.
const ON_A_PAGE = 30;

export function catalogueRoutes(app: HouseApp, house: House): void {
  const store = catalogueStore(house);
  const open = needs("public");
  const uses = useStore(house, store);
  const advisories = advisoryStore(house, store);
  /** All modules with their places, the first one first. */
  async function ranked(listings: readonly Listing[], module?: string) {
    const said = await uses.list(module);
    const warned = (await advisories.all()).map(({ advisory }) => advisory);
    return inOrder(
      modulesOf(listings).map((one) => {
        const standing = standingOf(
          one,
          said.map(({ use }) => use),
          warned,
          house.settings.HANSA_HOUSE_PARTY,
        );
        return {
          ...one,
          standing,
          rank: rankOf(standing, house.now()),
          said: said.filter(({ use }) => use.module === one.name),
        };
      }),
    );
  }
  const Paging = z.object({
    q: z.string().max(100).default(""),
    limit: z.coerce.number().int().min(1).max(500).default(100),
    after: z.string().max(100).default(""),
  });

  app.post("/marketplace/v1/parties", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const party = await sentWell(() => openParty(envelope));
    demandSaidByNow(party, house.now());
    const address = createHash("sha256").update(addressOf(c)).digest("hex").slice(0, 16);
    await limit(house.market, house.now(), `parties#${address}`, SIGN_UPS.max, SIGN_UPS.windowS);
    const { created, party: kept } = await store.signUp(party, envelope);
    return c.json(
      { ...kept, keyId: await keyIdOf(kept.publicKey), url: `/marketplace/parties/${kept.name}` },
      created ? 201 : 200,
    );
  });

  app.get("/marketplace/v1/parties/:name", open, async (c) => {
    const name = c.req.param("name");
    const party = Slug.safeParse(name).success ? await store.findParty(name) : undefined;
    if (!party) throw absent();
    return c.json({ ...party, keyId: await keyIdOf(party.publicKey) });
  });

  // A key's name is public: it stands in every package that it signed.
  app.get("/marketplace/v1/keys/:keyId", open, async (c) => {
    const keyId = c.req.param("keyId");
    const party = /^[A-Za-z0-9_-]{43}$/.test(keyId) ? await store.partyOfKey(keyId) : undefined;
    return c.json({ keyId, ...(party === undefined ? {} : { party }) });
  });

  app.post("/marketplace/v1/modules", open, async (c) => {
    const envelope = await sentEnvelope(c);
    // Whose it claims to be is read first; the signature of that very party then decides.
    const publisher = await sentWell(async () => publisherIn(envelope));
    const party = await store.findParty(publisher);
    if (!party)
      return sentWell(() =>
        Promise.reject(
          new NotACompliantModule([
            { at: "/manifest/name", detail: `There is no party ${publisher} here. Sign up first.` },
          ]),
        ),
      );
    const opened = await sentWell(() => openPackage(envelope, party.publicKey));
    await limit(house.market, house.now(), `publish#${publisher}`, PUBLISHED.max, PUBLISHED.windowS);
    const { name, version } = opened.module.manifest;
    const before = await store.listings(name);
    const there = before.find((one) => one.version === version && one.digest === opened.digest);
    // What is published already has been checked, against what was there then.
    const report =
      (there && (await store.report(name, version))) ??
      (await demandChecked(opened.module, { sandbox: house.marketSandbox, older: await store.older(before) }));
    const listing = listingOf(opened, {
      bytes: canonical(opened.module).length,
      report,
      publishedAt: house.now(),
    });
    const kept = await store.publish(listing, envelope, report);
    return c.json({ ...kept.listing, url: moduleUrl(listing.name, listing.version) }, kept.created ? 201 : 200);
  });

  app.get("/marketplace/v1/modules", open, async (c) => {
    const { q, limit: most, after } = parsed(Paging, c.req.query(), "query");
    const all = modulesOf(await store.listings()).filter(({ latest }) => matches(latest, q));
    const rest = all.filter(({ name }) => name > after);
    const modules = rest
      .slice(0, most)
      .map(({ latest, versions }) => ({ ...latest, versions: versions.map(({ version }) => version) }));
    return c.json({ modules, next: rest.length > most ? modules.at(-1)?.name : undefined });
  });

  app.get("/marketplace/v1/modules/:publisher/:name", open, async (c) => {
    const versions = latestFirst(await store.listings(moduleAt(c.req.param())));
    if (versions.length === 0) throw absent();
    const [place] = await ranked(versions, versions[0]!.name);
    const { rank, standing, said } = place!;
    return c.json({
      ...{ name: versions[0]?.name, latest: latestOf(versions)?.version, versions, rank },
      warnings: standing.warnings,
      uses: said.map(({ use, city }) => ({ ...use, city })),
    });
  });

  app.get("/marketplace/v1/modules/:publisher/:name/:version", open, async (c) => {
    const { module, listing, party } = await store.open(moduleAt(c.req.param()), c.req.param("version"));
    const says = { en: saysOf(module, "en"), fr: saysOf(module, "fr"), ar: saysOf(module, "ar") };
    return c.json({
      ...listing,
      ...module,
      publisher: party,
      says,
      package: `/marketplace/v1/${packageKey(listing.digest)}`,
    });
  });

  app.get("/marketplace/v1/modules/:publisher/:name/:version/check", open, async (c) => {
    const report = await store.report(moduleAt(c.req.param()), c.req.param("version"));
    if (!report) throw absent();
    return c.json(report);
  });

  // The static files themselves, as cities and mirrors read them.
  const file = async (
    c: { body(bytes: Uint8Array<ArrayBuffer>, status: 200, headers: Record<string, string>): Response },
    key: string,
    isFixed: boolean,
  ) => {
    let bytes = await store.file(key);
    if (!bytes && (key === INDEX_KEY || key === HOUSE_KEY)) {
      await store.writeIndex();
      bytes = await store.file(key);
    }
    if (!bytes) throw absent();
    return c.body(new Uint8Array(bytes), 200, {
      "Content-Type": "application/json",
      "Cache-Control": isFixed ? "public, max-age=31536000, immutable" : "public, max-age=10",
    });
  };
  app.get("/marketplace/v1/index.json", open, (c) => file(c, INDEX_KEY, false));
  app.get("/marketplace/v1/house.json", open, (c) => file(c, HOUSE_KEY, false));
  app.get("/marketplace/v1/packages/:file", open, (c) => {
    const digest = c.req
      .param("file")
      .replace(/\.json$/, "")
      .replace("-", ":");
    if (!Digest.safeParse(digest).success) throw absent();
    return file(c, packageKey(digest), true);
  });
  app.get("/marketplace/v1/contract.schema.json", open, (c) => c.json(moduleSchema()));

  payoutRoutes(app, house);

  const title = (c: { var: { lang: "en" } }) => catalogueTexts.in(c.var.lang)("title");

  app.get("/marketplace", open, async (c) => {
    const { lang } = c.var;
    const t = catalogueTexts.in(lang);
    const wanted = (c.req.query("q") ?? "").slice(0, 100).trim();
    const from = Number(/^\d{1,6}$/.exec(c.req.query("from") ?? "")?.[0] ?? 0);
    const fit = (await ranked(await store.listings())).filter(({ latest }) => matches(latest, wanted));
    const modules = fit.slice(from, from + ON_A_PAGE);
    const next = from + ON_A_PAGE < fit.length ? from + ON_A_PAGE : undefined;
    const parties = new Map((await store.parties()).map((party) => [party.name, party]));
    return page(
      c,
      { title: t("title"), lead: t("lead"), wide: true },
      <ListPage {...{ lang, modules, parties, wanted, next }} count={fit.length} />,
    );
  });

  app.get("/marketplace/ranking", open, (c) => {
    const t = standingTexts.in(c.var.lang);
    const options = {
      title: t("ranking"),
      lead: t("rankingLead"),
      crumbs: [[title(c as never), "/marketplace"]] as const,
    };
    return page(c, options, <RankingPage lang={c.var.lang} />);
  });

  app.get("/marketplace/publish", open, (c) => {
    const t = catalogueTexts.in(c.var.lang);
    const options = {
      title: t("publishYours"),
      lead: t("publishLead"),
      crumbs: [[t("title"), "/marketplace"]] as const,
    };
    return page(c, options, <PublishPage lang={c.var.lang} origin={originOf(c)} />);
  });

  app.get("/marketplace/parties/:name", open, async (c) => {
    const { lang } = c.var;
    const name = c.req.param("name");
    const party = Slug.safeParse(name).success ? await store.findParty(name) : undefined;
    if (!party) throw absent();
    const modules = modulesOf(await store.listings()).filter((one) => publisherOf(one.name) === name);
    const crumbs = [[title(c as never), "/marketplace"]] as const;
    return page(
      c,
      { title: party.title, crumbs },
      <PartyPage {...{ lang, party, modules }} keyId={await keyIdOf(party.publicKey)} />,
    );
  });

  for (const path of ["/marketplace/modules/:publisher/:name", "/marketplace/modules/:publisher/:name/:version"])
    app.get(path, open, async (c) => {
      const { lang } = c.var;
      const params = c.req.param() as { publisher: string; name: string; version?: string };
      const versions = latestFirst(await store.listings(moduleAt(params)));
      const latest = latestOf(versions)?.version;
      if (latest === undefined) throw absent();
      const opened = visibleIn(await store.open(moduleAt(params), params.version ?? latest));
      const { manifest } = opened.module;
      const [place] = await ranked(versions, manifest.name);
      const report = await store.report(manifest.name, manifest.version);
      return page(
        c,
        {
          title: inLang(manifest.title, lang),
          lead: inLang(manifest.summary, lang),
          crumbs: [[title(c as never), "/marketplace"]],
        },
        <ModulePage {...{ lang, opened, versions, latest }} origin={originOf(c)}>
          <ListingPart {...{ lang, report }} place={visibleIn(place!)} listing={opened.listing} />
        </ModulePage>,
      );
    });
}

/** Whose module an envelope claims to hold; not yet believed. */
function publisherIn(envelope: Envelope): string {
  const value = readJson(Buffer.from(envelope.payload, "base64"));
  const { module, mistakes } = checkModule(value);
  if (!module) throw new NotACompliantModule(mistakes);
  return publisherOf(module.manifest.name);
}
