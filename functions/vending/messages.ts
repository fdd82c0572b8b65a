import { absentIsNone } from "../../shared/errors.ts";
import type { Here } from "../../shared/here.ts";
import { type Lang, labelled } from "../../shared/texts.ts";
import { AccountById } from "../accounts/events.ts";
import { tokenLines } from "./domain.ts";
import type { KeptPurchase, Sale } from "./schema.ts";
import { vendingStore } from "./store.ts";
import { vendingTexts } from "./texts.ts";

/** So much, as it is read: whole and one decimal, with its unit. */
export function unitsIn(tenths: number, resource: "electricity" | "water", lang: Lang): string {
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(tenths / 10);
  return `${number} ${vendingTexts.in(lang)(resource === "electricity" ? "kWh" : "m3")}`;
}
export const allTenths = ({ tenths, freeTenths }: Sale): number => tenths + freeTenths;

/** The tokens of a purchase as a message or a menu of few signs says them; the same words each time. */
export function tokenText(here: Here, purchase: KeptPurchase, lang: Lang = purchase.lang): string {
  const { tokens = [], sale, quote, meter, reference } = purchase;
  const t = vendingTexts.in(lang);
  const lines = tokenLines(tokens);
  const text = t(tokens.length > 1 ? "smsKeyed" : "sms", {
    city: here.city.name,
    number: meter.number,
    tokens: lines.length === 1 ? lines[0] : lines.map((line, i) => `${i + 1}) ${line}`).join(" "),
    units: unitsIn(allTenths(sale ?? quote), meter.resource, lang),
    reference,
  });
  return tokens.some(({ isTest }) => isTest) ? t("smsTest", { text }) : text;
}

/** What a telephone's menu shows at once: of letters beyond its own alphabet, less. */
const SCREEN = { latin: 160, other: 70 };

/** The same on as many screens as a menu needs: no token is cut. */
export function tokenScreens(here: Here, purchase: KeptPurchase, lang: Lang): string[] {
  const { tokens = [], sale, quote, meter, reference } = purchase;
  const lines = [
    ...(tokens.some(({ isTest }) => isTest) ? [vendingTexts.in(lang)("smsTest", { text: "" }).trim()] : []),
    ...tokenLines(tokens).map((line, i) => (tokens.length > 1 ? `${i + 1}) ${line}` : line)),
    labelled(lang, meter.number, unitsIn(allTenths(sale ?? quote), meter.resource, lang)),
    reference,
    here.city.name,
  ];
  const max = lang === "ar" ? SCREEN.other : SCREEN.latin;
  const screens: string[] = [];
  for (const line of lines.map((each) => each.slice(0, max))) {
    const last = screens.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= max) screens[screens.length - 1] = `${last}\n${line}`;
    else screens.push(line);
  }
  return screens;
}

/** Sends a purchase's tokens to whoever paid and to the meter's customer. @returns to how many */
export async function tokensSent(here: Here, purchaseId: string): Promise<number> {
  const store = vendingStore(here);
  const { is: purchase } = await store.purchase(purchaseId);
  if (purchase.state !== "vended") return 0;
  const { accountId } = (await store.meter(purchase.meterId)).is;
  const customer = accountId === undefined ? undefined : await here.ask(AccountById, { accountId }).catch(absentIsNone);
  const { contact, lang, meter } = purchase;
  const all = new Map<string, Lang>();
  if (customer?.contact) all.set(customer.contact, customer.lang ?? lang);
  if (contact !== undefined) all.set(contact, lang);
  for (const [to, each] of all) {
    const subject = to.includes("@") ? { subject: vendingTexts.in(each)("subject", { number: meter.number }) } : {};
    await here.messages.send({ to, text: tokenText(here, purchase, each), lang: each, ...subject });
  }
  return all.size;
}
