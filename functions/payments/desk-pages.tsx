import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { minorOf, positiveMinorOf } from "../../shared/amounts.ts";
import { Actions, Facts, Field, Form, fieldOf, LinkButton, Notice, Table } from "../../shared/components.tsx";
import { longCityMoment } from "../../shared/dates.ts";
import { form, givenIn, originOf } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { labelled } from "../../shared/texts.ts";
import { dayOf, dayPlus } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { DueKind } from "../billing/events.ts";
import { accountOf, accountsOf, callbackPath, closeAccount, keepAccount } from "./accounts.ts";
import { silentProviders } from "./asking.ts";
import { deciderOf } from "./desk.ts";
import { after, DESK, desk, money, next, PayTo, payToOf, READERS, sent, shown } from "./desk-shell.tsx";
import { AskedFor, namingKeys } from "./fields.tsx";
import { FILES } from "./filed/pages.tsx";
import { filedTexts } from "./filed/texts.ts";
import { holderNames, paidFrom } from "./holders.ts";
import { limitPages } from "./limits-page.tsx";
import { paymentPages } from "./payment-page.tsx";
import { rails } from "./rails.ts";
import { beginReconciling, comparisons, reconciliationOf, reconciliations } from "./reconciling.ts";
import { approveRefund, askRefund, paidOut, refundList, refundOf, refuseRefund } from "./refunds.ts";
import { AccountId, NewAccount, NewRefund, PaidOut } from "./schema.ts";
import { assign, suggestions, suspenseList, suspenseOf } from "./suspense.ts";
import type { Mistake } from "./views.tsx";

// The desk's further pages: refunds, money without a bill, the days' reconciliation, and the city's accounts.

export function deskPages(app: CityApp): void {
  refundPages(app);
  paymentPages(app);
  limitPages(app);
  suspensePages(app);
  reconciliationPages(app);
  accountPages(app);
}

