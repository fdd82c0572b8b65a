import { createRoute, z } from "@hono/zod-openapi";
import { Facts, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { absent, Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { faults, json } from "../../shared/http.ts";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { latestOf } from "../catalogue/domain.ts";
import { CheckLines, VERDICTS } from "../catalogue/standing-views.tsx";
import { checkTexts } from "../check/texts.ts";
import { ModuleName, Version } from "../contract/manifest.ts";
import { visible } from "../contract/signs.ts";
import { offered, readMarket } from "./market.ts";
import { CityCheck, checkHere, checkOf } from "./release.ts";
import { releaseTexts } from "./release-texts.ts";
import { installStore } from "./store.ts";
import { type Shown, Step } from "./views.tsx";

// What the city's own check found of a release that it uses or considers: on the module's page, and as JSON.

const READ = ["administrator", "scope:marketplace.installs:read"] as const;
const WRITE = ["administrator", "scope:marketplace.installs:write"] as const;
const which = {
  params: z.object({ publisher: z.string().max(40), name: z.string().max(40) }),
  query: z.object({ version: Version.optional() }),
};
const path = "/v1/modules/{publisher}/{name}/check";

const showCheck = createRoute({
  method: "get",
  path,
  summary:
    "What the city’s own check found of a version, when it was run last; without one of that in use, else the latest",
  middleware: needs(...READ),
  ...secured(...READ),
  request: which,
  responses: {
    200: json(CityCheck, "Each check with its verdict"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid"),
  },
});

const newCheck = createRoute({
  method: "post",
  path,
  summary: "Check a version now, by the same code as publisher and marketplace; nothing of it is taken",
  middleware: needs(...WRITE),
  ...secured(...WRITE),
  request: which,
  responses: {
    200: json(CityCheck, "Checked, also where it fails"),
    ...faults("unauthenticated", "forbidden", "absent", "conflict", "invalid", "unavailable"),
  },
});

export function releaseRoutes(app: CityApp): void {
  const nameIn = ({ publisher, name }: { publisher: string; name: string }) => `${publisher}/${name}`;

  app.openapi(showCheck, async (c) => {
    const { here } = c.var;
    const module = nameIn(c.req.valid("param"));
    const version = c.req.valid("query").version ?? (await versionInView(here, module));
    const check = version === undefined ? undefined : await checkOf(here, module, version);
    if (!check) throw absent();
    return c.json(check, 200);
  });

  app.openapi(newCheck, async (c) => {
    const { version } = c.req.valid("query");
    return c.json(await checkNow(c.var.here, nameIn(c.req.valid("param")), version), 200);
  });

  app.post("/staff/modules/:publisher/:name/check", needs("administrator"), async (c) => {
    const name = nameIn(c.req.param());
    if (!ModuleName.safeParse(name).success) throw absent();
    const version = Version.optional().safeParse((await c.req.parseBody())["version"]);
    if (!version.success) throw new Fault("invalid", "This is no version.");
    await checkNow(c.var.here, name, version.data);
    return c.redirect(c.var.here.url(`/staff/modules/${name}?done#check`), 303);
  });
}

/** The version in use here, else the marketplace's latest. */
async function versionInView(here: Here, module: string): Promise<string | undefined> {
  const install = await installStore(here).find(module);
  if (install) return install.version;
  return latestOf((await readMarket(here)).modules.filter(({ name }) => name === module))?.version;
}

/** @throws {Fault} absent; conflict: its bytes are not what was signed; unavailable */
async function checkNow(here: Here, name: string, version: string | undefined): Promise<CityCheck> {
  const store = installStore(here);
  const install = await store.find(name);
  const isOwn = install && (version === undefined || version === install.version);
  const opened = isOwn ? await store.open(install, install) : await offered(here, name, version, install?.publisherKey);
  return checkHere(here, opened.module);
}

interface Props {
  shown: Shown;
  name: string;
  /** The versions in view: that in use or offered, and another that could take its place. */
  packages: readonly { version: string; digest: string }[];
  mayDecide: boolean;
}

/** What was found of each version in view, and the button that checks it. */
export async function releaseChecks({ shown, name, packages, mayDecide }: Props) {
  const t = releaseTexts.in(shown.lang);
  const found = await Promise.all(
    packages.map(async ({ version, digest }) => {
      const check = await checkOf(shown.here, name, version);
      return { version, check: check?.package === digest ? check : undefined };
    }),
  );
  return (
    <section id="check">
      <h2>{t("title")}</h2>
      <p>{t("lead")}</p>
      {found.map(({ version, check }) => (
        <>
          {check ? <CheckShown {...{ shown, name, check }} /> : <p>{t("none", { version })}</p>}
          {mayDecide && (
            <Step
              {...{ shown, name, version }}
              does="check"
              label={t(check ? "again" : "check", { version })}
              hint={t("hint")}
            />
          )}
        </>
      ))}
    </section>
  );
}

function CheckShown({ shown, name, check }: { shown: Shown; name: string; check: CityCheck }) {
  const { lang, here } = shown;
  const t = releaseTexts.in(lang);
  const says = checkTexts.in(lang);
  const { version, verdict } = check;
  const json = here.url(`/v1/modules/${name}/check?version=${encodeURIComponent(version)}`);
  return (
    <>
      <p>
        {t("checkedOn", { version, date: cityMoment(check.checkedAt, shown) })}{" "}
        <Tag kind={VERDICTS[verdict]}>{says(verdict)}</Tag>
      </p>
      <CheckLines report={check} lang={lang} />
      {check.lines
        .filter(({ found }) => found.length > 0)
        .map((line) => (
          <details>
            <summary>{t("found", { what: says(line.check) })}</summary>
            <ul>
              {line.found.map(({ at, what }) => (
                <li>
                  <code dir="ltr">{visible(at)}</code> <bdi>{visible(what)}</bdi>
                </li>
              ))}
            </ul>
          </details>
        ))}
      <Facts items={[[t("whole"), <code dir="ltr">{json}</code>]]} />
    </>
  );
}
