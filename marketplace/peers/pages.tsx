import type { Context } from "hono";
import { absent, Fault } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { modulesOf } from "../catalogue/domain.ts";
import { SHARES_MAX } from "../contract/based-on.ts";
import { Version } from "../contract/manifest.ts";
import { readMarket } from "../installs/market.ts";
import { firstOf, type Refusal, refusalOf, shownAgain, Typed, typedAs, typedJson } from "../typed.ts";
import { adopt, differenceOf, edit, localiseAs, mergeIn, packageAdopted } from "./adopting.ts";
import { gathered } from "./gathering.ts";
import { packageUp } from "./packaging.ts";
import {
  AdoptionId,
  NewAdoptedPackage,
  NewAdoption,
  NewEdit,
  NewMerge,
  NewPackage,
  OwnName,
  Profile,
} from "./schema.ts";
import { type Kept, peerStore } from "./store.ts";
import { peerTexts } from "./texts.ts";
import { AdoptionPage, AdoptionsPage, PackagePage, PackagesPage, type Shown } from "./views.tsx";

type C = Context<CityEnv>;
const ADOPTIONS_A_PAGE = 50;
const shownTo = (c: C): Shown => ({ lang: c.var.lang, here: c.var.here, csrf: c.var.csrf });

/** Percent as people write it. @throws {Fault} invalid */
function basisPoints(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const percent = Number(typed.replace(",", ".").replace("%", ""));
  if (percent >= 0 && percent <= SHARES_MAX / 100) return Math.round(percent * 100);
  throw new Fault("invalid", "A share is between 0 and 50 percent.", {
    errors: [{ pointer: "#/share", detail: "A share is between 0 and 50 percent." }],
  });
}

/** `theirs = yours`, one a line. */
const pairsIn = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? "").split("\n").flatMap((line) => {
      const [from = "", to = ""] = line.split("=").map((side) => side.trim());
      return from && to ? [[from, to]] : [];
    }),
  );

function profileIn(c: C, typed: Typed): Profile {
  const amounts = Object.entries(typed).flatMap(([name, value]) => {
    if (!name.startsWith("amounts/") || typeof value !== "string") return [];
    const at = name.slice("amounts".length);
    // A band's price is text, all other amounts are whole minor units.
    return [[at, at.endsWith("/price") ? value.replace(",", ".") : Number(value)]];
  });
  return typedAs(c, Profile, {
    languages: (firstOf(typed, "languages") ?? "").split(",").flatMap((lang) => lang.trim() || []),
    names: pairsIn(firstOf(typed, "names")),
    hosts: pairsIn(firstOf(typed, "hosts")),
    amounts: Object.fromEntries(amounts),
  });
}

const DOES: Record<string, (c: C, kept: Kept, typed: Typed, by: string) => Promise<string | undefined>> = {
  profile: async (c, kept, typed, by) => void (await localiseAs(c.var.here, kept, profileIn(c, typed), by)),
  async merges(c, kept, typed, by) {
    const choices = Object.entries(typed).flatMap(([name, at]) => {
      const side = /^at\d+$/.test(name) ? firstOf(typed, name.replace("at", "side")) : undefined;
      return side === undefined ? [] : [[String(at), side]];
    });
    const order = typedAs(c, NewMerge, { version: firstOf(typed, "version"), choices: Object.fromEntries(choices) });
    await mergeIn(c.var.here, kept, order, by);
    return undefined;
  },
  async edits(c, kept, typed, by) {
    const order = typedAs(c, NewEdit, {
      at: firstOf(typed, "at"),
      value: typedJson(c, firstOf(typed, "value"), "value"),
    });
    await edit(c.var.here, kept, order, by);
    return undefined;
  },
  async packages(c, kept, typed, by) {
    const order = typedAs(c, NewAdoptedPackage, {
      version: firstOf(typed, "version"),
      contact: firstOf(typed, "contact"),
      basisPoints: basisPoints(firstOf(typed, "share")),
    });
    const { made } = await packageAdopted(c.var.here, kept, order, by);
    return `/staff/packages/${made.module.split("/")[1]}/${made.version}`;
  },
  async removal(c, { adoption }) {
    await peerStore(c.var.here).remove(adoption.id);
    return "/staff/adoptions";
  },
};

