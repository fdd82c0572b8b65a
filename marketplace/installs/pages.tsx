import type { Context } from "hono";
import { z } from "zod";
import { Pager } from "../../shared/components.tsx";
import { absent, Fault } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { staffNames } from "../../shared/identity/persons.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { latestOf } from "../catalogue/domain.ts";
import { catalogueTexts } from "../catalogue/texts.ts";
import { Digest } from "../contract/canonical.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { visibleIn } from "../contract/signs.ts";
import { inLang } from "../contract/words.ts";
import { firstOf, Typed } from "../typed.ts";
import { lostByGoingBack } from "./going-back.ts";
import { goingBackTexts } from "./going-back-texts.ts";
import { GoingBackPage } from "./going-back-views.tsx";
import { heededOf } from "./heeding.ts";
import { isActive } from "./life.ts";
import { offered, readMarket } from "./market.ts";
import { refusal, refusalIn } from "./refusals.ts";
import { releaseChecks } from "./release-pages.tsx";
import { runStore } from "./run-store.ts";
import { RunsPage } from "./run-views.tsx";
import type { Install } from "./schema.ts";
import { SettingsForm, settingsIn, settingsRefused, settingsShown } from "./setting-form.tsx";
import {
  agree,
  approversOfOther,
  approversRoles,
  choose,
  chooseVersion,
  goBack,
  remove,
  step,
  take,
  tryOut,
} from "./steps.ts";
import { ifBroken, installStore } from "./store.ts";
import { installTexts } from "./texts.ts";
import { transparencyTexts } from "./transparency-texts.ts";
import { ModulePage, PublicPage } from "./views.tsx";

type C = Context<CityEnv>;

const RUNS_SHOWN = 200;
const SERVING_A_PAGE = 20;
const WithVersion = z.strictObject({ version: Version.optional() });
const WhatIsAgreedTo = WithVersion.extend({ seen: z.string().max(100).optional() });
const WhatWasSeen = z.strictObject({ seen: Digest.optional() });
// What a button does, by the last word of its address.
const DOES: Record<string, (c: C, install: Install, by: string) => Promise<unknown>> = {
  trials: async (c, install, by) => tryOut(c.var.here, install, (await form(c, WithVersion)).version, by),
  proposed: (c, install, by) => step(c.var.here, install, "proposed", by),
  shadow: (c, install, by) => step(c.var.here, install, "shadow", by),
  active: (c, install, by) => step(c.var.here, install, "active", by),
  suspended: (c, install, by) => step(c.var.here, install, "suspended", by),
  removal: (c, install, by) => remove(c.var.here, install, by),
  rollback: async (c, install, by) => goBack(c.var.here, install, by, (await form(c, WhatWasSeen)).seen),
  version: async (c, install, by) =>
    chooseVersion(c.var.here, install, (await form(c, WithVersion)).version ?? install.version, by),
  settings: async (c, install, by) => {
    const typed = await form(c, Typed);
    // What another has set since the page was opened, such as what is declined, is not taken back by it.
    if ((firstOf(typed, "seen") ?? settingsShown(install)) !== settingsShown(install))
      throw refusal("conflict", "faster");
    const { module } = await installStore(c.var.here).open(install, install);
    return choose(c.var.here, install, settingsIn(typed, module, c.var.city.currency), by);
  },
  approvals: async (c, install, by) => {
    const { version, seen } = await form(c, WhatIsAgreedTo);
    return agree(c.var.here, install, version, by, approversRoles(c.var.who), seen);
  },
};
/** What a data officer decides too. */
const THEIRS = ["approvals"];

