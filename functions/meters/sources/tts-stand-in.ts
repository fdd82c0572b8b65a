import { createHash } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";

/** What it needs of the hub that all stand-ins share: a clock, and a webhook's way through the weather. */
interface Hub {
  now(): Date;
  callBack(request: { url: string; method: string; headers: Record<string, string>; body: string }): void;
}

const Application = z.strictObject({
  /** The base address of its webhook. */
  url: z.url().max(300),
  headers: z.record(z.string().max(60), z.string().max(300)),
  apiKey: z.string().min(1).max(300),
});
const Sent = z.strictObject({
  dev_eui: z.string().regex(/^[0-9A-F]{16}$/),
  f_cnt: z.int().min(0),
  f_port: z.int().min(0).max(255),
  frm_payload: z.string().max(400),
  /** Of the radio. */
  at: z.iso.datetime(),
  /** Sessions begin anew when a device joins. */
  session: z.string().max(40).default("first"),
});
const Asked = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().default(""),
  before: z.string().default("9"),
  order: z.enum(["received_at", "-received_at"]).default("received_at"),
});

interface Kept {
  device: string;
  received_at: string;
  message: object;
}

/**
 * A stand-in of The Things Stack v3 for synthetic cities and tests: devices send to it (`/_uplinks`), it keeps what they
 * send and calls the application's webhook once, as the real one does without its paid retries; its storage can be asked.
 */
export function standIn(hub: Hub): Hono {
  const applications = new Map<string, z.infer<typeof Application> & { kept: Kept[] }>();
  const asked = new Map<string, { headers: Record<string, string>; body: string }>();
  const app = new Hono();

  app.post("/_applications/:application", async (c) => {
    const read = Application.safeParse(await c.req.json().catch(() => undefined));
    if (!read.success) return c.json({ message: read.error.issues[0]?.message }, 400);
    applications.set(c.req.param("application"), { ...read.data, kept: [] });
    return c.json({}, 201);
  });

  app.post("/_uplinks/:application", async (c) => {
    const application = applications.get(c.req.param("application"));
    const read = Sent.safeParse(await c.req.json().catch(() => undefined));
    if (!application || !read.success) return c.json({ message: "no such application, or no uplink" }, 400);
    const { dev_eui, f_cnt, f_port, frm_payload, at, session } = read.data;
    const device = `eui-${dev_eui.toLowerCase()}`;
    const message = {
      end_device_ids: {
        device_id: device,
        application_ids: { application_id: c.req.param("application") },
        dev_eui,
        dev_addr: "260B0001",
      },
      correlation_ids: [
        `as:up:${createHash("sha256").update(`${dev_eui}${session}${f_cnt}`).digest("hex").slice(0, 26)}`,
      ],
      received_at: at,
      uplink_message: {
        session_key_id: Buffer.from(`${dev_eui} ${session}`).toString("base64"),
        // Empty fields are omitted.
        ...(f_cnt === 0 ? {} : { f_cnt }),
        ...(f_port === 0 ? {} : { f_port }),
        ...(frm_payload === "" ? {} : { frm_payload }),
        received_at: at,
      },
    };
    application.kept.push({ device, received_at: at, message });
    hub.callBack({
      url: `${application.url}/uplink`,
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": "TheThingsStack/stand-in", ...application.headers },
      body: JSON.stringify(message),
    });
    return c.json({}, 202);
  });

  // What any source of a synthetic city is asked for at its address: kept for whoever looks.
  app.post("/_asked/:source", async (c) => {
    asked.set(c.req.param("source"), { headers: c.req.header(), body: await c.req.text() });
    return c.body(null, 204);
  });
  app.get("/_asked/:source", (c) => c.json(asked.get(c.req.param("source")) ?? {}));

  app.get("/api/v3/as/applications/:application/devices/:device/packages/storage/uplink_message", (c) => {
    const application = applications.get(c.req.param("application"));
    if (!application || c.req.header("authorization") !== `Bearer ${application.apiKey}`)
      return c.json({ code: 7, message: "error:pkg/auth/rights:no_application_rights (no rights)" }, 403);
    const asked = Asked.safeParse(c.req.query());
    if (!asked.success) return c.json({ code: 3, message: "invalid argument" }, 400);
    const { limit, after, before, order } = asked.data;
    const found = application.kept
      .filter(({ device, received_at: at }) => device === c.req.param("device") && at > after && at < before)
      .sort((a, b) => (a.received_at < b.received_at ? -1 : 1));
    if (order !== "received_at") found.reverse();
    const lines = found.slice(0, limit).map(({ message }) => `${JSON.stringify({ result: message })}\n`);
    return c.body(lines.join(""), 200, { "Content-Type": "text/event-stream" });
  });
  return app;
}
