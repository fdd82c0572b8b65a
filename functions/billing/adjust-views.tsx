import { createRoute, z } from "@hono/zod-openapi";
import { Facts, Table } from "../../shared/components.tsx";
import { cityDay } from "../../shared/dates.ts";
import { faults, json } from "../../shared/http.ts";
import { formatMoney } from "../../shared/money.ts";
import { needs, secured } from "../../shared/room.ts";
import { adjustTexts } from "./adjust-texts.ts";
import { units } from "./bill-lines.tsx";
import { Adjustment, type Bill, isMetered, Kind } from "./schema.ts";
import { READ, READERS } from "./seeing.ts";
import type { Shown } from "./views.tsx";

// What became of a bill whose readings were corrected, as the payer reads it.

export const AdjustmentShown = Adjustment.extend({
  state: z.enum(["billed", "asked", "approved", "refused", "withdrawn"]),
}).meta({ id: "BillAdjustmentShown" });
export type AdjustmentShown = z.infer<typeof AdjustmentShown>;

export const billAdjustments = createRoute({
  method: "get",
  path: "/v1/bills/{id}/adjustments",
  summary: "What corrected readings made of a bill: billed or credited, each with its reason",
  middleware: needs("resident", ...READERS, READ),
  ...secured("resident", ...READERS, READ),
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: {
    200: json(z.object({ adjustments: z.array(AdjustmentShown) }), "The oldest first"),
    ...faults("unauthenticated", "forbidden", "absent"),
  },
});

interface Props {
  s: Shown;
  bill: Bill;
  adjustments: readonly AdjustmentShown[];
}

/** Of a bill: what corrects it. Of a correction: what it corrects, and why. */
export function Adjustments({ s: { lang, here }, bill, adjustments }: Props) {
  const t = adjustTexts.in(lang);
  const money = (minor: number) => formatMoney(minor, bill.currency, lang);
  const kind = Kind.safeParse(bill.kind).data;
  const used = (quantity: number) => (kind ? units(quantity, kind, lang) : "");
  const adjusts = isMetered(bill) ? undefined : bill.adjusts;
  return (
    <>
      {adjusts && (
        <>
          <p>
            <a href={here.url(`/bills/${adjusts.billId}`)}>{t("adjusts", { reference: adjusts.reference })}</a>
          </p>
          <Facts
            items={[
              [t("why"), adjusts.reason],
              [t("usedBefore"), used(adjusts.quantityBefore)],
              [t("usedNow"), used(adjusts.quantity)],
              [t("charged"), money(adjusts.chargedMinor)],
              [t("now"), money(adjusts.nowMinor)],
            ]}
          />
        </>
      )}
      {adjustments.length > 0 && (
        <>
          <h2>{t("adjustments")}</h2>
          <p>{t("lead")}</p>
          <Table
            caption={t("adjustments")}
            head={[t("at"), t("why"), t("usedBefore"), t("usedNow"), t("difference"), ""]}
            numeric={[2, 3, 4]}
            rows={adjustments.map((one) => [
              cityDay(one.at, { here, lang }),
              one.reason,
              used(one.quantityBefore),
              used(one.quantity),
              money(one.netMinor + one.vatMinor),
              one.raisedBillId ? <a href={here.url(`/bills/${one.raisedBillId}`)}>{t(one.state)}</a> : t(one.state),
            ])}
          />
        </>
      )}
    </>
  );
}