function refundPages(app: CityApp): void {
  const PATH = "/staff/payments/refunds";
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const [asked, done] = await Promise.all([
      refundList(here, { limit: 50 }),
      refundList(here, { limit: 50, isDone: true, ...(after(c) ? { cursor: after(c)! } : {}) }),
    ]);
    const me = whoId(c.var.who);
    const mayDecide =
      c.var.who.kind === "person" &&
      READERS.some((role) => (c.var.who as never as { roles: string[] }).roles.includes(role));
    return desk(
      c,
      t("refunds"),
      <>
        <p>{t("refundsLead")}</p>
        {asked.refunds.length === 0 && <p>{t("nothingWaits")}</p>}
        {asked.refunds.map((refund) => (
          <section>
            <h2>
              {money(refund.amountMinor, refund.currency, s)} · <bdi>{refund.reference || refund.id}</bdi>
            </h2>
            <Facts
              items={[
                [t("reason"), refund.reason],
                ...payToOf(refund, s),
                [t("askedBy"), <StaffName here={here} id={refund.askedBy} />],
                [t("askedAt"), longCityMoment(refund.askedAt, s)],
              ]}
            />
            {refund.askedBy === me ? (
              <Notice kind="info">{t("fourEyes")}</Notice>
            ) : (
              mayDecide && (
                <Actions>
                  <Form action={here.url(`${PATH}/${refund.id}/approve`)} csrf={csrf} submit={t("approve")} />
                  <Form action={here.url(`${PATH}/${refund.id}/refuse`)} csrf={csrf} submit={t("refuse")} />
                </Actions>
              )
            )}
          </section>
        ))}
        <h2>{t("decided")}</h2>
        {done.refunds.length === 0 ? (
          <p>{t("noneDecided")}</p>
        ) : (
          <Table
            caption={t("decided")}
            head={[t("askedAt"), t("reference"), t("amount"), t("state"), t("number")]}
            numeric={[2]}
            rows={done.refunds.map((refund) => [
              longCityMoment(refund.askedAt, s),
              <bdi>{refund.reference}</bdi>,
              money(refund.amountMinor, refund.currency, s),
              t(`refund_${refund.state}`),
              <a href={here.url(`${PATH}/${refund.id}`)}>
                <code>{refund.id}</code>
              </a>,
            ])}
          />
        )}
        {next(s, PATH, done.next)}
      </>,
      mistakes,
    );
  };
  app.get(PATH, needs(...DESK), (c) => list(c));
  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Record<string, string> = {}) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const refund = await refundOf(here, c.req.param("id") ?? "");
    const sources = refund.state === "to_pay_out" ? await paidFrom(here, refund.currency) : [];
    const field = fieldOf(given, mistakes);
    const facts: [Child, Child][] = [
      [t("amount"), money(refund.amountMinor, refund.currency, s)],
      [t("reference"), <bdi>{refund.reference}</bdi>],
      [t("state"), t(`refund_${refund.state}`)],
      [t("reason"), refund.reason],
      ...payToOf(refund, s),
      [t("askedBy"), <StaffName here={here} id={refund.askedBy} />],
      ...(refund.decidedBy
        ? [[t("decidedBy"), <StaffName here={here} id={refund.decidedBy} />] as [Child, Child]]
        : []),
      ...(refund.providerRef ? [[t("providerRef"), <code>{refund.providerRef}</code>] as [Child, Child]] : []),
      ...(refund.failure ? [[t("failure"), refund.failure] as [Child, Child]] : []),
    ];
    return desk(
      c,
      t("refund"),
      <>
        <Facts items={facts} />
        {refund.state === "to_pay_out" && (
          <>
            <p>{t("payOutLead")}</p>
            <Form action={here.url(`${PATH}/${refund.id}/payout`)} csrf={csrf} submit={t("payOut")}>
              {sources.length > 0 ? (
                <Field {...field("holder")} label={t("holder")} type="select" options={sources} />
              ) : (
                <Field {...field("holder")} label={t("holder")} hint={t("holderHint")} dir="ltr" />
              )}
              <Field {...field("providerRef")} label={t("payOutRef")} maxlength={100} />
            </Form>
          </>
        )}
      </>,
      mistakes,
    );
  };
  app.get(`${PATH}/:id`, needs(...DESK), (c) => one(c));
  app.post(`${PATH}/:id/approve`, needs(...READERS), (c) =>
    sent(
      c,
      () => approveRefund(c.var.here, c.req.param("id"), deciderOf(c)),
      PATH,
      (m) => list(c, m),
    ),
  );
  app.post(`${PATH}/:id/refuse`, needs(...READERS), (c) =>
    sent(
      c,
      () => refuseRefund(c.var.here, c.req.param("id"), whoId(c.var.who)),
      PATH,
      (m) => list(c, m),
    ),
  );
  app.post(`${PATH}/:id/payout`, needs("treasurer"), (c) =>
    sent(
      c,
      async () => paidOut(c.var.here, c.req.param("id"), await form(c, PaidOut)),
      `${PATH}/${c.req.param("id")}`,
      async (m) => one(c, m, await givenIn(c)),
    ),
  );

  // Of what an account has paid ahead; asked for on its statement.
  const Typed = z.strictObject({ amount: z.string().max(30), reason: NewRefund.shape.reason });
  app.post("/staff/payments/credits/:account/refunds", needs("treasurer", "agent"), (c) =>
    sent(
      c,
      async () => {
        const { amount, reason } = await form(c, Typed);
        const amountMinor = positiveMinorOf(amount, c.var.city.currency, "amount");
        const asks = { amountMinor, reason };
        await askRefund(c.var.here, { accountId: c.req.param("account") }, asks, whoId(c.var.who));
      },
      PATH,
      (m) => list(c, m),
    ),
  );
}

