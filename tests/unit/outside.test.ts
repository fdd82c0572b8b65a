import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPublicAddress, outside, reach } from "../../shared/outside.ts";

describe("speaking to an address that somebody entered", () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      if (request.url === "/away") return void response.writeHead(302, { Location: "http://127.0.0.1/" }).end();
      if (request.url === "/long") return void response.end("x".repeat(2_000));
      if (request.url === "/never") return;
      if (request.url === "/inside") return void response.writeHead(302, { Location: "https://10.0.0.1/" }).end();
      if (request.url === "/odd") return void response.writeHead(999).end();
      if (request.url === "/on") return void response.writeHead(307, { Location: "/" }).end();
      if (request.url === "/round") return void response.writeHead(302, { Location: "/round" }).end();
      if (request.url === "/cut") {
        response.writeHead(200, { "Content-Length": 100 }).write("x");
        return void setTimeout(() => response.destroy(), 10);
      }
      if (request.url === "/endless" || request.url === "/drip") {
        const timer = setInterval(() => response.write("x".repeat(request.url === "/drip" ? 1 : 500)), 5);
        return void response.on("close", () => clearInterval(timer));
      }
      response.writeHead(201, { "Content-Type": "application/json", "Set-Cookie": ["a=1", "b=2"] });
      response.end(JSON.stringify({ method: request.method, body, type: request.headers["content-type"] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  // Guards against a city's setting that makes the house read its own network or a cloud's metadata.
  test("no private, local or documentation address is public, in whatever spelling", () => {
    for (const address of [
      ...["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
      ...[
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
      ],
      ...["::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"],
      ...["224.0.0.1", "255.255.255.255", "ff02::1", "", "example.org"],
    ])
      expect(isPublicAddress(address), address).toBe(false);
    for (const address of ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2a00:1450::1"])
      expect(isPublicAddress(address), address).toBe(true);
  });

  test("only https to public addresses is asked, however the address is written", async () => {
    const ask = outside();
    for (const address of [
      ...["http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://0x7f.1/"],
      ...["https://2130706433/", "https://169.254.169.254/latest/meta-data", "https://user:secret@example.org/"],
      ...["https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://@127.1/"],
      ...["https://example.org:22/", "https://example.org:80/", "https://example.org:993/", "https://example.org:0/"],
      ...["file:///etc/passwd", url],
    ])
      await expect(ask(address), address).rejects.toMatchObject({ name: "Fault", kind: "invalid" });
  });

  test("where this machine is allowed, it is asked as fetch would; redirects are not followed, answers are bounded", async () => {
    const ask = outside({ mayBeHere: true, timeoutMs: 300, bytesMax: 1_000 });
    const answer = await ask(url, { method: "POST", body: new URLSearchParams({ a: "é" }) });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.json()).toEqual({
      method: "POST",
      body: "a=%C3%A9",
      type: "application/x-www-form-urlencoded;charset=UTF-8",
    });
    expect((await ask(`${url}/away`)).status).toBe(302);
    await expect(ask(`${url}/long`)).rejects.toMatchObject({ kind: "unavailable" });
    // No status of HTTP: a server's nonsense is no mistake of ours.
    await expect(ask(`${url}/odd`)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(ask(`${url}/never`)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(ask("http://127.0.0.1:1/")).rejects.toMatchObject({ kind: "unavailable" });
  });

  // Guards against an answer that has no end, in bytes or in time, and against being sent to one's own network.
  test("an answer comes piece by piece, within its bounds; redirects are followed only to where it may go", async () => {
    const options = { mayBeHere: true, timeoutMs: 1_000, bytesMax: 20_000, redirectsMax: 3 };
    const all = async (path: string, more: object = {}) => {
      const parts: Uint8Array[] = [];
      const { url: from, body } = await reach(url + path, {}, { ...options, ...more });
      for await (const part of body) parts.push(part);
      return { from: from.pathname, text: Buffer.concat(parts).toString() };
    };
    expect(await all("/on")).toMatchObject({ from: "/", text: expect.stringContaining("GET") });
    const kinds: [path: string, kind: string, says: RegExp, more?: object][] = [
      ["/endless", "unavailable", /longer than 20000 bytes/],
      ["/drip", "unavailable", /does not answer/, { timeoutMs: 200 }],
      ["/never", "unavailable", /does not answer/, { timeoutMs: 200 }],
      ["/cut", "unavailable", /does not answer/],
      ["/round", "unavailable", /more than 3 times/],
      ["/inside", "invalid", /10\.0\.0\.1 is no public https address/],
      ["/on", "invalid", /not among the hosts/, { mayAsk: ({ pathname }: URL) => pathname === "/on" }],
    ];
    for (const [path, kind, says, more] of kinds)
      await expect(all(path, more), path).rejects.toMatchObject({ kind, message: expect.stringMatching(says) });
    const stop = new AbortController();
    const { body } = await reach(`${url}/drip`, { signal: stop.signal }, options);
    setTimeout(() => stop.abort(), 20);
    const toItsEnd = async () => {
      for await (const _ of body);
    };
    await expect(toItsEnd()).rejects.toMatchObject({ kind: "unavailable" });
  });
});
