import type { Child } from "hono/jsx";
import { Actions, Facts, Field, Form, LinkButton, Notice, Tag } from "../../shared/components.tsx";
import { grouped, hindranceOf } from "./domain.ts";
import { unitsIn } from "./messages.ts";
import type { KeptPurchase, Meter, Order } from "./schema.ts";
import { errorOf, type Fields, KeyFields, MeterFields, Mistakes, OrderTable, type StaffShown } from "./staff-views.tsx";
import { Digits, type Mistake, PurchaseTable } from "./views.tsx";

export interface MeterProps {
  s: StaffShown;
  meter: Meter;
  orders: readonly Order[];
  purchases: readonly KeptPurchase[];
  account: { name: string; number: string } | undefined;
  given: Fields;
  mistakes: readonly Mistake[];
  isSaved: boolean;
}

export function MeterPage({ s, meter, orders, purchases, account, given, mistakes, isSaved }: MeterProps) {
  const { st, here, csrf } = s;
  const { id, facts, freeTenths, state, keyChange, accountId } = meter;
  const at = here.url(`/staff/prepaid/meters/${id}`);
  const key = facts.source === "sts" ? facts.key : undefined;
  const kinds =
    facts.source === "sts"
      ? (["clear_tamper", "power_limit", "clear_credit", "key_change"] as const)
      : (["sync_counter", "clear_credit", "unlock"] as const);
  const keyed = key && Object.fromEntries(Object.entries(key).map(([name, value]) => [name, String(value)]));
  const isOrder = given["wants"] !== undefined;
  return (
    <>
      <Mistakes {...{ s, mistakes }} />
      {isSaved && <Notice kind="success">{st("saved")}</Notice>}
      {hindranceOf(meter, here.clock.now()) === "key_expired" && <Notice kind="warning">{st("expired")}</Notice>}
      <Facts
        items={[
          [st("number"), <Digits of={grouped(facts.number)} />],
          [st("source"), st(facts.source)],
          [st("resource"), st(facts.resource)],
          [st("state"), <Tag kind={state === "active" ? "success" : "warning"}>{st(state)}</Tag>],
          ...(account && accountId
            ? ([
                [
                  st("account"),
                  <a href={here.url(`/staff/accounts/${accountId}`)}>{`${account.name}, ${account.number}`}</a>,
                ],
              ] satisfies [string, Child][])
            : []),
          [st("free"), unitsIn(freeTenths, facts.resource, s.lang)],
          ...(key
            ? ([
                [st("supplyGroup"), <Digits of={key.supplyGroup} />],
                [st("keyRevision"), String(key.keyRevision)],
                [st("tariffIndex"), <Digits of={key.tariffIndex} />],
                [st("baseYear"), String(key.baseYear)],
              ] satisfies [string, Child][])
            : []),
          ...(keyChange
            ? ([
                [
                  st("keyChange"),
                  st("keySays", {
                    from: String(keyChange.from.keyRevision),
                    to: String(keyChange.to.keyRevision),
                    base: String(keyChange.to.baseYear),
                    state: st(keyChange.state),
                  }),
                ],
              ] satisfies [string, Child][])
            : []),
        ]}
      />
      <Actions>
        <LinkButton href={here.url(`/prepaid?meter=${facts.number}`)}>{s.t("startAgain")}</LinkButton>
        {keyChange?.state === "issued" && <Form action={`${at}/key-confirmation`} csrf={csrf} submit={st("confirm")} />}
      </Actions>
      {purchases.length > 0 && <PurchaseTable {...{ s, purchases }} at="/staff/prepaid/purchases" />}
      {orders.length > 0 && <OrderTable {...{ s, orders }} />}
      {s.mayKeep && (
        <>
          <details open={isOrder && mistakes.length > 0}>
            <summary>{st("newOrder")}</summary>
            <p>{st("orderTwo")}</p>
            <Form action={`${at}/orders`} csrf={csrf} submit={st("order")}>
              <Field
                label={st("wants")}
                name="wants"
                type="select"
                value={given["wants"]}
                error={errorOf(mistakes, "wants")}
                options={kinds.map((kind) => [kind, s.t(kind)] as const)}
              />
              {facts.source === "sts" && (
                <Field
                  label={st("watts")}
                  name="watts"
                  inputmode="numeric"
                  value={given["watts"]}
                  error={errorOf(mistakes, "watts")}
                />
              )}
              {keyed && (
                <KeyFields {...{ s, mistakes }} given={{ ...keyed, ...given }} before={isOrder ? "" : "order-"} />
              )}
              <Field
                label={st("reason")}
                name="reason"
                maxlength={200}
                value={given["reason"]}
                error={errorOf(mistakes, "reason")}
                required
              />
            </Form>
          </details>
          <details open={!isOrder && mistakes.length > 0}>
            <summary>{st("change")}</summary>
            <Form action={at} csrf={csrf} submit={st("save")}>
              <MeterFields
                {...{ s, mistakes }}
                given={{ ...(account ? { account: account.number } : {}), free: String(freeTenths / 10), ...given }}
              />
              <Field
                label={st("state")}
                name="state"
                type="select"
                value={given["state"] ?? state}
                options={(["active", "blocked", "removed"] as const).map((one) => [one, st(one)] as const)}
              />
              {keyed && (
                <KeyFields {...{ s, mistakes }} given={{ ...keyed, ...given }} before={isOrder ? "meter-" : ""} />
              )}
            </Form>
          </details>
        </>
      )}
    </>
  );
}
