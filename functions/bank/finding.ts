import { Fault } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Hit } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import { bankStore } from "./store.ts";
import { bankTexts } from "./texts.ts";

/**
 * What a number is at the bank: a statement's (ours or the bank's own), an order's, a payout's end-to-end id, or that of
 * a line.
 */
export async function found(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  const t = bankTexts.in(lang);
  const store = bankStore(here);
  const order = (id: string): Hit => ({ path: `/staff/bank/orders/${id}`, title: t("order"), facts: id });
  const statement = ({ id, bankId }: { id: string; bankId: string }): Hit => ({
    path: `/staff/bank/statements/${id}`,
    title: t("statementTitle", { id: bankId }),
  });
  const [kind = "", rest = ""] = typed.split("_");
  const id = `${kind.toLowerCase()}_${rest.toUpperCase()}`;
  if (/^stm_/i.test(typed)) return store.statement(id).then((one) => [statement(one)], absentIsNone);
  if (/^ord_/i.test(typed)) return (await store.findOrder(id)) ? [order(id)] : [];
  const [statements, payout, lines] = await Promise.all([
    store.byBankId(typed),
    store.payout(typed),
    store.linesOf(typed),
  ]);
  return [
    ...statements.map(statement),
    ...(payout ? [order(payout.order.id)] : []),
    ...lines.map(({ statement: of, line }) => ({
      ...statement(of),
      facts: `${line.n}: ${line.side === "debit" ? "−" : ""}${formatMoney(line.amountMinor, of.currency, lang)}, ${line.bookedOn}`,
    })),
  ];
}

const absentIsNone = (error: unknown): [] => {
  if (error instanceof Fault && error.kind === "absent") return [];
  throw error;
};
