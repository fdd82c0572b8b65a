import { z } from "zod";
import type { House } from "../../shared/compose.ts";
import { absent, Fault } from "../../shared/errors.ts";
import { parsed } from "../../shared/http.ts";
import { limit } from "../../shared/identity/limits.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { catalogueStore } from "../catalogue/store.ts";
import type { Envelope } from "../contract/dsse.ts";
import { ModuleName, publisherOf } from "../contract/manifest.ts";
import { ANSWER_TYPE, Answer, NEED_TYPE, Need, NeedState } from "../contract/need.ts";
import { claimed, openSigned } from "../contract/signed.ts";
import { visibleIn } from "../contract/signs.ts";
import { inLang } from "../contract/words.ts";
import { Busy } from "../installs/running.ts";
import { demandSaidByNow, sentEnvelope, sentWell } from "../refusals.ts";
import { type Answered, needStore } from "./store.ts";
import { needTexts } from "./texts.ts";
import { NeedPage, NeedsPage } from "./views.tsx";
import { work } from "./working.ts";

// Each answer runs others' programs: bounds keep one neighbour from filling the house.
const POSTED = { max: 60, windowS: 3_600 };
const ANSWERED = { max: 60, windowS: 3_600 };

export function needRoutes(app: HouseApp, house: House): void {
  const store = needStore(house);
  const catalogue = catalogueStore(house);
  const open = needs("public");

  /** What a party that is known here signed. @throws {Fault} invalid */
  async function signed<T extends { signedAt: string }>(
    envelope: Envelope,
    type: string,
    schema: z.ZodType<T>,
    signer: (said: T) => string,
  ) {
    const said = await sentWell(async () => claimed(envelope, type, schema));
    const name = signer(said);
    const party = await catalogue.findParty(name);
    if (!party)
      throw new Fault("invalid", `There is no party ${name} here. Sign up first.`, {
        errors: [{ pointer: "#/payload", detail: `There is no party ${name} here.` }],
      });
    demandSaidByNow(said, house.now());
    return sentWell(() => openSigned(envelope, type, schema, party.publicKey));
  }

  app.post("/marketplace/v1/needs", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const need = await signed(envelope, NEED_TYPE, Need, ({ name }) => publisherOf(name));
    await limit(house.market, house.now(), `needs#${publisherOf(need.name)}`, POSTED.max, POSTED.windowS);
    const kept = await store.keep(need, envelope);
    return c.json({ ...kept.need, url: `/marketplace/needs/${need.name}` }, kept.created ? 201 : 200);
  });

  app.get("/marketplace/v1/needs", open, async (c) => {
    const { state } = parsed(z.object({ state: NeedState.optional() }), c.req.query(), "query");
    const all = await store.list();
    return c.json({ needs: all.filter((need) => state === undefined || need.state === state) });
  });

  /** @throws {Fault} absent: no need can be called so */
  const nameOf = ({ city, need }: { city: string; need: string }): string => {
    const name = ModuleName.safeParse(`${city}/${need}`);
    if (!name.success) throw absent();
    return name.data;
  };
  app.get("/marketplace/v1/needs/:city/:need", open, async (c) => {
    const need = await store.get(nameOf(c.req.param()));
    return c.json({ ...need, answers: await store.answers(need.name) });
  });

  app.post("/marketplace/v1/answers", open, async (c) => {
    const envelope = await sentEnvelope(c);
    const answer = await signed(envelope, ANSWER_TYPE, Answer, ({ module }) => publisherOf(module));
    const need = await store.find(answer.need);
    if (!need)
      throw new Fault("invalid", `There is no need ${answer.need} here.`, {
        errors: [{ pointer: "#/payload/need", detail: "There is no such need." }],
      });
    if (need.state !== "open") throw new Fault("forbidden_transition", `This need is ${need.state}.`);
    await limit(house.market, house.now(), `answers#${publisherOf(answer.module)}`, ANSWERED.max, ANSWERED.windowS);
    const opened = await catalogue.open(answer.module, answer.version);
    const now = house.now().toISOString();
    const outcome = await work(need, opened, house.marketSandbox).catch((error: unknown) => {
      if (error instanceof Busy)
        throw new Fault("unavailable", "Many are tried at once; try again.", { retryAfterS: 5 });
      throw error;
    });
    const answered: Answered = {
      answer,
      package: opened.digest,
      receivedAt: now,
      isLate: now > need.deadline,
      ...outcome,
    };
    const kept = await store.keepAnswer(answered, envelope);
    return c.json({ ...kept.answered, url: `/marketplace/needs/${need.name}` }, kept.created ? 201 : 200);
  });

  app.get("/marketplace/needs", open, async (c) => {
    const { lang } = c.var;
    const t = needTexts.in(lang);
    const crumbs = [[t("market"), "/marketplace"]] as const;
    return page(
      c,
      { title: t("needs"), lead: t("needsLead"), crumbs },
      <NeedsPage lang={lang} needs={await store.list()} now={house.now()} />,
    );
  });

  app.get("/marketplace/needs/:city/:need", open, async (c) => {
    const { lang } = c.var;
    const t = needTexts.in(lang);
    const need = await store.get(nameOf(c.req.param()));
    const crumbs = [
      [t("market"), "/marketplace"],
      [t("needs"), "/marketplace/needs"],
    ] as const;
    return page(
      c,
      { title: inLang(need.title, lang), crumbs, wide: true },
      <NeedPage lang={lang} need={visibleIn(need)} answers={await store.answers(need.name)} now={house.now()} />,
    );
  });
}
