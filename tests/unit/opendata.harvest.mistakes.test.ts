import { expect, test } from "vitest";
import { Unreadable } from "../../functions/opendata/formats/note.ts";
import { Asker } from "../../functions/opendata/harvest/asking.ts";
import { amiss, sayWhy, Why, whyOf } from "../../functions/opendata/harvest/mistakes.ts";
import { open } from "../../functions/opendata/harvest/opening.ts";
import { Fault } from "../../shared/errors.ts";
import { reasonOf } from "../../shared/outside.ts";
import { LANGS } from "../../shared/texts.ts";
import { standIn, text } from "../harvested.ts";

const asker = new Asker({ mayBeHere: true });

/** Why a source cannot be opened, as it is kept and read again. */
async function whyNot(kind: Parameters<typeof open>[1], address: string) {
  try {
    const opened = await open(asker, kind, address);
    if (opened.is === "rows") for await (const _ of opened.chunks);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return Why.parse(JSON.parse(JSON.stringify(whyOf(error))));
  }
  throw new Error("it opened");
}

// Guards against a city that is told in a language of others what is wrong at another server, and not where.
test("what is wrong at another server is said in each language, with which server and where on it", async () => {
  const there = await standIn({
    "/page.csv": text("<!doctype html><p>Log in</p>"),
    "/text.json": text("not json"),
    "/denied.csv": (_, response) => response.writeHead(403).end(),
    "/away": (_, response) => response.writeHead(301, { Location: "/gone.csv" }).end(),
    "/round": (_, response) => response.writeHead(302, { Location: "/round" }).end(),
    "/cut.csv": (_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("a,b\n");
      setTimeout(() => response.destroy(), 20);
    },
  });
  const { host } = new URL(there.url);
  const nobody = await standIn();
  nobody.close();
  try {
    for (const [kind, path, code, says] of [
      ["file", "/page.csv", "page", "une page pour humains"],
      ["ogc_features", "/text.json", "json.none", "pas du JSON"],
      ["file", "/denied.csv", "status.denied", "pas ouvert à tous"],
      ["file", "/away", "status.gone", `${host}/gone.csv répond 404`],
      ["file", "/round", "reach.around", "plus de 5 fois"],
      ["file", "/cut.csv", "reach.cut", "interrompu"],
    ] as const) {
      const why = await whyNot(kind, there.url + path);
      expect(why, path).toMatchObject({ code });
      expect(sayWhy(why, "fr"), path).toContain(says);
      expect(sayWhy(why, "ar"), path).toMatch(/[\u0600-\u06ff]{3}/);
    }
    expect(await whyNot("file", nobody.url)).toEqual({ code: "reach.refused", values: { host: "127.0.0.1" } });
    // A name that nobody can have.
    expect(await whyNot("file", "https://data.invalid/x.csv")).toMatchObject({ code: "reach.unknown" });
    expect(await whyNot("file", "https://10.0.0.1/")).toMatchObject({ code: "reach.inside" });
  } finally {
    there.close();
  }
});

test("certificates and clocks are told from each other", () => {
  const aborted = new Error("The operation was aborted", { cause: new DOMException("late", "TimeoutError") });
  expect(reasonOf(aborted)).toBe("slow");
  for (const [code, why] of [
    ["CERT_HAS_EXPIRED", "expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "othername"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "untrusted"],
  ])
    expect(reasonOf(Object.assign(new Error("x"), { code }))).toBe(why);
  expect(reasonOf(new Error("socket hang up"))).toBeUndefined();
});

test("a mistake in the file itself is said with where it stands, and every sentence is there in each language", () => {
  const inFile = whyOf(new Unreadable({ code: "file.disk", values: {} }, "#/line/12"))!;
  expect(sayWhy(inFile, "fr")).toMatch(/12.* : ?|12.*: /);
  expect(sayWhy(inFile, "fr")).toContain("Il n’y a plus de place");
  const known = amiss("ogc.short", { where: "x.example/c", matched: "9", count: "1" });
  expect(known.message).toBe("x.example/c says that there are 9 features, and gives 1.");
  for (const lang of LANGS) expect(sayWhy(whyOf(known)!, lang)).toMatch(/x\.example\/c.*9.*1/);
  expect(whyOf(new Fault("unavailable", "Something else."))).toBeUndefined();
});
