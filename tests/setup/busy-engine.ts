import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Engine, keepEngine } from "../../shared/local/engine.ts";

/** One transaction in so many is late by up to this. */
const LATE = { chance: 0.2, ms: 200 };

interface Disk {
  isBusy: boolean;
}

/**
 * An engine whose disk others keep busy, for as long as `isBusy`: what is written is late, by chance, while what is read
 * is read at once. So what two requests read and write at one instant comes in orders that are rare otherwise. Houses
 * that are started in this process use it until it is stopped, or until they are `cutOff`.
 */
export async function busyEngine(file: string) {
  const engine = await keepEngine(file);
  const disk: Disk = { isBusy: false };
  let server = await inFrontOf(engine, disk);
  const envOf = () => ({
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "embedded",
    AWS_ACCESS_KEY_ID: "embedded",
    AWS_SECRET_ACCESS_KEY: "embedded",
  });
  Object.assign(process.env, envOf());
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return {
    env: envOf,
    disk,
    /** A house that was started before reads and writes nothing any more, as if it had been killed at this instant. */
    async cutOff() {
      close();
      server = await inFrontOf(engine, disk);
      Object.assign(process.env, envOf());
    },
    async stop() {
      for (const name in envOf()) delete process.env[name];
      close();
      await engine.stop();
    },
  };
}

async function inFrontOf(engine: Engine, disk: Disk): Promise<Server> {
  const server = createServer(async (asked, answer) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of asked) parts.push(part as Buffer);
    } catch {
      return answer.destroy();
    }
    const { host: _host, connection: _hop, "content-length": _length, ...headers } = asked.headers;
    const isLate = disk.isBusy && /TransactWriteItems$/.test(String(headers["x-amz-target"]));
    if (isLate && Math.random() < LATE.chance) await new Promise((wait) => setTimeout(wait, Math.random() * LATE.ms));
    if (!server.listening) return answer.destroy();
    const asks = { method: "POST", headers: headers as Record<string, string>, body: Buffer.concat(parts) };
    // Away or ended, it is silent here too.
    const got = await fetch(engine.endpoint, asks).catch(() => undefined);
    if (!got) return answer.destroy();
    answer.writeHead(got.status, { "Content-Type": "application/x-amz-json-1.0" });
    return answer.end(Buffer.from(await got.arrayBuffer()));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}