export function peerPages(app: CityApp): void {
  const staff = needs("administrator");
  const crumbsOf = (c: C, ...more: (readonly [string, string])[]) =>
    [[peerTexts.in(c.var.lang)("console"), c.var.here.url("/staff")], ...more] as const;
  const status = (refusal: Refusal | undefined) => (refusal ? 422 : 200);

  async function packages(c: C, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang } = c.var;
    const t = peerTexts.in(lang);
    const candidates = (await gathered(here, lang)).map(({ candidate }) => candidate);
    const made = await peerStore(here).made();
    return page(
      c,
      { title: t("packages"), lead: t("packagesLead"), crumbs: crumbsOf(c), status: status(refusal) },
      <PackagesPage shown={shownTo(c)} {...{ made, candidates, refusal }} given={shownAgain(typed)} />,
    );
  }
  app.get("/staff/packages", staff, (c) => packages(c));
  app.post("/staff/packages", staff, async (c) => {
    const { here, lang } = c.var;
    const typed = await form(c, Typed);
    try {
      const said = Object.fromEntries(
        ["name", "version", "licence", "contact"].map((name) => [name, firstOf(typed, name)]),
      );
      const words = (name: string) => ({ [lang]: firstOf(typed, name) ?? "" });
      const ids = [typed["parts"] ?? []].flat();
      const share = basisPoints(firstOf(typed, "share"));
      const from = (await gathered(here, lang)).flatMap(({ candidate }) =>
        ids.includes(candidate.id) && candidate.from ? [candidate.from.module] : [],
      );
      const shares = share === undefined ? {} : Object.fromEntries(from.map((module) => [module, share]));
      const order = typedAs(c, NewPackage, {
        ...said,
        title: words("title"),
        summary: words("summary"),
        parts: ids,
        shares,
      });
      const { made } = await packageUp(here, order, whoId(c.var.who), lang);
      return c.redirect(here.url(`/staff/packages/${made.module.split("/")[1]}/${made.version}`), 303);
    } catch (error) {
      return packages(c, typed, refusalOf(error));
    }
  });
  app.get("/staff/packages/:name/:version", staff, async (c) => {
    const { here, lang, city } = c.var;
    const t = peerTexts.in(lang);
    const { name, version } = c.req.param();
    const wanted = version.replace(/\.json$/, "");
    if (!Version.safeParse(wanted).success) throw absent();
    const signed = await peerStore(here).signed(`${city.slug}/${OwnName.catch("none").parse(name)}`, wanted);
    if (wanted !== version) return c.json({ party: signed.party, package: signed.package });
    const crumbs = crumbsOf(c, [t("packages"), here.url("/staff/packages")]);
    return page(c, { title: `${name} ${version}`, crumbs }, <PackagePage shown={shownTo(c)} {...signed} />);
  });

  async function adoptions(c: C, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang } = c.var;
    const t = peerTexts.in(lang);
    const market = await readMarket(here).catch(() => undefined);
    const offers = modulesOf(market?.modules ?? []).map(({ latest }) => latest);
    const cursor = c.req.method === "GET" ? c.req.query("cursor") : undefined;
    const taken = await peerStore(here).adoptions({ limit: ADOPTIONS_A_PAGE, cursor });
    return page(
      c,
      { title: t("adoptions"), lead: t("adoptionsLead"), crumbs: crumbsOf(c), status: status(refusal) },
      <AdoptionsPage shown={shownTo(c)} {...{ ...taken, offers, refusal }} given={shownAgain(typed)} />,
    );
  }
  app.get("/staff/adoptions", staff, (c) => adoptions(c));
  app.post("/staff/adoptions", staff, async (c) => {
    const typed = await form(c, Typed);
    try {
      const order = typedAs(c, NewAdoption, { module: firstOf(typed, "module"), name: firstOf(typed, "name") });
      const { id } = await adopt(c.var.here, order, whoId(c.var.who));
      return c.redirect(c.var.here.url(`/staff/adoptions/${id}`), 303);
    } catch (error) {
      return adoptions(c, typed, refusalOf(error));
    }
  });

  const found = (c: C) => peerStore(c.var.here).adoption(AdoptionId.catch("none").parse(c.req.param("id")));
  async function adoption(c: C, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang } = c.var;
    const t = peerTexts.in(lang);
    const kept = await found(c);
    // Shown even where the marketplace is away.
    const difference = await differenceOf(here, kept).catch((error: unknown) => {
      if (error instanceof Fault) return undefined;
      throw error;
    });
    const crumbs = crumbsOf(c, [t("adoptions"), here.url("/staff/adoptions")]);
    return page(
      c,
      { title: kept.adoption.name, crumbs, wide: true, status: status(refusal) },
      <AdoptionPage shown={shownTo(c)} {...{ kept, difference, refusal }} given={shownAgain(typed)} />,
    );
  }
  app.get("/staff/adoptions/:id", staff, (c) => adoption(c));
  app.post("/staff/adoptions/:id/:does", staff, async (c) => {
    const kept = await found(c);
    const does = c.req.param("does");
    const typed = await form(c, Typed);
    if (!Object.hasOwn(DOES, does)) throw new Fault("absent", "There is nothing at this address.");
    try {
      const to = await DOES[does]!(c, kept, typed, whoId(c.var.who));
      return c.redirect(c.var.here.url(to ?? `/staff/adoptions/${kept.adoption.id}`), 303);
    } catch (error) {
      return adoption(c, typed, refusalOf(error));
    }
  });
}
