import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ask, askJson, postJson } from "../house.ts";
import { Trouble } from "../trouble.ts";
import { type Command, type Given, signedIn, withToken } from "./common.ts";

const operator = (args: Given) =>
  signedIn(
    args,
    "This needs the operator's token.",
    "Sign in as operator, make a token at /control, and set HANSA_TOKEN.",
  );

interface CityStatus {
  slug: string;
  name: string;
  state: string;
  url: string;
  reason?: string;
}

const SETTLED = new Set(["open", "failed", "closed"]);
const WAIT_MS = 30_000;

export const add: Command = {
  summary: "Bring a city in",
  args: {
    ...withToken,
    slug: { type: "positional", required: true, description: "Its name in addresses" },
    name: { type: "string", required: true, description: "What it is called", valueHint: "text" },
    country: { type: "string", required: true, description: "ISO 3166-1, such as CI", valueHint: "code" },
    currency: { type: "string", required: true, description: "ISO 4217, such as XOF", valueHint: "code" },
    languages: { type: "string", required: true, description: "en, fr, ar; its own first", valueHint: "list" },
    "time-zone": { type: "string", required: true, description: "IANA, such as Africa/Abidjan", valueHint: "zone" },
    administrator: {
      type: "string",
      required: true,
      description: "E-mail or telephone of who runs it",
      valueHint: "contact",
    },
    boundary: { type: "string", description: "A file with its GeoJSON Polygon or MultiPolygon", valueHint: "file" },
    synthetic: { type: "boolean", description: "All its data are made up; every page says so" },
    "dry-run": { type: "boolean", description: "Show what would be sent; send nothing" },
  },
  examples: [
    "hansa city add bouake --name Bouaké --country CI --currency XOF --languages fr --time-zone Africa/Abidjan --administrator maire@bouake.example",
  ],
  async run(args) {
    const file = args.text("boundary");
    const order = {
      slug: args.must("slug"),
      name: args.must("name"),
      country: args.must("country").toUpperCase(),
      currency: args.must("currency").toUpperCase(),
      languages: args
        .must("languages")
        .split(",")
        .map((lang) => lang.trim()),
      timeZone: args.must("time-zone"),
      administrator: args.must("administrator"),
      isSynthetic: args.flag("synthetic"),
      ...(file ? { boundary: boundaryOf(file) } : {}),
    };
    if (args.flag("dry-run"))
      return {
        json: { dryRun: true, order },
        lines: [`Would bring in ${order.name} (${order.slug}). Nothing was sent.`],
      };
    const { house, headers } = operator(args);
    let { body } = await postJson<CityStatus>(house, "/control/v1/cities", order, headers);
    for (
      const until = Date.now() + WAIT_MS;
      body.state !== undefined && !SETTLED.has(body.state) && Date.now() < until;
    ) {
      await new Promise((resume) => setTimeout(resume, 300));
      ({ body } = await askJson<CityStatus>(house, `/control/v1/cities/${order.slug}`, { headers }));
    }
    if (body.state === "failed")
      throw new Trouble(
        "refused",
        `${order.name} is not in yet.`,
        body.reason ?? "A step failed.",
        "Give the same command again: it goes on where it stopped.",
      );
    return {
      json: body,
      lines: [`${order.name} is in: ${house}/cities/${order.slug}/`, `${order.administrator} can sign in there.`],
    };
  },
};

export const exportCity: Command = {
  summary: "Write a city's signed bundle: all that it owns, to keep, to move or to leave",
  args: {
    ...withToken,
    slug: { type: "positional", required: true, description: "Which city" },
    out: { type: "string", description: "The file to write (default: <slug>.hansa.zip)", valueHint: "file" },
    force: { type: "boolean", description: "Overwrite the file" },
  },
  examples: ["hansa city export bouake", "hansa city export bouake --out /backup/bouake.zip --force"],
  async run(args) {
    const { house, headers } = operator(args);
    const slug = args.must("slug");
    const file = args.text("out") ?? `${slug}.hansa.zip`;
    if (existsSync(file) && !args.flag("force"))
      throw new Trouble(
        "usage",
        `${file} is there already.`,
        "A bundle is not overwritten by chance.",
        "Give another --out, or --force.",
      );
    const answer = await ask(house, `/control/v1/cities/${encodeURIComponent(slug)}/export`, { headers });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    writeFileSync(file, bytes);
    const digest = answer.headers.get("hansa-digest") ?? undefined;
    return {
      json: { slug, file, bytes: bytes.length, digest },
      lines: [`${slug} is written to ${file} (${bytes.length} bytes).`, ...(digest ? [`  Digest  ${digest}`] : [])],
    };
  },
};

export const importCity: Command = {
  summary: "Bring a city in from its bundle",
  args: { ...withToken, file: { type: "positional", required: true, description: "The bundle" } },
  examples: ["hansa city import bouake.hansa.zip --house https://other.example"],
  async run(args) {
    const { house, headers } = operator(args);
    const file = args.must("file");
    if (!existsSync(file))
      throw new Trouble("usage", `There is no file ${file}.`, "", "Name the bundle that `hansa city export` wrote.");
    const answer = await ask(house, "/control/v1/cities/import", {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/zip" },
      body: readFileSync(file),
    });
    const body = (await answer.json()) as CityStatus;
    return { json: body, lines: [`${body.name ?? body.slug} is in: ${house}/cities/${body.slug}/`] };
  },
};

function boundaryOf(file: string): unknown {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as { type?: string; geometry?: unknown };
    return value.type === "Feature" ? value.geometry : value;
  } catch (error) {
    throw new Trouble(
      "usage",
      `${file} is no GeoJSON.`,
      (error as Error).message,
      "Give a file with a Polygon, a MultiPolygon or a Feature of one.",
    );
  }
}
