import type { Context } from "hono";
import { Field, Form, Notice, Table } from "../../shared/components.tsx";
import { absent } from "../../shared/errors.ts";
import { form } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { myAccounts, ownAccounts } from "./access.ts";
import { payerOf } from "./api-dues.ts";
import { assessmentStore, ownPart, totalOf } from "./assessments.ts";
import { latestClaim, makeClaim } from "./claims.ts";
import { attempt, type Mistake, money, type Shown, shown } from "./desk.tsx";
import { type Claim, NewClaim, type Spell } from "./schema.ts";
import { rollStore } from "./store.ts";
import { Mistakes, ShareView, Timeline } from "./views.tsx";

const OWN = "/assessments";
const SHOWN_MAX = 60;

/** What a payer sees of the own parcels, stalls and dwellings, and how what is due for them was computed. */
export function ownPages(app: CityApp): void {
  app.get(OWN, needs("resident"), async (c) => {
    const s = shown(c);
    const accounts = (await myAccounts(c)).map(({ id }) => id);
    const isOwn = ({ facts }: Spell) => facts.accountId !== undefined && accounts.includes(facts.accountId);
    const [entries, assessed] = await Promise.all([
      Promise.all(accounts.map((id) => rollStore(s.here.table).ofAccount(id))),
      Promise.all(accounts.map((id) => assessmentStore(s.here.table).ofAccount(id, SHOWN_MAX))),
    ]);
    const rolled = [...new Map(entries.flat().map((entry) => [entry.id, entry])).values()];
    const all = [...new Map(assessed.flat().map((one) => [one.id, ownPart(one, accounts)])).values()];
    return page(
      c,
      { title: s.a("mine"), lead: s.a("mineLead") },
      <>
        <h2>{s.a("mineAssessments")}</h2>
        {all.length === 0 ? (
          <p>{s.a("noAssessments")}</p>
        ) : (
          <Table
            caption={s.a("mineAssessments")}
            head={[s.a("number"), s.a("period"), s.a("total")]}
            numeric={[2]}
            rows={all.map((one) => [
              <a href={s.here.url(`${OWN}/${one.id}`)}>
                <bdi>{one.number}</bdi>
              </a>,
              one.period,
              money(s, totalOf(one), one.currency),
            ])}
          />
        )}
        <h2>{s.a("mineEntries")}</h2>
        {rolled.length === 0 && <p>{s.a("noneMine")}</p>}
        {rolled.map(({ kind, number, spells }) => (
          <Timeline {...{ s, kind }} spells={spells.filter(isOwn)} caption={labelled(s.lang, s.a(kind), number)} />
        ))}
      </>,
    );
  });

  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const accounts = await ownAccounts(c, undefined);
    const of = ownPart(await assessmentStore(s.here.table).get(c.req.param("id") ?? ""), accounts);
    if (of.shares.length === 0) throw absent();
    const claims = await Promise.all(of.shares.map(({ accountId }) => latestClaim(s.here, of.id, accountId!)));
    return page(
      c,
      {
        title: s.a("assessmentTitle", { number: of.number, period: of.period }),
        lead: s.a("assessmentLead"),
        crumbs: [[s.a("mine"), s.here.url(OWN)]],
        status: mistakes.length > 0 ? 422 : 200,
      },
      <>
        <Mistakes {...{ s, mistakes }} />
        {of.shares.map((share, i) => (
          <>
            <ShareView {...{ s, of, share }} />
            <Objection
              {...{ s, mistakes }}
              claim={claims[i]}
              to={`${OWN}/${of.id}/claims`}
              accountId={share.accountId!}
            />
          </>
        ))}
      </>,
    );
  };
  app.get(`${OWN}/:id`, needs("resident"), (c) => one(c));
  app.post(`${OWN}/:id/claims`, needs("resident"), (c) =>
    attempt(
      c,
      async () => {
        const { accountId, text } = await form(c, NewClaim);
        const found = await assessmentStore(c.var.here.table).get(c.req.param("id"));
        await makeClaim(c.var.here, found.id, payerOf(ownPart(found, await ownAccounts(c, accountId))), text);
        return `${OWN}/${found.id}`;
      },
      (mistakes) => one(c, mistakes),
    ),
  );
}

interface ObjectionProps {
  s: Shown;
  claim: Claim | undefined;
  to: string;
  accountId: string;
  mistakes: readonly Mistake[];
}

/** How the last objection stands, or the form for one. */
function Objection({ s, claim, to, accountId, mistakes }: ObjectionProps) {
  const { a } = s;
  const answer = claim?.answer ?? "";
  if (claim?.state === "open") return <Notice kind="info">{a("claimOpen")}</Notice>;
  return (
    <>
      {claim && (
        <Notice kind="info">{a(claim.state === "accepted" ? "claimAccepted" : "claimRefused", { answer })}</Notice>
      )}
      <h2>{a("object")}</h2>
      <p>{a("objectLead")}</p>
      <Form action={s.here.url(to)} csrf={s.csrf} submit={a("objectDo")}>
        <input type="hidden" name="accountId" value={accountId} />
        <Field
          label={a("objectAsk")}
          name="text"
          type="textarea"
          error={mistakes.find(({ field }) => field === "text")?.detail}
          required
          maxlength={1000}
        />
      </Form>
    </>
  );
}
