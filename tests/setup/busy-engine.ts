import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { keepEngine } from "../../shared/local/engine.ts";

/** One transaction in so many is late by up to this. */
const LATE = { chance: 0.2, ms: 200 };

/**
 * An engine whose disk others keep busy, for as long as `isBusy`: what is written is late, by chance, while what is read
 * is read at once. So what two requests read and write at one instant comes in orders that are rare otherwise. Houses
 * that are started in this process use it until it is stopped.
 */
export async function busyEngine(file: string) {
  const engine = await keepEngine(file);
  const disk = { isBusy: false };
  const server = createServer(async (asked, answer) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const { host: _host, connection: _hop, "content-length": _length, ...headers } = asked.headers;
    const isLate = disk.isBusy && /TransactWriteItems$/.test(String(headers["x-amz-target"]));
    if (isLate && Math.random() < LATE.chance) await new Promise((wait) => setTimeout(wait, Math.random() * LATE.ms));
    const asks = { method: "POST", headers: headers as Record<string, string>, body: Buffer.concat(parts) };
    // Away or ended, it is silent here too.
    const got = await fetch(engine.endpoint, asks).catch(() => undefined);
    if (!got) return answer.destroy();
    answer.writeHead(got.status, { "Content-Type": "application/x-amz-json-1.0" });
    answer.end(Buffer.from(await got.arrayBuffer()));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "embedded",
    AWS_ACCESS_KEY_ID: "embedded",
    AWS_SECRET_ACCESS_KEY: "embedded",
  };
  Object.assign(process.env, env);
  return {
    env,
    disk,
    async stop() {
      for (const name in env) delete process.env[name];
      server.closeAllConnections();
      server.close();
      await engine.stop();
    },
  };
}
