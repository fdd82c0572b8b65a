import { type CityApp, type CityRoom, needs } from "./room.ts";

const VERSION = "1";

/** The city's one OpenAPI 3.1 document, made from the same schemas that check the requests. */
export function openApi(app: CityApp, rooms: readonly CityRoom[]): void {
  const scopes = Object.assign({}, ...rooms.map((room) => room.scopes)) as CityRoom["scopes"];
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: [
      "A session's token (POST /v1/sessions) or a program's key. Scopes of keys:",
      ...Object.entries(scopes).map(([name, scope]) => `- \`${name}\`: ${scope.says.en}`),
    ].join("\n"),
  });
  app.get("/openapi.json", needs("public"), (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: `${c.var.city.name}: city API`, version: VERSION },
        servers: [{ url: `/cities/${c.var.city.slug}` }],
      }),
    ),
  );
}
