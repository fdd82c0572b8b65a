import { raw } from "hono/html";
import { renderSVG } from "uqr";
import { creditorReference } from "../../shared/creditor-reference.ts";
import type { Here } from "../../shared/here.ts";
import { billQr } from "../payments/events.ts";

interface Props {
  here: Here;
  bill: { reference: string; kind: string; dueMinor: number; currency: string };
  says: string;
  transfer: string;
}

/** The bill for a wallet's camera, on the page and on paper. */
export const BillQr = ({ here, bill, says, transfer }: Props) => (
  <figure style="max-inline-size:14rem;margin-inline:0">
    {raw(renderSVG(billQr({ ...bill, amountMinor: bill.dueMinor, city: here.city }), { border: 2, ecc: "M" }))}
    <figcaption>
      <p>{says}</p>
      <p>
        {transfer}:{" "}
        <bdi style="white-space:nowrap">{creditorReference(bill.reference).replace(/(.{4})(?=.)/g, "$1 ")}</bdi>
      </p>
    </figcaption>
  </figure>
);
