import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ErrorSummary, Facts, Field, Form, fieldOf, Table } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { faults, form, json, jsonBody } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { Envelope } from "../contract/dsse.ts";
import { ModuleName } from "../contract/manifest.ts";
import { Use } from "../contract/use.ts";
import { partyHere } from "../peers/signing.ts";
import { SendForm } from "../peers/views.tsx";
import { firstOf, hindrances, type Refusal, refusalOf, shownAgain, Typed, typedAs } from "../typed.ts";
import { everServed, stated } from "./stating.ts";
import { useTexts } from "./texts.ts";

/** Whether the city is named is its administrator's decision, never a program's. */
const WHO = ["administrator"] as const;
const why = z.string().trim().min(1).max(500).optional();
const NewUse = z
  .strictObject({ module: ModuleName, contact: z.email().max(200), why, isWithdrawn: z.boolean().optional() })
  .meta({ id: "NewUse", description: "What the city says in public of a module that it runs, or ran." });
/** The same as the form sends it. */
const TypedUse = NewUse.omit({ isWithdrawn: true }).extend({ named: z.enum(["yes", "no"]) });

const newUse = createRoute({
  method: "post",
  path: "/v1/uses",
  summary: "The city’s signed word on a module, to be brought to the marketplace",
  middleware: needs(...WHO),
  ...secured(...WHO),
  request: { body: jsonBody(NewUse) },
  responses: {
    200: json(z.object({ use: Use, envelopes: z.array(Envelope) }), "Signed; nothing was sent"),
    ...faults("unauthenticated", "forbidden", "absent", "invalid"),
  },
});

export function useRoutesOfCity(app: CityApp): void {
  app.openapi(newUse, async (c) => {
    const { contact, ...wanted } = c.req.valid("json");
    const { use, envelope } = await stated(c.var.here, wanted);
    return c.json({ use, envelopes: [await partyHere(c.var.here, contact), envelope] }, 200);
  });

  async function desk(c: Context<CityEnv>, typed: Typed = {}, refusal?: Refusal) {
    const { here, lang, csrf } = c.var;
    const t = useTexts.in(lang);
    const modules = await everServed(here);
    const field = fieldOf(shownAgain(typed), refusal?.errors ?? []);
    return page(
      c,
      { title: t("title"), lead: t("lead"), crumbs: [[t("console"), here.url("/staff")]], status: refusal ? 422 : 200 },
      modules.length === 0 ? (
        <p>{t("none")}</p>
      ) : (
        <>
          {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
          <Form action={here.url("/staff/uses")} csrf={csrf} submit={t("sign")}>
            <Field
              {...field("module")}
              type="select"
              label={t("module")}
              options={modules.map((module) => [module, module])}
            />
            <Field {...field("contact")} type="email" label={t("contact")} hint={t("contactHint")} maxlength={200} />
            <Field {...field("why")} type="textarea" label={t("why")} hint={t("whyHint")} maxlength={500} />
            <Field
              {...field("named")}
              type="radio"
              value={firstOf(typed, "named") ?? "yes"}
              label={t("named")}
              options={[
                ["yes", t("namedYes")],
                ["no", t("namedNo")],
              ]}
            />
          </Form>
        </>
      ),
    );
  }
  app.get("/staff/uses", needs(...WHO), (c) => desk(c));

  app.post("/staff/uses", needs(...WHO), async (c) => {
    const { here, lang } = c.var;
    const t = useTexts.in(lang);
    const typed = await form(c, Typed);
    try {
      const { named, contact, ...wanted } = typedAs(c, TypedUse, typed);
      const { use, envelope } = await stated(here, { ...wanted, isWithdrawn: named === "no" });
      const envelopes = [await partyHere(here, contact), envelope];
      const crumbs = [
        [t("console"), here.url("/staff")],
        [t("title"), here.url("/staff/uses")],
      ] as const;
      return page(
        c,
        { title: t("signed"), lead: t("signedLead"), crumbs },
        <Signed c={c} use={use} envelopes={envelopes} />,
      );
    } catch (error) {
      return desk(c, typed, refusalOf(error));
    }
  });
}

function Signed({ c, use, envelopes }: { c: Context<CityEnv>; use: Use; envelopes: Envelope[] }) {
  const { lang } = c.var;
  const t = useTexts.in(lang);
  return (
    <>
      <Facts
        items={[
          [t("module"), <code>{`${use.module} ${use.version}`}</code>],
          [t("state"), t(use.isWithdrawn ? "unnamed" : use.state)],
          [t("since"), cityDay(use.since, c.var)],
          ...(use.removedAt ? [[t("removedOn"), cityDay(use.removedAt, c.var)] as const] : []),
          ...(use.why ? [[t("why"), use.why] as const] : []),
        ]}
      />
      <Table
        caption={t("counts")}
        head={[t("suspensions"), t("runs"), t("refused")]}
        rows={[[use.suspensions, use.runs, use.refused]]}
        numeric={[0, 1, 2]}
      />
      <SendForm envelopes={envelopes} lang={lang} />
    </>
  );
}
