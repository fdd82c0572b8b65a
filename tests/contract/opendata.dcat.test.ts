import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { JsonLdParser } from "jsonld-streaming-parser";
import { Parser, type Quad, Store } from "n3";
import Validator from "rdf-validate-shacl";
import { RdfXmlParser } from "rdfxml-streaming-parser";
import { beforeAll, describe, expect, test } from "vitest";
import { newCity, type TestCity, target } from "../city.ts";

const SHAPES = "tests/data/dcat-ap";

/** The official shapes, without their imports from the network. */
function shapes(file: string) {
  const quads = new Parser().parse(readFileSync(`${SHAPES}/${file}`, "utf8"));
  return new Store(quads.filter(({ predicate }) => !predicate.value.endsWith("#imports")));
}

const parsed = {
  ttl: async (text: string) => new Parser().parse(text),
  jsonld: (text: string) => collected(text, new JsonLdParser()),
  xml: (text: string) => collected(text, new RdfXmlParser()),
};
const collected = (text: string, parser: NodeJS.ReadWriteStream) =>
  new Promise<Quad[]>((resolve, reject) => {
    const quads: Quad[] = [];
    Readable.from([text])
      .pipe(parser)
      .on("data", (quad: Quad) => quads.push(quad))
      .on("error", reject)
      .on("end", () => resolve(quads));
  });

/** The same graph whatever the names of its blank nodes: each is known by what is said of it. */
function canonical(quads: readonly Quad[]): string[] {
  const blank = (id: string) =>
    quads
      .filter(({ subject }) => subject.value === id)
      .map(({ predicate, object }) => `${predicate.value} ${object.value}`)
      .sort()
      .join(",");
  const name = (term: Quad["object"] | Quad["subject"]): string =>
    term.termType === "BlankNode"
      ? `[${blank(term.value)}]`
      : term.termType === "Literal"
        ? `${term.value}^${term.datatype.value}@${term.language}`
        : term.value;
  return quads.map(({ subject, predicate, object }) => `${name(subject)} ${predicate.value} ${name(object)}`).sort();
}

const FULL = {
  contact: "Guichet des données",
  email: "donnees@ville.example",
  telephone: "+33240000000",
  frequency: "MONTHLY",
  languages: "fr,ar",
  theme: "TRAN",
  keywords: "bus, arrêts",
  from: "2025-01-01",
  to: "2025-12-31",
};

