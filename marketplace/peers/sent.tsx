import { z } from "zod";
import { Fault } from "../../shared/errors.ts";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type HouseApp, needs } from "../../shared/room.ts";
import { Envelope } from "../contract/dsse.ts";
import { MEMBERSHIP_TYPE } from "../contract/group.ts";
import { PACKAGE_TYPE } from "../contract/module.ts";
import { NEED_TYPE } from "../contract/need.ts";
import { PARTY_TYPE } from "../contract/party.ts";
import { USE_TYPE } from "../contract/use.ts";
import { type Bring, bringWithin } from "../within.ts";
import { peerTexts } from "./texts.ts";
import { type Brought, SentPage } from "./views.tsx";

/** Which address of the marketplace takes what is signed under which type. */
const TAKES: Record<string, { path: string; what: string }> = {
  [PARTY_TYPE]: { path: "/marketplace/v1/parties", what: "party" },
  [NEED_TYPE]: { path: "/marketplace/v1/needs", what: "need" },
  [MEMBERSHIP_TYPE]: { path: "/marketplace/v1/memberships", what: "membership" },
  [USE_TYPE]: { path: "/marketplace/v1/uses", what: "use" },
  [PACKAGE_TYPE]: { path: "/marketplace/v1/modules", what: "module" },
};

/**
 * A form cannot send JSON, and a city's function has no right in the marketplace: so a page of the city carries what
 * the city signed, and this page hands it to the very routes that programs use.
 */
export function sentRoutes(app: HouseApp): void {
  const bringTo = bringWithin(app);
  app.post("/marketplace/sent", needs("public"), async (c) => {
    const { envelopes } = await form(c, z.strictObject({ envelopes: z.string().max(900_000) }));
    const all = parsed(z.array(Envelope).min(1).max(5), jsonOf(envelopes));
    const brought: Brought[] = [];
    for (const envelope of all) brought.push(await bring(envelope, bringTo, c.env as object));
    const t = peerTexts.in(c.var.lang);
    const isWhole = brought.every(({ isAccepted }) => isAccepted);
    return page(
      c,
      { title: t("sent"), lead: t("sentLead"), status: isWhole ? 200 : 422 },
      <SentPage lang={c.var.lang} all={brought} />,
    );
  });
}

async function bring(envelope: Envelope, bringTo: Bring, env: object): Promise<Brought> {
  const takes = Object.hasOwn(TAKES, envelope.payloadType) ? TAKES[envelope.payloadType] : undefined;
  if (!takes) return { what: envelope.payloadType, isAccepted: false, says: "" };
  const answer = await bringTo(takes.path, envelope, env);
  const said = (await answer.json()) as { url?: string; name?: string; version?: string; detail?: string };
  const name = [said.name, said.version].filter(Boolean).join(" ");
  return { what: name || takes.what, isAccepted: answer.ok, says: answer.ok ? "" : (said.detail ?? ""), url: said.url };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("malformed", "What was brought is not JSON.");
  }
}
