import { raw } from "hono/html";
import { renderSVG } from "uqr";
import { creditorReference } from "../../shared/creditor-reference.ts";
import type { Here } from "../../shared/here.ts";
import { type Lang, labelled } from "../../shared/texts.ts";
import type { BankAccountFacts } from "../bank/events.ts";
import { billQr } from "../payments/events.ts";

const grouped = (text: string) => text.replace(/(.{4})(?=.)/g, "$1 ");

interface Props {
  here: Here;
  lang: Lang;
  bill: { reference: string; kind: string; dueMinor: number; currency: string };
  /** The city's accounts: those in the bill's currency are shown. */
  banks: readonly BankAccountFacts[];
  says: string;
  transfer: string;
}

/** The bill for a wallet's camera, on the page and on paper. */
export const BillQr = ({ here, lang, bill, banks, says, transfer }: Props) => (
  <figure style="max-inline-size:14rem;margin-inline:0">
    {raw(renderSVG(billQr({ ...bill, amountMinor: bill.dueMinor, city: here.city }), { border: 2, ecc: "M" }))}
    <figcaption>
      <p>{says}</p>
      <p>
        {labelled(lang, transfer, "")}
        <bdi style="white-space:nowrap">{grouped(creditorReference(bill.reference))}</bdi>
      </p>
      {banks
        .filter(({ currency }) => currency === bill.currency)
        .map(({ iban }) => (
          <p>
            {labelled(lang, "IBAN", "")}
            <bdi dir="ltr">{grouped(iban)}</bdi>
          </p>
        ))}
    </figcaption>
  </figure>
);
