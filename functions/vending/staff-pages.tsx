import type { Context } from "hono";
import { Field, Form, Pager } from "../../shared/components.tsx";
import { absentIsNone } from "../../shared/errors.ts";
import { form, parsed } from "../../shared/http.ts";
import { page } from "../../shared/page.tsx";
import { type CityApp, type CityEnv, needs } from "../../shared/room.ts";
import { monthOf } from "../../shared/time.ts";
import { whoId } from "../../shared/who.ts";
import { AccountById } from "../accounts/events.ts";
import { KEEPERS, READERS, RULERS } from "./api.ts";
import { bulkStore, staffBulk } from "./bulk/store.ts";
import { campaignPages } from "./campaign-pages.tsx";
import { readNumber } from "./domain.ts";
import { decided, keyConfirmed, ordered } from "./engineering.ts";
import { goneOn, saleUndone, seen, triedAgain } from "./mending.ts";
import { MeterPage } from "./meter-views.tsx";
import { changed, registered } from "./meters.ts";
import { MeterChange, NewMeter, NewOrder, VendingRule } from "./schema.ts";
import { account, crumbs, Fields, hub, keyOf, mistakesOf, scaled, shown, whole } from "./staff-forms.ts";
import { HubPage, OrderPage, StaffPurchasePage } from "./staff-views.tsx";
import { vendingStore } from "./store.ts";
import { type Mistake, PurchaseTable } from "./views.tsx";