describe(`the catalogue as DCAT-AP 3, ${target.name}`, () => {
  let city: TestCity;
  const titles = ["Stops & <stations>", "Arrêts “de bus”\twith\\backslash", "مواقف الحافلات"];
  beforeAll(async () => {
    city = await newCity();
    for (const [i, title] of titles.entries()) {
      const fields = {
        title,
        licence: "CC BY 4.0",
        personal: "none",
        source: "The “city” & its <buses>",
        description: i ? `${title}\nline` : "",
        // One says all that a card may say, the others only what it must.
        ...(i === 1 ? FULL : {}),
      };
      const csv = i < 2 ? `name,longitude,latitude\na,${i}.5,47.25\nb,-1.5,47\n` : "a,b\n1,2\n";
      const drafted = await city.upload("/v1/datasets", "stops.csv", csv, { as: "data_officer", fields });
      const { id } = (await drafted.json()) as { id: string };
      expect((await city.post(`/v1/datasets/${id}/publish`, undefined, { as: "data_officer" })).status).toBe(200);
    }
  });

  const read = async (path: string, format: keyof typeof parsed) => {
    const answer = await city.get(`${path}`, { as: "nobody" });
    expect(answer.status, path).toBe(200);
    return parsed[format](await answer.text());
  };

  // Guards against a portal that takes in nothing because one mandatory field is missing.
  test.each(["shapes.ttl", "range.ttl", "shapes_recommended.ttl", "deprecateduris.ttl"])(
    "the official shapes find no violation: %s",
    async (file) => {
      expect(readdirSync(SHAPES)).toContain(file);
      const validator = new Validator(shapes(file));
      const graph = new Store(await read("/catalog.ttl", "ttl"));
      const report = await validator.validate(graph);
      const violations = report.results
        .filter(({ severity }) => severity?.value.endsWith("#Violation"))
        .map(({ path, focusNode, message }) => `${focusNode?.value} ${path?.value} ${message.map((one) => one.value)}`);
      expect(violations).toEqual([]);
    },
    60_000,
  );

  // A second validator, which shares no code with the first.
  test("nor does pyshacl by the same shapes, and it too notices what is missing", async () => {
    const turtle = await (await city.get("/catalog.ttl", { as: "nobody" })).text();
    const violations = async (input: string, ...files: string[]) => {
      const script = ["tests/clients/shacl.py", ...files.map((file) => `${SHAPES}/${file}`)];
      const run = promisify(execFile)(".venv/bin/python", script);
      run.child.stdin!.end(input);
      return (await run).stdout;
    };
    const files = readdirSync(SHAPES).filter((file) => file.endsWith(".ttl"));
    const broken = turtle.replaceAll("dcat:accessURL", "dcat:unheardOf");
    const [none, some] = await Promise.all([violations(turtle, ...files), violations(broken, "shapes.ttl")]);
    expect(none).toBe("");
    expect(some).toContain("accessURL");
  }, 60_000);

  test("the shapes notice what is missing", async () => {
    const quads = (await read("/catalog.ttl", "ttl")).filter(({ predicate }) => !predicate.value.endsWith("accessURL"));
    const report = await new Validator(shapes("shapes.ttl")).validate(new Store(quads));
    expect(report.results.some(({ path }) => path?.value.endsWith("accessURL"))).toBe(true);
  });

  test("Turtle, JSON-LD and RDF/XML say the same, of the catalogue and of each dataset", async () => {
    const listed = (await read("/catalog.ttl", "ttl")).filter(({ predicate }) =>
      predicate.value.endsWith("dcat#dataset"),
    );
    expect(listed).toHaveLength(titles.length);
    const paths = listed.map(({ object }) => `/dataset/${object.value.split("/").at(-1)}.`);
    for (const path of ["/catalog.", ...paths]) {
      // What differs by nature: the address of the page itself.
      const said = async (format: keyof typeof parsed) =>
        canonical(await read(path + format, format)).map((line) => line.replaceAll(`/catalog.${format}`, "/catalog"));
      const turtle = await said("ttl");
      expect(turtle.length).toBeGreaterThan(20);
      expect(await said("jsonld")).toEqual(turtle);
      expect(await said("xml")).toEqual(turtle);
    }
    const store = new Store(await read("/catalog.xml", "xml"));
    expect(store.getObjects(null, "http://purl.org/dc/terms/title", null).map(({ value }) => value)).toEqual(
      expect.arrayContaining(titles.map((title) => title.trim())),
    );
  });

  test("pages are linked as harvesters follow them; what is not known is refused, what is not there absent", async () => {
    const said = new Store(await read("/catalog.ttl?page=1&profiles=european_dcat_ap_3", "ttl"));
    const hydra = (name: string) => said.getObjects(null, `http://www.w3.org/ns/hydra/core#${name}`, null)[0]?.value;
    expect(hydra("totalItems")).toBe(String(titles.length));
    expect(hydra("firstPage")).toContain("/catalog.ttl?page=1");
    expect(hydra("nextPage")).toBeUndefined();
    const none = new Store(await read("/catalog.ttl?modified_since=2999-01-01", "ttl"));
    expect(none.getObjects(null, "http://www.w3.org/ns/dcat#dataset", null)).toEqual([]);
    for (const [path, status] of [
      ["/catalog.ttl?page=0", 400],
      ["/catalog.ttl?page=2", 404],
      ["/catalog.ttl?modified_since=soon", 400],
      ["/catalog.ttl?colour=red", 400],
      ["/catalog.n3", 404],
      ["/dataset/none.ttl", 404],
      ["/dataset/stops-stations.exe", 404],
      ["/dataset/..%2Fsecret.ttl", 404],
    ] as const)
      expect((await city.get(path, { as: "nobody" })).status, path).toBe(status);
    const page = await city.get("/data/stops-stations", { as: "nobody", headers: { Accept: "text/turtle" } });
    expect([page.status, page.headers.get("location")]).toEqual([
      303,
      expect.stringContaining("/dataset/stops-stations.ttl"),
    ]);
  });
});
