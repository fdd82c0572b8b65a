import { createHash } from "node:crypto";
import { Facts, Notice, Table } from "../../shared/components.tsx";
import type { House } from "../../shared/compose.ts";
import { longMoment } from "../../shared/dates.ts";
import { absent } from "../../shared/errors.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { ConditionFailed } from "../../shared/table.ts";
import type { Lang } from "../../shared/texts.ts";
import { advisoryStore } from "../catalogue/advisories.ts";
import { catalogueStore } from "../catalogue/store.ts";
import { bringWithin } from "../within.ts";
import { type Bring, busy, demandPause, type Looked, type Mirror, mirrorsIn, Pulled, pull } from "./pulling.ts";
import { mirrorTexts } from "./texts.ts";
import { mirrorWriter } from "./writing.ts";

// question                          key (in the market's own table)
// how the last look at a house went pk MIRRORS   sk <its address>
const key = ({ url }: Mirror) => ({ pk: "MIRRORS", sk: url });

export function mirrorRoutes(app: HouseApp, house: House): void {
  const { market, now } = house;
  const writer = mirrorWriter(house);
  const catalogue = catalogueStore(house);
  const mirrors = mirrorsIn(house.settings.HANSA_MIRRORS);
  const open = needs("public");

  const json = (bytes: Uint8Array | undefined, isFixed: boolean) => {
    if (!bytes) throw absent();
    const headers = {
      "Content-Type": "application/json",
      "Cache-Control": isFixed ? "public, max-age=31536000, immutable" : "public, max-age=10",
    };
    return new Response(new Uint8Array(bytes), { headers });
  };
  app.get("/marketplace/v1/tuf/:file", open, async (c) => {
    const name = c.req.param("file");
    if (!/^(?:\d{1,9}\.(?:root|targets|snapshot)|timestamp)\.json$/.test(name)) throw absent();
    return json(await writer.metadata(name), name !== "timestamp.json");
  });
  for (const path of ["/marketplace/v1/tuf/targets/:file", "/marketplace/v1/tuf/targets/:folder/:file"])
    app.get(path, open, async (c) => {
      const { folder, file } = c.req.param() as { folder?: string; file: string };
      const wanted = folder === undefined ? file : `${folder}/${file}`;
      if (!/^(?:(?:parties|packages|advisories)\/)?[a-z0-9.-]{1,200}\.json$/.test(wanted) || wanted.includes(".."))
        throw absent();
      return json(await writer.target(wanted), false);
    });

  const bringTo = bringWithin(app);
  const bringing =
    (env: object): Bring =>
    async (path, envelope) => {
      const answer = await bringTo(path, envelope, env);
      const said = (await answer.json()) as { detail?: string };
      return { status: answer.status, says: said.detail ?? "" };
    };
  const lookedAt = async (mirror: Mirror): Promise<Looked> => {
    const item = await market.get(key(mirror));
    return { last: Pulled.optional().parse(item?.["pulled"]), begunAt: item?.["begunAt"] as string | undefined };
  };
  const all = async () => Promise.all(mirrors.map(async (mirror) => ({ mirror, last: (await lookedAt(mirror)).last })));

  /** One looks at a time: of two at once the slower one could forget what the other has seen. @throws {Fault} too_many */
  async function begin(mirror: Mirror): Promise<string> {
    const { last, begunAt } = await lookedAt(mirror);
    demandPause({ last, begunAt }, now());
    const begins = now().toISOString();
    const put = { ...key(mirror), ...(last ? { pulled: last } : {}), begunAt: begins };
    try {
      await market.transact([{ put, if: begunAt === undefined ? "absent" : { begunAt } }]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      throw busy();
    }
    return begins;
  }

  app.get("/marketplace/v1/mirrors", open, async (c) =>
    c.json({ mirrors: (await all()).map(({ mirror, last }) => ({ ...mirror, ...(last ? { last } : {}) })) }),
  );

  // Anybody may ask for it: what is taken over, the operator's setting and the other house's keys decide.
  app.post("/marketplace/v1/mirrors/pulls", open, async (c) => {
    const pulls: Pulled[] = [];
    for (const mirror of mirrors) {
      const begunAt = await begin(mirror);
      const digests = new Set((await catalogue.listings()).map(({ digest }) => digest));
      for (const { digest } of await advisoryStore(house, catalogue).listed()) digests.add(digest);
      const known = { digests, parties: await catalogue.partyEnvelopes() };
      const pulled = await pull(house, mirror, known, bringing(c.env as object));
      await market.put({ ...key(mirror), pulled, begunAt });
      pulls.push(pulled);
    }
    return c.json({ pulls });
  });

  app.get("/marketplace/mirrors", open, async (c) => {
    const { lang } = c.var;
    const t = mirrorTexts.in(lang);
    const root = await writer.metadata("1.root.json");
    const digest = root ? createHash("sha256").update(root).digest("hex") : "";
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs: [[t("market"), "/marketplace"]] },
      <>
        <h2>{t("mirrorUs")}</h2>
        <p>{t("mirrorUsLead")}</p>
        <Facts items={[[t("root"), <code>{`sha256:${digest}`}</code>]]} />
        <h2>{t("mirrored")}</h2>
        {mirrors.length === 0 && <p>{t("none")}</p>}
        {(await all()).map((one) => (
          <MirrorShown lang={lang} {...one} />
        ))}
      </>,
    );
  });
}

function MirrorShown({ lang, mirror, last }: { lang: Lang; mirror: Mirror; last: Pulled | undefined }) {
  const t = mirrorTexts.in(lang);
  return (
    <section>
      <h3>{mirror.url}</h3>
      <Facts
        items={[
          [t("root"), <code>{`sha256:${mirror.root.slice(0, 16)}…`}</code>],
          [t("looked"), last ? longMoment(last.pulledAt, lang) : "—"],
        ]}
      />
      {last?.failure && <Notice kind="error">{t("failed", { why: last.failure })}</Notice>}
      {last && last.refused.length > 0 && (
        <Table
          caption={t("refused")}
          head={[t("what"), t("why")]}
          rows={last.refused.map(({ what, why }) => [what, why])}
        />
      )}
    </section>
  );
}
