export interface Entry {
  /** In the main unit, as text. */
  amount: string;
  side?: "CRDT" | "DBIT";
  status?: string;
  text?: string;
  structured?: string;
  endToEndId?: string;
  currency?: string;
  day?: string;
}
export interface Camt {
  id?: string;
  iban?: string;
  currency?: string;
  opening: string;
  closing: string;
  entries: readonly Entry[];
  version?: "02" | "08";
  /** Put before the document's element. */
  before?: string;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A statement as a bank would write it; all data are made up. */
export function camt({ id = "S1", iban = IBAN, currency = "EUR", version = "08", ...of }: Camt): string {
  const amount = (value: string, ccy = currency) => `<Amt Ccy="${ccy}">${value.replace("-", "")}</Amt>`;
  const side = (value: string) => `<CdtDbtInd>${value.startsWith("-") ? "DBIT" : "CRDT"}</CdtDbtInd>`;
  const balance = (code: string, value: string, day: string) =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(value)}${side(value)}<Dt><Dt>${day}</Dt></Dt></Bal>`;
  const entry = (one: Entry) => `
      <Ntry>
        ${amount(one.amount, one.currency)}<CdtDbtInd>${one.side ?? "CRDT"}</CdtDbtInd>
        <Sts>${version === "02" ? (one.status ?? "BOOK") : `<Cd>${one.status ?? "BOOK"}</Cd>`}</Sts>
        <BookgDt><Dt>${one.day ?? "2026-10-02"}</Dt></BookgDt><AcctSvcrRef>B-1</AcctSvcrRef>
        <NtryDtls><TxDtls><Refs><EndToEndId>${one.endToEndId ?? "NOTPROVIDED"}</EndToEndId></Refs>
          <RmtInf>${one.structured ? `<Strd><CdtrRefInf><Ref>${one.structured}</Ref></CdtrRefInf></Strd>` : `<Ustrd>${escaped(one.text ?? "")}</Ustrd>`}</RmtInf>
        </TxDtls></NtryDtls>
      </Ntry>`;
  return `<?xml version="1.0" encoding="UTF-8"?>${of.before ?? ""}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}">
  <BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
    <Stmt><Id>${id}</Id><Acct><Id><IBAN>${iban}</IBAN></Id><Ccy>${currency}</Ccy></Acct>
      ${balance("OPBD", of.opening, "2026-10-01")}
      ${balance("CLBD", of.closing, "2026-10-02")}${of.entries.map(entry).join("")}
    </Stmt></BkToCstmrStmt>
</Document>`;
}

/** The example of the standard: nobody's. */
export const IBAN = "FR7630006000011234567890189";