function suspensePages(app: CityApp): void {
  const PATH = "/staff/payments/suspense";
  app.get(PATH, needs(...DESK), async (c) => {
    const s = shown(c);
    const { here, t } = s;
    const [found, nameOf] = await Promise.all([
      suspenseList(here, { limit: 50, ...(after(c) ? { cursor: after(c)! } : {}) }),
      holderNames(here),
    ]);
    return desk(
      c,
      t("suspense"),
      <>
        <p>{t("suspenseLead")}</p>
        {found.suspense.length === 0 ? (
          <p>{t("nothingWaits")}</p>
        ) : (
          <Table
            caption={t("suspense")}
            head={[t("when"), t("amount"), t("typed"), t("why"), t("providerRef"), t("account")]}
            numeric={[1]}
            rows={found.suspense.map((waiting) => [
              <a href={here.url(`${PATH}/${waiting.id}`)}>{longCityMoment(waiting.at, s)}</a>,
              money(waiting.amountMinor, waiting.currency, s),
              <bdi>{waiting.reference || "–"}</bdi>,
              t(`why_${waiting.why}`),
              <code>{waiting.providerRef}</code>,
              nameOf(waiting.holder),
            ])}
          />
        )}
        {next(s, PATH, found.next)}
      </>,
    );
  });
  const one = async (c: Context<CityEnv>, mistakes: Mistake[] = [], given: Record<string, string> = {}) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const field = fieldOf(given, mistakes);
    const waiting = await suspenseOf(here, c.req.param("id") ?? "");
    const nameOf = await holderNames(here);
    const likely = waiting.state === "open" ? await suggestions(here, waiting) : [];
    return desk(
      c,
      t("suspense"),
      <>
        <Facts
          items={[
            [t("amount"), money(waiting.amountMinor, waiting.currency, s)],
            [t("when"), longCityMoment(waiting.at, s)],
            [t("typed"), <bdi>{waiting.reference || "–"}</bdi>],
            [t("why"), t(`why_${waiting.why}`)],
            [t("providerRef"), <code>{waiting.providerRef}</code>],
            [t("account"), nameOf(waiting.holder)],
            [t("state"), t(`suspense_${waiting.state}`)],
          ]}
        />
        {likely.map((each) => (
          <section>
            <h2>
              <bdi>{each.reference}</bdi> · {money(each.dueMinor, waiting.currency, s)}
            </h2>
            <ul>
              {each.reasons.map((reason) => (
                <li>{t(`because_${reason}`)}</li>
              ))}
            </ul>
            <Form action={here.url(`${PATH}/${waiting.id}/assign`)} csrf={csrf} submit={t("assignThis")}>
              <input type="hidden" name="reference" value={each.reference} />
            </Form>
          </section>
        ))}
        {waiting.state === "open" && (
          <>
            <h2>{t("assign")}</h2>
            <Form action={here.url(`${PATH}/${waiting.id}/assign`)} csrf={csrf} submit={t("assign")}>
              <Field {...field("reference")} label={t("reference")} maxlength={40} dir="ltr" />
            </Form>
            <h2>{t("giveBack")}</h2>
            <Form action={here.url(`${PATH}/${waiting.id}/refunds`)} csrf={csrf} submit={t("giveBack")}>
              <Field {...field("reason")} label={t("reason")} maxlength={200} />
              <PayTo t={t} {...field("msisdn")} />
            </Form>
          </>
        )}
      </>,
      mistakes,
    );
  };
  app.get(`${PATH}/:id`, needs(...DESK), (c) => one(c));
  const Reference = z.strictObject({ reference: z.string().min(1).max(40) });
  app.post(`${PATH}/:id/assign`, needs("treasurer", "agent"), (c) =>
    sent(
      c,
      async () => assign(c.var.here, c.req.param("id"), (await form(c, Reference)).reference, whoId(c.var.who)),
      PATH,
      async (m) => one(c, m, await givenIn(c)),
    ),
  );
  app.post(`${PATH}/:id/refunds`, needs("treasurer", "agent"), (c) =>
    sent(
      c,
      async () => askRefund(c.var.here, { suspenseId: c.req.param("id") }, await form(c, NewRefund), whoId(c.var.who)),
      "/staff/payments/refunds",
      async (m) => one(c, m, await givenIn(c)),
    ),
  );
}

