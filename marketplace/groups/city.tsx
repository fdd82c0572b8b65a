import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ErrorSummary, Field, Form, fieldOf } from "../../shared/components.tsx";
import type { Here } from "../../shared/here.ts";
import { faults, form, json, jsonBody, parsed } from "../../shared/http.ts";
import { Slug } from "../../shared/ids.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs, secured } from "../../shared/room.ts";
import { canonical } from "../contract/canonical.ts";
import { Envelope } from "../contract/dsse.ts";
import { MEMBERSHIP_TYPE, MemberRole, Membership } from "../contract/group.ts";
import { CONTRACT } from "../contract/manifest.ts";
import { partyHere, signedHere } from "../peers/signing.ts";
import { SendForm } from "../peers/views.tsx";
import { hindrances, type Refusal, refusalOf, shownAgain, Typed, typedAs } from "../typed.ts";
import { groupTexts } from "./texts.ts";

// A city takes part under its own key, as any member does: it says so, and the group says the same.

export const NewMembership = z
  .strictObject({
    group: Slug,
    role: MemberRole,
    cohort: Slug.optional(),
    says: z.enum(["in", "out"]),
    contact: z.email().max(200),
  })
  .meta({ id: "NewMembership" });
const SignedMembership = z.object({ party: Envelope, envelope: Envelope }).meta({ id: "SignedMembership" });

async function signed(here: Here, { contact, ...said }: z.infer<typeof NewMembership>) {
  const facts = { contract: CONTRACT, member: here.city.slug, ...said, signedAt: here.clock.now().toISOString() };
  const membership = parsed(Membership, facts);
  return {
    party: await partyHere(here, contact),
    envelope: await signedHere(here, MEMBERSHIP_TYPE, canonical(membership)),
  };
}

const newMembership = createRoute({
  method: "post",
  path: "/v1/memberships",
  summary:
    "Say under the city’s key that it takes part in a group, or no more; bring both envelopes to /marketplace/v1",
  middleware: needs("administrator"),
  ...secured("administrator"),
  request: { body: jsonBody(NewMembership) },
  responses: { 200: json(SignedMembership, "Signed"), ...faults("unauthenticated", "forbidden", "invalid") },
});

export function cityGroupRoutes(app: CityApp): void {
  app.openapi(newMembership, async (c) => c.json(await signed(c.var.here, c.req.valid("json")), 200));

  type C = Context<CityEnv>;
  function shown(c: C, typed: Typed = {}, refusal?: Refusal, envelopes?: readonly Envelope[]) {
    const { here, lang, csrf } = c.var;
    const t = groupTexts.in(lang);
    const field = fieldOf(shownAgain(typed), refusal?.errors ?? []);
    return page(
      c,
      {
        title: t("join"),
        lead: t("joinLead"),
        crumbs: [[t("console"), here.url("/staff")]],
        status: refusal ? 422 : 200,
      },
      <>
        {refusal && <ErrorSummary title={t("refusedHere")} errors={hindrances(refusal)} />}
        {envelopes && (
          <>
            <h2>{t("signed")}</h2>
            <SendForm envelopes={envelopes} lang={lang} />
          </>
        )}
        <Form action={here.url("/staff/groups")} csrf={csrf} submit={t("sign")}>
          <Field {...field("group")} label={t("group")} dir="ltr" maxlength={40} />
          <Field
            {...field("role")}
            label={t("as")}
            type="radio"
            options={MemberRole.options.map((role) => [role, t(role)])}
          />
          <Field {...field("cohort")} label={t("cohort")} dir="ltr" maxlength={40} />
          <Field
            {...field("says")}
            label={t("says")}
            type="radio"
            options={[
              ["in", t("in")],
              ["out", t("out")],
            ]}
          />
          <Field {...field("contact")} label={t("contact")} hint={t("contactHint")} type="email" maxlength={200} />
        </Form>
        <p>
          <a href="/marketplace/groups">{t("groups")}</a>
        </p>
      </>,
    );
  }
  app.get("/staff/groups", needs("administrator"), (c) => shown(c));
  app.post("/staff/groups", needs("administrator"), async (c) => {
    const typed = await form(c, Typed);
    try {
      const { party, envelope } = await signed(c.var.here, typedAs(c, NewMembership, typed));
      return shown(c, {}, undefined, [party, envelope]);
    } catch (error) {
      return shown(c, typed, refusalOf(error));
    }
  });
}
