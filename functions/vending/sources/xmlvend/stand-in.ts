import { Hono } from "hono";
import { Fault } from "../../../../shared/errors.ts";
import { textAt } from "../../../../shared/xml.ts";
import { type Made, Refused, testTokens } from "./making.ts";
import {
  BASE_DATES,
  type Content,
  deviceAt,
  deviceContent,
  envelope,
  instantOf,
  msgIdAt,
  msgIdContent,
  readEnvelope,
  typeOf,
} from "./soap.ts";

// A vending server for synthetic cities and tests. It speaks XMLVend 2.1, keeps its state in memory, and has test keys
// alone: each of its tokens says so in words, and none opens a meter that was ever installed.

interface Terminal {
  /** Whoever comes first under a client's name sets its password. */
  password: string;
  /** What was answered, by the id of the request. */
  answers: Map<string, { asked: string; made: Made }>;
  meters: ReturnType<typeof testTokens>;
}

export function standIn(hub: { now(): Date }): Hono {
  const clients = new Map<string, Terminal>();
  let receipts = 0;

  function clientOf(content: unknown): Terminal {
    const id = deviceAt(content, "clientID");
    const password = textAt(content, "authCred", "password");
    if (id === "" || password === "") throw new Refused("XMLVendSchemaEx", "A client and its password are needed.");
    let client = clients.get(id);
    if (!client) {
      client = { password, answers: new Map(), meters: testTokens() };
      clients.set(id, client);
    }
    if (client.password !== password) throw new Refused("ClientIDAuthorisationEx", "The password is wrong.");
    return client;
  }

  /** The same request gets the same answer. */
  function made(client: Terminal, name: string, content: unknown, baseDates: string | undefined): Made {
    const id = keyOf(content, "msgID");
    const asked = JSON.stringify([name, content]);
    const before = client.answers.get(id);
    if (before && before.asked !== asked)
      throw new Refused("XMLVendSchemaEx", "This msgID was used for another request.");
    if (before) return before.made;
    const fresh = client.meters.answer(name, content, {
      msgId: msgIdAt(content, "msgID"),
      baseDates,
      receiptNo: `TEST/${++receipts}`,
    });
    client.answers.set(id, { asked, made: fresh });
    return fresh;
  }

  function answer(name: string, content: unknown, baseDates: string | undefined): Content {
    const client = clientOf(content);
    if (name !== "adviceReq") {
      const { element, content: said } = made(client, name, content, baseDates);
      return { [element]: { ...common(content), ...said } };
    }
    if (typeOf(content) !== "LastRespAdviceReq")
      throw new Refused("UseCaseSupportEx", "Only the last response can be asked for.");
    const kept = client.answers.get(keyOf(content, "adviceReqMsgID"));
    if (!kept) throw new Refused("LastResponseEx", "There is no response to this request.");
    const { type, content: said } = kept.made;
    const about = msgIdContent(msgIdAt(content, "adviceReqMsgID"));
    return {
      "b:adviceResp": {
        "@xsi:type": "b:LastRespAdviceResp",
        ...common(content),
        "b:adviceReqMsgID": about,
        "b:lastResponse": { "@xsi:type": type, ...common(content), "b:reqMsgID": about, ...said },
      },
    };
  }

  const common = (content: unknown): Content => ({
    "b:clientID": deviceContent(deviceAt(content, "clientID")),
    "b:serverID": { "@xsi:type": "b:GenericDeviceID", "@id": "TEST" },
    "b:terminalID": deviceContent(deviceAt(content, "terminalID")),
    "b:reqMsgID": msgIdContent(msgIdAt(content, "msgID")),
    "b:respDateTime": hub.now().toISOString(),
    "b:operatorMsg": "TEST: made with test keys, for no meter in use",
  });

  const app = new Hono();
  app.post("/", async (c) => {
    let read: ReturnType<typeof readEnvelope> = { name: "", content: undefined };
    try {
      read = readEnvelope(new Uint8Array(await c.req.arrayBuffer()));
      const body = envelope(answer(read.name, read.content, c.req.header(BASE_DATES)));
      return c.body(body, 200, { "content-type": "text/xml; charset=utf-8" });
    } catch (error) {
      const refused = error instanceof Fault ? new Refused("XMLVendSchemaEx", error.message) : error;
      if (!(refused instanceof Refused)) throw refused;
      const body = envelope(faultContent(refused, common(read.content)));
      return c.body(body, 500, { "content-type": "text/xml; charset=utf-8" });
    }
  });
  return app;
}

const keyOf = (content: unknown, name: string): string => {
  const id = msgIdAt(content, name);
  const isInstant = /^[0-9]{14}$/.test(id.dateTime) && !Number.isNaN(instantOf(id).getTime());
  if (!isInstant || !/^[0-9]{1,6}$/.test(id.uniqueNumber))
    throw new Refused("XMLVendSchemaEx", `${name} is a second in 14 digits and a number of six.`);
  return `${id.dateTime} ${Number(id.uniqueNumber)}`;
};

const faultContent = ({ reason, message }: Refused, head: Content): Content => ({
  "soap:Fault": {
    faultcode: "soap:Server",
    faultstring: "XMLVend fault",
    detail: { "b:xmlvendFaultResp": { ...head, "b:fault": { "@xsi:type": `b:${reason}`, "b:desc": message } } },
  },
});
