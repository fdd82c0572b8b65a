import { randomInt } from "node:crypto";
import { Fault } from "../../../../shared/errors.ts";
import { textAt } from "../../../../shared/xml.ts";
import type { TokenOrder, TokenSource, Tokens } from "../../token-source.ts";
import { checkSts, type StsMeter } from "../sts/checks.ts";
import { type Answer, answerTo, lastAnswerIn, tokensIn, unclear } from "./answers.ts";
import { adviceFor, type Client, confirmationFor, documentOf, type Request, requestsFor } from "./requests.ts";
import { BASE_DATES, dateTimeOf, type MsgId } from "./soap.ts";

export interface VendingHome {
  url: string;
  client: Client;
  /** The house's own simulator: its tokens are test tokens, and it is told of base dates. */
  isStandIn: boolean;
  http(url: string, init: RequestInit): Promise<Response>;
  now(): Date;
  /** The id under which this part of an order is asked, always the same, and whether it was asked before. */
  msgIdOf(order: TokenOrder, part: number): Promise<{ msgId: MsgId; isRepeat: boolean }>;
}

/** What a vending server has of a meter. */
export interface Confirmed {
  supplyGroup: string;
  keyRevision: number;
  tariffIndex: string;
}

export interface VendingServer extends TokenSource {
  /** Under which key the server has this meter. @throws {Fault} conflict (it has not), unavailable */
  confirm(meter: StsMeter): Promise<Confirmed>;
}

/** Tokens from a vending server that speaks XMLVend 2.1. */
export function vendingServer(home: VendingHome): VendingServer {
  async function asked(request: Request, msgId: MsgId, baseDates?: string): Promise<Answer> {
    const answer = await home
      .http(home.url, {
        method: "POST",
        headers: {
          "content-type": "text/xml; charset=utf-8",
          soapaction: request.element.slice(2),
          ...(home.isStandIn && baseDates !== undefined ? { [BASE_DATES]: baseDates } : {}),
        },
        body: documentOf(request, home.client, msgId),
      })
      .catch((error: unknown) => {
        throw error instanceof Fault && error.kind === "invalid"
          ? error
          : unclear("The vending server does not answer.");
      });
    // A refusal has status 500, as SOAP wants it.
    return answerTo(msgId, new Uint8Array(await answer.arrayBuffer()));
  }

  const fresh = (): MsgId => ({
    dateTime: dateTimeOf(home.now()),
    uniqueNumber: String(randomInt(1_000_000)).padStart(6, "0"),
  });

  /** What became of a request whose answer was lost; undefined, when the server never heard it. */
  async function recalled(msgId: MsgId): Promise<Answer | undefined> {
    const answer = await asked(adviceFor(msgId), fresh());
    if (!answer.isRefusal) return lastAnswerIn(answer.content, msgId);
    if (answer.reason === "LastResponseEx") return undefined;
    throw unclear(`The vending server cannot say what became of a request: ${answer.sentence}`);
  }

  /** Asked twice only when the server says that it has not heard it. */
  async function answered(
    request: Request,
    { msgId, isRepeat }: { msgId: MsgId; isRepeat: boolean },
    baseDates: string,
  ) {
    const before = isRepeat ? await recalled(msgId) : undefined;
    if (before) return before;
    try {
      const answer = await asked(request, msgId, baseDates);
      // Something broke there: before or after the token was made?
      const isUnclear = answer.isRefusal && answer.reason === "SystemEx";
      return (isUnclear ? await recalled(msgId) : undefined) ?? answer;
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== "unavailable") throw error;
      const lost = await recalled(msgId);
      if (lost) return lost;
      throw error;
    }
  }

  return {
    async issue(order): Promise<Tokens> {
      const { meter } = order;
      if (meter.source !== "sts") throw new Fault("invalid", "This meter takes no tokens of the STS.");
      const wants = checkSts(meter, order.wants, new Date(order.at));
      const baseDates = [meter.key, ...(wants.kind === "key_change" ? [wants.to] : [])].map((key) => key.baseYear);
      const digits: string[] = [];
      let receipt: string | undefined;
      for (const [part, request] of requestsFor(meter, wants).entries()) {
        const answer = await answered(request, await home.msgIdOf(order, part), baseDates.join());
        if (answer.isRefusal) throw new Fault("conflict", `The vending server refuses: ${answer.sentence}`);
        const issued = tokensIn(answer.content, part, meter, wants);
        digits.push(...issued.digits);
        receipt ??= issued.receipt;
      }
      return { digits, ...(receipt === undefined ? {} : { receipt }), isTest: home.isStandIn };
    },

    async confirm(meter) {
      const answer = await asked(confirmationFor(meter), fresh());
      if (answer.isRefusal) throw new Fault("conflict", `The vending server refuses: ${answer.sentence}`);
      const detail = (name: string) => textAt(answer.content, "confirmCustResult", "meterDetail", `@${name}`);
      return {
        supplyGroup: detail("sgc"),
        keyRevision: Number(detail("krn")),
        tariffIndex: detail("ti").padStart(2, "0"),
      };
    },
  };
}
