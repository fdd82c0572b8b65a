import { createServer, type Server } from "node:http";
import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

// The city's own provider stands on this machine, where only the embedded house can reach it. Some providers put the
// address into the ID token, others answer it only when asked for the user's information.
describe.each([
  ["in the ID token", false],
  ["as user information", true],
])("sign-in by the city's own provider, which tells the address %s", (_, conformIdTokenClaims) => {
  const client = { clientId: "hansa", clientSecret: "a secret of the provider's" };
  let server: Server;
  let issuer: string;
  let returnTo = "";
  /** Whom the provider will say is there, and whether it has seen them read that address. */
  let account = { email: "", isVerified: true };

  beforeAll(async () => {
    let answer: (request: never, response: never) => unknown = () => {};
    server = createServer((request, response) => answer(request as never, response as never));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          // Each test's city has an address of its own: read anew at each request.
          redirect_uris: ["http://localhost/placeholder"],
          response_types: ["code"],
          grant_types: ["authorization_code"],
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"] },
      conformIdTokenClaims,
      cookies: { keys: ["for this test only"] },
      features: { devInteractions: { enabled: true } },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, email: account.email, email_verified: account.isVerified }),
      }),
    });
    provider.Client.prototype.redirectUriAllowed = (uri: string) => uri === returnTo;
    answer = provider.callback() as typeof answer;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function cityWithProvider(): Promise<TestCity> {
    const city = await newCity();
    returnTo = `${city.url}/sign-in/oidc/callback`;
    const admin = await city.browser("administrator");
    const saved = await admin.submit("/staff/sign-in-provider", { issuer, ...client }, "/staff/sign-in-provider");
    expect(saved.status).toBe(303);
    return city;
  }

  /** Goes through the provider's own pages as a clerk does. @returns the address it sends the browser back to */
  async function atProvider(start: string): Promise<string> {
    const jar = new Map<string, string>();
    let address = start;
    let form: URLSearchParams | undefined;
    for (let step = 0; step < 12; step++) {
      if (address.startsWith(returnTo)) return address;
      const answer: Response = await fetch(address, {
        method: form ? "POST" : "GET",
        body: form,
        redirect: "manual",
        headers: { Cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; ") },
      });
      form = undefined;
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
        jar.set(name!, value!);
      }
      const location = answer.headers.get("location");
      if (location) {
        address = new URL(location, address).href;
        continue;
      }
      const html = await answer.text();
      const action = /action="([^"]+)"/.exec(html)?.[1];
      const prompt = /name="prompt" value="([^"]+)"/.exec(html)?.[1];
      if (!action || !prompt) throw new Error(`the provider said ${answer.status}: ${html.slice(0, 300)}`);
      form = new URLSearchParams({ prompt, ...(prompt === "login" ? { login: "clerk", password: "any" } : {}) });
      address = new URL(action, address).href;
    }
    throw new Error("the provider does not come to an end");
  }

  test("a clerk with a role signs in with the work account, once per try, and lands on the staff console", async () => {
    const city = await cityWithProvider();
    account = { email: `Agent@${city.slug}.example`, isVerified: true };
    await city.token("agent");
    const browser = await city.browser();
    expect(await (await browser.get("/sign-in")).text()).toContain("/sign-in/oidc");
    const start = await browser.get("/sign-in/oidc");
    const asked = new URL(start.headers.get("location")!);
    expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
    expect(asked.searchParams.get("redirect_uri")).toBe(returnTo);
    const back = (await atProvider(asked.href)).slice(target.url.length);
    const done = await browser.get(back);
    expect([done.status, done.headers.get("location")]).toEqual([303, `/cities/${city.slug}/staff`]);
    expect(await (await browser.get("/me")).text()).toContain(`agent@${city.slug}.example`);
    expect((await browser.get(back)).status).toBe(401);
  });

  // Guards against a link that signs a clerk in as somebody else, who then reads what the clerk enters.
  test("what one browser began, another cannot end; nor with a code that was changed", async () => {
    const city = await cityWithProvider();
    account = { email: `agent@${city.slug}.example`, isVerified: true };
    await city.token("agent");
    const [mine, other] = [await city.browser(), await city.browser()];
    const back = async () =>
      (await atProvider((await mine.get("/sign-in/oidc")).headers.get("location")!)).slice(target.url.length);
    expect((await other.get(await back())).status).toBe(401);
    expect((await mine.get((await back()).replace(/code=[^&]+/, "code=forged"))).status).toBe(401);
    expect((await mine.get("/sign-in/oidc/callback?code=x&state=y")).status).toBe(401);
    expect((await mine.get("/me")).status).toBe(303);
  });

  // Guards against everybody at the provider becoming somebody in the city.
  test("an account without a role here, or whose address is not verified, is refused", async () => {
    const city = await cityWithProvider();
    const browser = await city.browser();
    const back = async () =>
      (await atProvider((await browser.get("/sign-in/oidc")).headers.get("location")!)).slice(target.url.length);
    account = { email: "stranger@example.org", isVerified: true };
    expect((await browser.get(await back())).status).toBe(403);
    account = { email: city.administrator, isVerified: false };
    expect((await browser.get(await back())).status).toBe(401);
  });

  test("a provider that does not answer is not kept, a live city takes none without https, and its secret is never shown", async () => {
    const city = await newCity();
    const admin = await city.browser("administrator");
    const set = (address: string, browser = admin) =>
      browser.submit("/staff/sign-in-provider", { issuer: address, ...client }, "/staff/sign-in-provider");
    expect((await set("http://127.0.0.1:9")).status).toBe(422);
    expect((await set("ftp://example.org")).status).toBe(422);
    expect((await admin.get("/sign-in/oidc")).status).toBe(404);
    const live = await newCity({ isSynthetic: false });
    expect((await set(issuer, await live.browser("administrator"))).status).toBe(422);
    expect((await set(issuer)).status).toBe(303);
    expect(await (await admin.get("/staff/sign-in-provider")).text()).not.toContain(client.clientSecret);
  });
});