function reconciliationPages(app: CityApp): void {
  const PATH = "/staff/payments/reconciliation";
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const filed = filedTexts.in(s.lang);
    const [found, accounts, comparing] = await Promise.all([
      reconciliations(here, { limit: 50, ...(after(c) ? { cursor: after(c)! } : {}) }),
      accountsOf(here),
      comparisons(here),
    ]);
    const yesterday = dayPlus(dayOf(here.clock.now(), "UTC"), -1);
    const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
    const nameOf = (account: string) => accounts.find(({ id }) => id === account)?.name ?? account;
    return desk(
      c,
      t("reconciliation"),
      <>
        <p>{t("reconciliationLead")}</p>
        <Actions>
          <LinkButton second href={here.url(FILES)}>
            {filed("files")}
          </LinkButton>
        </Actions>
        {comparing.map(({ account, day, looked, lines }) => (
          <Notice kind="info">
            {lines === undefined
              ? t("comparingSoon", { account: nameOf(account), day })
              : t("comparingNow", { account: nameOf(account), day, looked, lines })}{" "}
            <a href={here.url(PATH)}>{t("lookAgain")}</a>
          </Notice>
        ))}
        {found.days.length === 0 ? (
          <p>{t("noDays")}</p>
        ) : (
          <Table
            caption={t("reconciliation")}
            head={[t("day"), t("account"), t("lines"), t("heardNow"), t("differences")]}
            numeric={[2, 3, 4]}
            rows={found.days.map((done) => [
              <a href={here.url(`${PATH}/${done.account}/${done.day}`)}>{done.day}</a>,
              nameOf(done.account),
              done.lines,
              done.heardNow,
              done.awaitsFile && done.mismatchCount === 0 ? (
                <a href={here.url(FILES)}>{filed("awaitsFile")}</a>
              ) : (
                done.mismatchCount
              ),
            ])}
          />
        )}
        {next(s, PATH, found.next)}
        {accounts.length === 0 ? (
          <p>
            {t("compareWhat")} <a href={here.url("/staff/payments/accounts")}>{t("accounts")}</a>
          </p>
        ) : (
          <>
            <h2>{t("compareNow")}</h2>
            <Form action={here.url(PATH)} csrf={csrf} submit={t("compareNow")}>
              <Field
                label={t("account")}
                name="account"
                type="select"
                options={accounts.map(({ id, name }) => [id, name])}
                error={error("account")}
              />
              <Field label={t("day")} name="day" type="date" value={yesterday} error={error("day")} />
            </Form>
          </>
        )}
      </>,
      mistakes,
    );
  };
  app.get(PATH, needs(...READERS), (c) => list(c));
  const Day = z.strictObject({ account: AccountId, day: z.iso.date() });
  app.post(PATH, needs(...READERS), (c) =>
    sent(
      c,
      async () => {
        const { account, day } = await form(c, Day);
        await beginReconciling(c.var.here, await accountOf(c.var.here, account), day);
      },
      PATH,
      (m) => list(c, m),
    ),
  );
  app.get(`${PATH}/:account/:day`, needs(...READERS), async (c) => {
    const s = shown(c);
    const { here, t } = s;
    const filed = filedTexts.in(s.lang);
    const done = await reconciliationOf(here, c.req.param("account"), c.req.param("day"));
    return desk(
      c,
      labelled(s.lang, t("reconciliation"), `${done.account}, ${done.day}`),
      <>
        {done.awaitsFile && (
          <Notice kind="warning">
            {filed("awaitsLead")} <a href={here.url(FILES)}>{filed("uploadIt")}</a>
          </Notice>
        )}
        {(done.mismatchCount > 0 || !done.awaitsFile) && (
          <Notice kind={done.mismatchCount > 0 ? "warning" : "success"}>
            {t(done.mismatchCount > 0 ? "differs" : "agrees")}
          </Notice>
        )}
        <Facts
          items={[
            [t("lines"), done.lines],
            [t("heardNow"), done.heardNow],
            [t("differences"), done.mismatchCount],
            [t("theirs"), money(done.statedMinor, here.city.currency, s)],
            [t("ours"), money(done.bookedMinor, here.city.currency, s)],
            [t("fee"), money(done.feesMinor, here.city.currency, s)],
            ...(done.outMinor
              ? [[filed("wentOut"), money(done.outMinor, here.city.currency, s)] as [Child, Child]]
              : []),
          ]}
        />
        <Table
          caption={t("differences")}
          head={[t("why"), t("providerRef"), t("ours"), t("theirs"), t("number")]}
          numeric={[2, 3]}
          rows={done.mismatches.map((line) => [
            t(`line_${line.why}`),
            <code>{line.providerRef}</code>,
            line.oursMinor === undefined ? "–" : money(line.oursMinor, line.currency, s),
            line.theirsMinor === undefined ? "–" : money(line.theirsMinor, line.currency, s),
            <code>{line.id ?? "–"}</code>,
          ])}
        />
      </>,
    );
  });
}