export function installPages(app: CityApp): void {
  const staff = needs("administrator", "data_officer");
  const mayDecide = ({ var: { who } }: C) => who.kind === "person" && who.roles.includes("administrator");
  const shownTo = (c: C) => ({ lang: c.var.lang, here: c.var.here, csrf: c.var.csrf });

  app.get("/modules", needs("public"), async (c) => {
    const t = installTexts.in(c.var.lang);
    const store = installStore(c.var.here);
    const after = c.req.query("cursor") ?? "";
    const left = (await store.list()).filter((install) => isActive(install) && install.module > after);
    const shown = left.slice(0, SERVING_A_PAGE);
    const next = left.length > shown.length ? shown.at(-1)!.module : undefined;
    const serving = await Promise.all(
      shown.map(async (install) => ({ install, opened: await store.open(install, install).catch(ifBroken) })),
    );
    return page(
      c,
      { title: t("publicTitle"), lead: t("publicLead") },
      <>
        <PublicPage shown={shownTo(c)} serving={serving} />
        {next && <Pager next={[`?cursor=${encodeURIComponent(next)}`, catalogueTexts.in(c.var.lang)("next")]} />}
        <p>
          <a href={c.var.here.url("/transparency")}>{transparencyTexts.in(c.var.lang)("title")}</a>
        </p>
      </>,
    );
  });

  async function modulePage(c: C, refusal?: Fault, typed?: Typed) {
    const { here, lang } = c.var;
    const t = installTexts.in(lang);
    const name = nameOf(c);
    const store = installStore(here);
    const install = await store.find(name);
    // The city's own copy is shown even where the marketplace is away; one that was changed is not shown at all.
    const opened = visibleIn(install ? await store.open(install, install).catch(ifBroken) : await offered(here, name));
    const market = await readMarket(here).catch(() => undefined);
    const latest = latestOf((market?.modules ?? []).filter((one) => one.name === name));
    const { records } = install ? await store.records({ id: install.id, limit: 50 }) : { records: [] };
    const other = install && latest?.version !== install.version ? latest : undefined;
    const viewer = c.var.who.kind === "person" ? c.var.who.id : undefined;
    const isOtherTried = install && other && install.trial?.version === other.version;
    const approvers = isOtherTried ? await approversOfOther(here, install, other.version) : [];
    const inView = install ?? (opened && { version: opened.module.manifest.version, digest: opened.digest });
    const refused = refusal && typed && settingsRefused(refusal, typed, lang);
    const crumbs = [
      [t("console"), here.url("/staff")],
      [t("title"), here.url("/staff/modules")],
    ] as const;
    return page(
      c,
      {
        title: opened ? inLang(opened.module.manifest.title, lang) : name,
        lead: opened && inLang(opened.module.manifest.summary, lang),
        crumbs,
        status: refusal ? (refusal.kind === "invalid" ? 422 : 409) : 200,
      },
      <ModulePage
        {...{ name, opened, install, records }}
        other={other?.version}
        hasApprovedOther={viewer !== undefined && approvers.includes(viewer)}
        shown={shownTo(c)}
        refusal={refusal && refusalIn(lang, refusal)}
        errors={refused?.errors}
        checks={
          await releaseChecks({
            ...{ shown: shownTo(c), name, mayDecide: mayDecide(c) },
            packages: [inView, other].filter((one) => one !== undefined),
          })
        }
        settingsForm={
          mayDecide(c) &&
          install &&
          opened && <SettingsForm shown={shownTo(c)} {...{ name, install, refused }} parts={opened.module.parts} />
        }
        isDone={c.req.query("done") !== undefined}
        mayDecide={mayDecide(c)}
        nameOf={
          await staffNames(here.table, [
            ...records.map(({ by }) => by),
            ...(install?.approvals ?? []).map(({ by }) => by),
          ])
        }
        viewer={viewer}
        warnings={install ? (await heededOf(here, install.id)).filter((one) => one.digest === install.digest) : []}
      />,
    );
  }

  app.get("/staff/modules/:publisher/:name", staff, (c) => modulePage(c));

  /** An install that is asked for by its module's name, and the way back to its page. */
  async function about(c: C): Promise<{ install: Install; name: string; crumbs: (readonly [string, string])[] }> {
    const { here, lang } = c.var;
    const t = installTexts.in(lang);
    const name = nameOf(c);
    const install = await installStore(here).find(name);
    if (!install) throw absent();
    const crumbs = [
      [t("console"), here.url("/staff")],
      [t("title"), here.url("/staff/modules")],
      [name, here.url(`/staff/modules/${name}`)],
    ] as const;
    return { install, name, crumbs: [...crumbs] };
  }

  app.get("/staff/modules/:publisher/:name/runs", staff, async (c) => {
    const t = installTexts.in(c.var.lang);
    const { install, crumbs } = await about(c);
    const asked = { limit: RUNS_SHOWN, cursor: c.req.query("cursor") };
    const { runs, next } = await runStore(c.var.here).runs(install.id, asked);
    return page(
      c,
      { title: t("runs"), lead: t("runsLead"), crumbs, wide: true },
      <RunsPage shown={shownTo(c)} runs={runs} next={next} />,
    );
  });

  app.get("/staff/modules/:publisher/:name/rollback", staff, async (c) => {
    const { install, name, crumbs } = await about(c);
    if (!install.previous) throw absent();
    const t = goingBackTexts.in(c.var.lang);
    return page(
      c,
      { title: t("title", { version: install.previous.version }), lead: t("lead"), crumbs },
      <GoingBackPage
        {...{ name, lost: await lostByGoingBack(c.var.here, install) }}
        shown={shownTo(c)}
        mayDecide={mayDecide(c)}
      />,
    );
  });

  app.post("/staff/modules/:publisher/:name/:does", staff, async (c) => {
    const { here, who } = c.var;
    const name = nameOf(c);
    const does = c.req.param("does");
    if (!mayDecide(c) && !THEIRS.includes(does)) throw new Fault("forbidden", "An administrator decides this.");
    try {
      if (does === "take") await take(here, { module: name }, whoId(who));
      else {
        const install = await installStore(here).find(name);
        if (!install || !Object.hasOwn(DOES, does)) throw absent();
        await DOES[does]?.(c, install, whoId(who));
      }
    } catch (error) {
      // What the administrator can mend is said where the decision is taken.
      const isTheirs = error instanceof Fault && ["conflict", "forbidden_transition", "invalid"].includes(error.kind);
      if (!isTheirs) throw error;
      const isTyped = does === "settings" && error.kind !== "conflict";
      return modulePage(c, error, isTyped ? await form(c, Typed) : undefined);
    }
    return c.redirect(here.url(does === "removal" ? "/staff/modules" : `/staff/modules/${name}?done`), 303);
  });
}

function nameOf(c: C): string {
  const name = `${c.req.param("publisher")}/${c.req.param("name")}`;
  if (!ModuleName.safeParse(name).success) throw absent();
  return name;
}