const WAITING_SHOWN = 20;
const METERS_A_PAGE = 50;
const LATEST = 10;
export function vendingStaffPages(app: CityApp): void {
  campaignPages(app);
  const hubPage = async (c: Context<CityEnv>, given: Fields = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const store = vendingStore(s.here);
    const [waiting, bulks, found, rule] = await Promise.all([
      store.waiting(WAITING_SHOWN),
      bulkStore(s.here).waiting(WAITING_SHOWN),
      store.meters({ limit: METERS_A_PAGE, cursor: c.req.query("cursor") }),
      store.rule(),
    ]);
    return page(
      c,
      {
        title: s.st("title"),
        lead: s.st("lead"),
        crumbs: crumbs(s),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <HubPage {...{ s, waiting, rule, given, mistakes }} bulks={bulks.map(staffBulk)} {...found} />,
    );
  };
  app.get("/staff/prepaid", needs(...READERS), async (c) => {
    const number = c.req.query("number")?.trim().slice(0, 40);
    if (!number) return hubPage(c);
    const { here } = c.var;
    const found = await vendingStore(here).meterByNumber(readNumber(number)).catch(absentIsNone);
    if (found) return c.redirect(here.url(`/staff/prepaid/meters/${found.is.id}`), 303);
    return hubPage(c, { find: number }, [{ field: "find", detail: shown(c).t("unknownMeter") }]);
  });
  app.post("/staff/prepaid/meters", needs(...KEEPERS), async (c) => {
    const fields = await form(c, Fields);
    try {
      const { source, resource, number = "" } = fields;
      const common = {
        source,
        resource,
        number: readNumber(number),
        ...(await account(c.var.here, fields)),
        freeTenths: scaled(fields["free"], 1, "free"),
      };
      const asked = parsed(NewMeter, source === "sts" ? { ...common, key: keyOf(fields) } : common);
      const { meter } = await registered(c.var.here, asked);
      return c.redirect(c.var.here.url(`/staff/prepaid/meters/${meter.id}`), 303);
    } catch (error) {
      return hubPage(c, fields, mistakesOf(error));
    }
  });
  app.post("/staff/prepaid/rule", needs(...RULERS), async (c) => {
    const fields = await form(c, Fields);
    try {
      const rule = parsed(VendingRule, {
        arrearsBasisPoints: scaled(fields["share"], 2, "share"),
        arrearsAfterDays: whole(fields["afterDays"]),
      });
      await c.var.here.commit([vendingStore(c.var.here).ruleWrite(rule)]);
      return c.redirect(c.var.here.url("/staff/prepaid"), 303);
    } catch (error) {
      return hubPage(c, fields, mistakesOf(error, { arrearsBasisPoints: "share", arrearsAfterDays: "afterDays" }));
    }
  });

  const meterPage = async (c: Context<CityEnv>, id: string, given: Fields = {}, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const store = vendingStore(s.here);
    const { is: meter } = await store.meter(id);
    const { accountId } = meter;
    const [{ orders }, { purchases }, customer] = await Promise.all([
      store.ordersOf(id, { limit: LATEST }),
      store.purchasesOfMeter(id, { limit: LATEST }),
      accountId === undefined ? undefined : s.here.ask(AccountById, { accountId }).catch(absentIsNone),
    ]);
    return page(
      c,
      {
        title: `${s.st("meter")} ${meter.facts.number}`,
        crumbs: crumbs(s, hub(s)),
        status: mistakes.length > 0 ? 422 : 200,
        wide: true,
      },
      <MeterPage
        {...{ s, meter, orders, purchases, given, mistakes }}
        account={customer}
        isSaved={c.req.query("saved") === "yes"}
      />,
    );
  };
  app.get("/staff/prepaid/meters/:id", needs(...READERS), (c) => meterPage(c, c.req.param("id")));
  app.post("/staff/prepaid/meters/:id", needs(...KEEPERS), async (c) => {
    const id = c.req.param("id");
    const fields = await form(c, Fields);
    try {
      const { source } = (await vendingStore(c.var.here).meter(id)).is.facts;
      const change = {
        ...(await account(c.var.here, fields)),
        freeTenths: scaled(fields["free"], 1, "free"),
        state: fields["state"],
        ...(source === "sts" ? { key: keyOf(fields) } : {}),
      };
      await changed(c.var.here, id, parsed(MeterChange, change));
      return c.redirect(c.var.here.url(`/staff/prepaid/meters/${id}?saved=yes`), 303);
    } catch (error) {
      return meterPage(c, id, fields, mistakesOf(error));
    }
  });
  app.post("/staff/prepaid/meters/:id/orders", needs(...KEEPERS), async (c) => {
    const id = c.req.param("id");
    const fields = await form(c, Fields);
    try {
      const { wants: kind = "", reason } = fields;
      const more =
        kind === "power_limit" ? { watts: whole(fields["watts"]) } : kind === "key_change" ? { to: keyOf(fields) } : {};
      const asked = parsed(NewOrder, { wants: { kind, ...more }, reason });
      const { order } = await ordered(c.var.here, id, asked, whoId(c.var.who));
      return c.redirect(c.var.here.url(`/staff/prepaid/orders/${order.id}`), 303);
    } catch (error) {
      return meterPage(c, id, { wants: "", ...fields }, mistakesOf(error, { kind: "wants", to: "wants" }));
    }
  });
  app.post("/staff/prepaid/meters/:id/key-confirmation", needs(...KEEPERS), async (c) => {
    const { id } = await keyConfirmed(c.var.here, c.req.param("id"));
    return c.redirect(c.var.here.url(`/staff/prepaid/meters/${id}?saved=yes`), 303);
  });

  const orderPage = async (c: Context<CityEnv>, id: string, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const store = vendingStore(s.here);
    const { is: order } = await store.order(id);
    const { is: meter } = await store.meter(order.meterId);
    return page(
      c,
      { title: s.t(order.wants.kind), crumbs: crumbs(s, hub(s)), status: mistakes.length > 0 ? 422 : 200 },
      <OrderPage {...{ s, order, meter, mistakes }} />,
    );
  };
  app.get("/staff/prepaid/orders/:id", needs(...READERS), (c) => orderPage(c, c.req.param("id")));
  const onOrder = (
    path: string,
    roles: readonly ("agent" | "treasurer" | "administrator")[],
    act: (c: Context<CityEnv>, id: string) => Promise<unknown>,
  ) =>
    app.post(`/staff/prepaid/orders/:id/${path}`, needs(...roles), async (c) => {
      const id = c.req.param("id") as string;
      try {
        await act(c, id);
        return c.redirect(c.var.here.url(`/staff/prepaid/orders/${id}`), 303);
      } catch (error) {
        return orderPage(c, id, mistakesOf(error));
      }
    });
  onOrder("agree", RULERS, (c, id) => decided(c.var.here, id, true, whoId(c.var.who)));
  onOrder("refuse", RULERS, (c, id) => decided(c.var.here, id, false, whoId(c.var.who)));
  onOrder("retry", KEEPERS, (c, id) => triedAgain(c.var.here, id));

  app.get("/staff/prepaid/purchases", needs(...READERS), async (c) => {
    const s = shown(c);
    const asked = c.req.query("month") ?? "";
    const month = /^[12][0-9]{3}-(0[1-9]|1[0-2])$/.test(asked) ? asked : monthOf(s.here.clock.now(), "UTC");
    const { purchases, next } = await vendingStore(s.here).purchasesOfMonth(month, {
      limit: METERS_A_PAGE,
      cursor: c.req.query("cursor"),
    });
    const at = s.here.url("/staff/prepaid/purchases");
    const named = new Intl.DateTimeFormat(s.lang, { month: "long", year: "numeric", timeZone: "UTC" });
    return page(
      c,
      {
        title: s.st("purchasesOf", { month: named.format(new Date(`${month}-01T00:00Z`)) }),
        crumbs: crumbs(s, hub(s)),
        wide: true,
      },
      <>
        <Form action={at} csrf="" method="get" submit={s.st("show")}>
          <Field label={s.st("month")} name="month" type="month" value={month} />
        </Form>
        {purchases.length === 0 ? (
          <p>{s.st("none")}</p>
        ) : (
          <PurchaseTable {...{ s, purchases }} at="/staff/prepaid/purchases" />
        )}
        {next && <Pager next={[`${at}?month=${month}&cursor=${encodeURIComponent(next)}`, s.st("older")]} />}
      </>,
    );
  });
  const purchasePage = async (c: Context<CityEnv>, id: string, mistakes: Mistake[] = []) => {
    const s = shown(c);
    const store = vendingStore(s.here);
    const { is: purchase } = await store.purchase(id);
    const found = await Promise.all(purchase.orderIds.map((orderId) => store.readOrder(orderId)));
    const orders = found.flatMap((one) => (one ? [one.is] : []));
    return page(
      c,
      {
        title: `${s.t("purchase")} ${purchase.reference}`,
        crumbs: crumbs(s, hub(s), [s.st("purchases"), s.here.url("/staff/prepaid/purchases")]),
        status: mistakes.length > 0 ? 422 : 200,
      },
      <StaffPurchasePage {...{ s, purchase, orders, mistakes }} />,
    );
  };
  app.get("/staff/prepaid/purchases/:id", needs(...READERS), (c) => purchasePage(c, c.req.param("id")));
  const onPurchase = (
    path: string,
    roles: readonly ("agent" | "treasurer" | "administrator")[],
    act: (c: Context<CityEnv>, id: string) => Promise<unknown>,
  ) =>
    app.post(`/staff/prepaid/purchases/:id/${path}`, needs(...roles), async (c) => {
      const id = c.req.param("id") as string;
      try {
        await act(c, id);
        return c.redirect(c.var.here.url(`/staff/prepaid/purchases/${id}`), 303);
      } catch (error) {
        return purchasePage(c, id, mistakesOf(error));
      }
    });
  onPurchase("retry", KEEPERS, (c, id) => goneOn(c.var.here, id));
  onPurchase("undo", RULERS, (c, id) => saleUndone(c.var.here, id));
  onPurchase("seen", RULERS, (c, id) => seen(c.var.here, id, whoId(c.var.who)));
}
