import { readCreditorReference } from "../../shared/creditor-reference.ts";
import type { Here } from "../../shared/here.ts";
import { formatMoney } from "../../shared/money.ts";
import type { Hit } from "../../shared/room.ts";
import type { Lang } from "../../shared/texts.ts";
import type { CashReceipt, Deposit } from "./schema.ts";
import { counterStore } from "./store.ts";
import { counterTexts } from "./texts.ts";

const LABEL = /^([A-Z0-9]{1,8})[-/]([0-9]{4})[-/]([0-9]{1,8})$/;

/** What a number is at the tills: a receipt's as printed, a taking's, a shift's, a deposit's or its slip's reference. */
export async function found(here: Here, typed: string, lang: Lang): Promise<Hit[]> {
  const t = counterTexts.in(lang);
  const store = counterStore(here);
  const receipt = (one: CashReceipt | undefined): Hit[] =>
    one
      ? [
          {
            path: `/staff/counter/${one.till}/receipts/${one.year}/${one.number}`,
            title: t("receiptTitle", { label: one.label }),
            facts: `${one.reference} · ${formatMoney(one.amountMinor, one.currency, lang)}`,
          },
        ]
      : [];
  const deposit = (one: Deposit | undefined): Hit[] =>
    one
      ? [
          {
            path: `/staff/counter/${one.till}`,
            title: t("depositFound"),
            facts: `${one.reference} · ${formatMoney(one.amountMinor, one.currency, lang)}`,
          },
        ]
      : [];
  const signs = typed.toUpperCase().replace(/\s/g, "");
  const [, till, year, number] = LABEL.exec(signs) ?? [];
  if (till !== undefined && year !== undefined) return receipt(await store.findReceipt(till, year, Number(number)));
  const [kind = "", rest = ""] = typed.split("_");
  const id = `${kind.toLowerCase()}_${rest.toUpperCase()}`;
  if (/^tak_/i.test(typed)) return receipt(await store.byTaking(id));
  if (/^dep_/i.test(typed)) return deposit(await store.findDeposit(id));
  if (/^shf_/i.test(typed)) {
    const shift = await store.findShift(id);
    return shift ? [{ path: `/staff/counter/${shift.till}`, title: t("shiftFound"), facts: shift.id }] : [];
  }
  return readCreditorReference(typed) === undefined ? [] : deposit(await store.depositByReference(signs));
}
