import { XMLBuilder } from "fast-xml-parser";
import { decimalOf } from "../../shared/money.ts";
import type { BankAccount, Order } from "./schema.ts";

// ISO 20022 pain.001, versions .03 (2009) and .09 (2019), which differ in the day of execution and the name of the BIC.

/** Letters that every bank takes: accents are dropped, other scripts stay as they are. */
const plain = (text: string, max: number): string =>
  text
    .normalize("NFD")
    .replace(/(\p{Script=Latin})\p{M}+/gu, "$1")
    .normalize("NFC")
    .slice(0, max)
    .trim();

/** Identifiers of the file: at most 35 of the letters and digits that SEPA allows. */
export const messageId = (orderId: string): string => orderId.replace("_", "").slice(0, 30);
export const endToEndId = (orderId: string, n: number): string => `${messageId(orderId)}-${n}`;

/** The file of an approved order: the same order is the same bytes, under the same message id. */
export function painOf(order: Order, account: BankAccount, city: string): string {
  const { format, currency, payouts } = order;
  const is03 = format === "pain.001.001.03";
  const isSepa = currency === "EUR";
  const bank = (bic: string | undefined) => ({
    FinInstnId: bic ? { [is03 ? "BIC" : "BICFI"]: bic } : { Othr: { Id: "NOTPROVIDED" } },
  });
  const sums = { NbOfTxs: String(payouts.length), CtrlSum: decimalOf(order.totalMinor, currency) };
  const document = {
    "?xml": { "@version": "1.0", "@encoding": "UTF-8" },
    Document: {
      "@xmlns": `urn:iso:std:iso:20022:tech:xsd:${format}`,
      CstmrCdtTrfInitn: {
        GrpHdr: {
          MsgId: messageId(order.id),
          CreDtTm: (order.decidedAt ?? order.askedAt).slice(0, 19),
          ...sums,
          InitgPty: { Nm: plain(city, 70) },
        },
        PmtInf: {
          PmtInfId: messageId(order.id),
          PmtMtd: "TRF",
          BtchBookg: "false",
          ...sums,
          ...(isSepa ? { PmtTpInf: { SvcLvl: { Cd: "SEPA" } } } : {}),
          ReqdExctnDt: is03 ? order.executeOn : { Dt: order.executeOn },
          Dbtr: { Nm: plain(city, 70) },
          DbtrAcct: { Id: { IBAN: account.iban }, Ccy: currency },
          DbtrAgt: bank(account.bic),
          ChrgBr: isSepa ? "SLEV" : "SHAR",
          CdtTrfTxInf: payouts.map((payout) => ({
            PmtId: { EndToEndId: payout.endToEndId },
            Amt: { InstdAmt: { "@Ccy": currency, "#text": decimalOf(payout.amountMinor, currency) } },
            ...(payout.bic ? { CdtrAgt: bank(payout.bic) } : {}),
            Cdtr: { Nm: plain(payout.name, 70) },
            CdtrAcct: { Id: { IBAN: payout.iban } },
            RmtInf: { Ustrd: plain(payout.text, 140) },
          })),
        },
      },
    },
  };
  return new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@", format: true }).build(document);
}
