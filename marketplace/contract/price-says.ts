import { formatMoney } from "../../shared/money.ts";
import type { Lang } from "../../shared/texts.ts";
import { type Amounts, currenciesIn, type Price } from "./price.ts";
import { priceTexts } from "./price-texts.ts";

/**
 * What a module costs, in sentences.
 * @param currency  of the city that reads it; without one every price is said
 */
export function priceSays(price: Price | undefined, lang: Lang, currency?: string): string[] {
  const t = priceTexts.in(lang);
  if (!price) return [t("free")];
  const currencies = currenciesIn(price);
  if (currency !== undefined && !currencies.includes(currency))
    return [t("notHere", { currency, currencies: new Intl.ListFormat(lang).format(currencies) })];
  const any = new Intl.ListFormat(lang, { type: "disjunction" });
  const amounts = (all: Amounts) =>
    any.format((currency === undefined ? currencies : [currency]).map((one) => formatMoney(all[one]!, one, lang)));
  const bands =
    "bands" in price ? price.bands.map(({ upTo, amounts: all }) => ({ upTo, amount: amounts(all) })) : undefined;
  const people = new Intl.NumberFormat(lang);
  const amount = !bands
    ? amounts((price as Exclude<Price, { bands: unknown }>).amounts)
    : bands.length === 1
      ? bands[0]!.amount
      : new Intl.ListFormat(lang, { type: "unit" }).format(
          bands.map((band) =>
            band.upTo === undefined
              ? t("above", { amount: band.amount })
              : t("upTo", { amount: band.amount, people: people.format(band.upTo) }),
          ),
        );
  return [t(price.per, { amount }), ...(price.sponsor ? [t("sponsored", { sponsor: price.sponsor })] : [])];
}
