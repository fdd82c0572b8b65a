import { Hono } from "hono";
import { expect, test } from "vitest";
import { RememberingRouter } from "../../shared/remembering-router.ts";

const city = () => {
  const app = new Hono({ router: new RememberingRouter() });
  app.use("/cities/:city/*", async (c, next) => {
    await next();
    c.header("X-City", c.req.param("city"));
  });
  app.get("/cities/:city/bills/:id", (c) => c.json(c.req.param()));
  app.post("/cities/:city/bills/:id", (c) => c.text("sent"));
  return app;
};
const answered = async (app: Hono, path: string, method = "GET") => {
  const answer = await app.request(path, { method });
  return [answer.status, answer.headers.get("x-city"), await answer.text()];
};

// Guards against one city's page at another's address, and against one method answered as another.
test("what is remembered of one path is no other's", async () => {
  const app = city();
  for (const again of [0, 1]) {
    expect(await answered(app, "/cities/rome/bills/1"), `round ${again}`).toEqual([
      200,
      "rome",
      '{"city":"rome","id":"1"}',
    ]);
    expect(await answered(app, "/cities/oslo/bills/1?id=2")).toEqual([200, "oslo", '{"city":"oslo","id":"1"}']);
    expect(await answered(app, "/cities/oslo/bills/1", "POST")).toEqual([200, "oslo", "sent"]);
    expect((await answered(app, "/cities/oslo/bill/1"))[0]).toBe(404);
  }
  app.get("/cities/:city/bill/:id", (c) => c.text("made later"));
  expect(await answered(app, "/cities/oslo/bill/1")).toEqual([200, "oslo", "made later"]);
});

// Guards against a memory that grows with every address that somebody makes up.
test("it remembers the last paths alone, and none that are long", () => {
  const router = new RememberingRouter<string>();
  router.add("GET", "/:name", "page");
  const first = router.match("GET", "/first");
  expect(router.match("GET", "/first")).toBe(first);
  for (let i = 0; i < 1_000; i++) router.match("GET", `/${i}`);
  expect(router.match("GET", "/first")).not.toBe(first);
  expect(router.match("GET", "/first")).toEqual(first);
  const long = `/${"a".repeat(200)}`;
  expect(router.match("GET", long)).not.toBe(router.match("GET", long));
});