function accountPages(app: CityApp): void {
  const PATH = "/staff/payments/accounts";
  const list = async (c: Context<CityEnv>, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const { here, t, csrf } = s;
    const { who } = c.var;
    const [accounts, silent] = await Promise.all([accountsOf(here), silentProviders(here)]);
    const callbacks = await Promise.all(accounts.map((account) => callbackPath(here, account)));
    const mayKeep = who.kind === "person" && who.roles.includes("administrator");
    const error = (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail;
    return desk(
      c,
      t("accounts"),
      <>
        <p>{t("accountsLead")}</p>
        {silent.map(({ account, since }) => (
          <Notice kind="warning">{t("silent", { account, since: longCityMoment(since, s) })}</Notice>
        ))}
        {accounts.map((account, i) => (
          <section>
            <h2>{account.name}</h2>
            <Facts
              items={[
                [t("rail"), account.rail],
                [t("account"), <code>{account.id}</code>],
                [t("state"), t(account.isOpen ? "open" : "closed")],
                [t("kinds"), account.kinds.length === 0 ? t("allKinds") : account.kinds.join(", ")],
                [
                  t("fee"),
                  `${account.fee.basisPoints / 100} % + ${money(account.fee.fixedMinor, here.city.currency, s)} · ${t(`borne_${account.fee.borneBy}`)}`,
                ],
                ...(mayKeep ? [[t("callback"), <code>{`${originOf(c)}${callbacks[i]}`}</code>] as [Child, Child]] : []),
              ]}
            />
            {mayKeep && account.isOpen && account.id !== "stand_in" && (
              <Form action={here.url(`${PATH}/${account.id}/close`)} csrf={csrf} submit={t("close")} />
            )}
          </section>
        ))}
        {mayKeep && (
          <>
            <h2>{t("newAccount")}</h2>
            <Form action={here.url(PATH)} csrf={csrf} submit={t("keep")}>
              <Field label={t("account")} name="id" hint={t("idHint")} error={error("id")} />
              <Field label={t("name")} name="name" maxlength={60} error={error("name")} />
              <Field
                label={t("rail")}
                name="rail"
                type="select"
                options={[...rails.keys()].map((name) => [name, name])}
                error={error("rail")}
              />
              <Field
                label={t("kinds")}
                name="kinds"
                hint={t("kindsHint", { kinds: DueKind.options.join(", ") })}
                error={error("kinds")}
              />
              <Field label={t("basisPoints")} name="basisPoints" type="number" value="0" error={error("basisPoints")} />
              <Field
                label={t("fixedFee", { currency: here.city.currency })}
                name="fixed"
                inputmode="decimal"
                maxlength={30}
                value="0"
                error={error("fixed")}
              />
              <Field
                label={t("borneBy")}
                name="borneBy"
                type="radio"
                value="city"
                options={[
                  ["city", t("borne_city")],
                  ["payer", t("borne_payer")],
                ]}
              />
              {here.city.isSynthetic && (
                <Field label={t("standIn")} name="isStandIn" type="checkbox" options={[["yes", t("standInUse")]]} />
              )}
              <Field label={t("setUp")} name="setUp" type="checkbox" options={[["yes", t("setUpDo")]]} />
              <Field
                label={t("settings")}
                name="settings"
                type="textarea"
                hint={t("settingsHint")}
                error={error("settings")}
              />
            </Form>
            <AskedFor rails={rails.values()} t={t} />
          </>
        )}
        <Actions>
          <LinkButton second href={here.url("/staff/payments")}>
            {s.said("payments")}
          </LinkButton>
        </Actions>
      </>,
      mistakes,
    );
  };
  app.get(PATH, needs(...READERS), (c) => list(c));
  const fieldsIn = (currency: string) =>
    z
      .strictObject({
        id: AccountId,
        name: z.string(),
        rail: z.string(),
        kinds: z.string().default(""),
        basisPoints: z.coerce.number().default(0),
        fixed: z.string().max(30).default("0"),
        borneBy: z.string().default("city"),
        isStandIn: z.string().optional(),
        setUp: z.string().optional(),
        settings: z.string().max(20_000).optional(),
      })
      .transform(({ kinds, basisPoints, fixed, borneBy, isStandIn, setUp, settings, ...rest }, context) => {
        let read: unknown;
        try {
          read = settings === undefined ? undefined : JSON.parse(settings);
        } catch {
          context.addIssue({ code: "custom", path: ["settings"], message: "This is not JSON." });
        }
        return {
          ...rest,
          kinds: kinds.split(/[\s,]+/).filter(Boolean),
          fee: { basisPoints, fixedMinor: minorOf(fixed, currency, "fixed"), borneBy },
          isStandIn: isStandIn === "yes",
          setUp: setUp === "yes",
          ...(read === undefined ? {} : { settings: read }),
        };
      })
      .pipe(NewAccount as never) as unknown as z.ZodType<NewAccount>;
  app.post(PATH, needs("administrator"), (c) =>
    sent(
      c,
      async () => keepAccount(c.var.here, await form(c, fieldsIn(c.var.city.currency)), originOf(c)).catch(namingKeys),
      PATH,
      (m) => list(c, m),
    ),
  );
  app.post(`${PATH}/:id/close`, needs("administrator"), (c) =>
    sent(
      c,
      () => closeAccount(c.var.here, c.req.param("id")),
      PATH,
      (m) => list(c, m),
    ),
  );
}
