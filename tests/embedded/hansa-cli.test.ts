import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newCity, target } from "../city.ts";
import { standIn, text } from "../harvested.ts";

const bin = join(import.meta.dirname, "../../marketplace/cli/hansa.mjs");

// Each test has a folder of its own, far from the clone, and a configuration of its own.
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hansa-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function hansa(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      HANSA_CONFIG: join(folder, "config"),
      HANSA_HOUSE: target.url,
      HANSA_TOKEN: "",
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}
const json = async <T = Record<string, unknown>>(args: string[], env?: Record<string, string>): Promise<T> => {
  const { code, out, err } = await hansa([...args, "--json"], env);
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
};
let counter = 0;
const newName = () => `cli${process.pid.toString(36)}${Date.now().toString(36)}${(counter++).toString(36)}`;
const signUp = (name: string) => [
  "party",
  "sign-up",
  "--name",
  name,
  "--title",
  "A start-up",
  "--contact",
  `hello@${name}.example`,
];

// The quick start of marketplace/README.md, step by step.
test("a start-up goes from nothing to a published module", async () => {
  const party = newName();
  const made = await hansa(["init", "fair-water", "--name", `${party}/fair-water`]);
  expect(made.code, made.err).toBe(0);
  expect(readdirSync(join(folder, "fair-water")).sort()).toEqual(["README.md", "module.json", "module.schema.json"]);
  const checked = await json<{ digest: string; says: string[] }>(["validate", "fair-water"]);
  expect(checked.says.join()).toContain("may set the price of water");
  const signed = await json(signUp(party));
  expect(signed).toMatchObject({ name: party, isNew: true });
  expect(await json(["publish", "fair-water", "--dry-run"])).toMatchObject({ dryRun: true, digest: checked.digest });
  expect((await fetch(`${target.url}/marketplace/v1/modules/${party}/fair-water`)).status).toBe(404);
  const published = await json<{ digest: string; url: string }>(["publish", "fair-water"]);
  expect(published).toMatchObject({ digest: checked.digest, isNew: true });
  expect((await fetch(published.url)).status).toBe(200);
  expect(await json(["publish", "fair-water"])).toMatchObject({ digest: checked.digest, isNew: false });

  const file = join(folder, "fair-water/module.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("A fair price for water", "A fair price of water"));
  const changed = await hansa(["publish", "fair-water"]);
  expect([changed.code, changed.out]).toEqual([4, ""]);
  expect(changed.err).toContain("Give a new version");
  writeFileSync(file, readFileSync(file, "utf8").replace('"0.1.0"', '"0.2.0"'));
  expect((await hansa(["publish", "fair-water", "--quiet"])).out).toBe("");
  const { versions } = await json<{ versions: { version: string }[] }>(["versions", `${party}/fair-water`]);
  expect(versions.map(({ version }) => version)).toEqual(["0.2.0", "0.1.0"]);
});

// Guards against a private key that others can read, or that leaves the machine.
test("the key stays in one file of its owner’s", async () => {
  const party = newName();
  const { file } = await json<{ file: string }>(["key"]);
  expect(file).toBe(join(folder, "config/default.json"));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "config")).mode & 0o777).toBe(0o700);
  const { d } = (JSON.parse(readFileSync(file, "utf8")) as { key: { d: string } }).key;
  const dry = await hansa([...signUp(party), "--dry-run", "--json"]);
  const real = await hansa([...signUp(party), "--json"]);
  expect([dry.code, real.code]).toEqual([0, 0]);
  for (const { out, err } of [dry, real]) expect(out + err).not.toContain(d);
  const again = await json<{ isNew: boolean }>(["key"]);
  expect(again.isNew).toBe(false);
  chmodSync(file, 0o644);
  const open = await hansa(["key"]);
  expect(open.code).toBe(2);
  expect(open.err).toContain("chmod 600");
});

test("trouble says what, why and what next, and ends with the code that help promises", async () => {
  const help = await hansa(["--help"]);
  expect([help.code, (await hansa([])).code]).toEqual([0, 0]);
  for (const command of [
    "init",
    "dev",
    "validate",
    "test",
    "login",
    "key",
    "party sign-up",
    "party vouch",
    "publish",
    "versions",
    "advisory publish",
    "advisory list",
    "advisory withdraw",
    "rollback",
    "logs",
    "city add",
    "city export",
    "city import",
    "dataset upload",
    "dataset harvest",
  ]) {
    expect(help.out).toContain(`hansa ${command}`);
    const one = await hansa([...command.split(" "), "--help"]);
    expect([one.code, one.err], command).toEqual([0, ""]);
    expect(one.out, command).toContain("EXAMPLES");
    expect(one.out, command).toContain("--json");
  }
  const nothing = await hansa(["publsh"]);
  expect([nothing.code, nothing.out]).toEqual([2, ""]);
  for (const word of ["✗", "Why:", "Next:"]) expect(nothing.err).toContain(word);
  expect((await hansa(["validate", "--dry-runn"])).code).toBe(2);
  expect((await hansa(["validate", "nowhere"])).code).toBe(2);
  expect((await hansa(["publish", "a", "b"])).code).toBe(2);
  expect((await hansa(["party", "sign-up", "--name", "x"])).code).toBe(2);
  expect((await hansa(["versions", "no-such/module"])).code).toBe(4);
  expect((await hansa(["versions", "no-such/module"], { HANSA_HOUSE: "http://127.0.0.1:1" })).code).toBe(5);
  expect((await hansa(["versions", "no-such/module", "--house", "ftp://x"])).code).toBe(2);
  await hansa(["init", "m", "--name", "some-party/module"]);
  expect((await hansa(["init", "m", "--name", "some-party/module"])).code).toBe(2); // nothing is overwritten
  expect((await hansa(["init", "n", "--name", "Bad Name"])).code).toBe(2);
  expect((await hansa(["publish", "m"])).code).toBe(2); // no key yet
  const file = join(folder, "m/module.json");
  const good = JSON.parse(readFileSync(file, "utf8")) as { manifest: { licence: string } };
  good.manifest.licence = "Whatever";
  writeFileSync(file, JSON.stringify(good));
  const bad = await hansa(["validate", "m", "--json"]);
  expect([bad.code, bad.out]).toEqual([3, ""]);
  expect(JSON.parse(bad.err)).toMatchObject({ error: { kind: "invalid", details: [{ at: "/manifest/licence" }] } });
  writeFileSync(file, "{");
  expect((await hansa(["validate", "m"])).code).toBe(3);
}, 180_000);

// Guards against a warning that says less when more is added, and one that anybody but whoever said it takes back.
test("a publisher warns of a version, says more, and takes it back", async () => {
  const party = newName();
  const module = `${party}/module`;
  await json(signUp(party));
  await hansa(["init", "m", "--name", module]);
  const { digest } = await json<{ digest: string }>(["publish", "m"]);
  const warn = ["advisory", "publish", "--module", module, "--severity", "high", "--versions"];
  const said = [...warn, "0.1.0", "--summary", "It bills twice."];
  const listed = async () => (await json<{ advisories: object[] }>(["advisory", "list", module])).advisories;
  expect(await json([...said, "--dry-run"])).toMatchObject({ dryRun: true, digests: [digest], by: party, revision: 1 });
  expect(await listed()).toEqual([]);
  const { id } = await json<{ id: string }>(said);
  const more = ["--summary", "Il facture deux fois.", "--language", "fr", "--fixed-in", "0.2.0", "--severity", "low"];
  await json(["advisory", "publish", "--id", id, ...more]);
  const summary = { en: "It bills twice.", fr: "Il facture deux fois." };
  const latest = { id, revision: 2, severity: "low", summary, digests: [digest], fixedIn: "0.2.0", isWithdrawn: false };
  expect(await listed()).toMatchObject([latest]);

  const ends = async (args: string[], env?: Record<string, string>) => (await hansa(args, env)).code;
  expect(await ends([...warn, "9.9.9", "--summary", "x"]), "no such version").toBe(2);
  const unsaid = await hansa([...warn, "0.1.0", "--link", "http://x.example", "--json"]);
  expect([unsaid.code, unsaid.out]).toEqual([2, ""]);
  const { error } = JSON.parse(unsaid.err) as { error: { details: { at: string }[] } };
  expect(error.details.map(({ at }) => at)).toEqual(["--summary", "--link"]);
  expect(await ends(["advisory", "withdraw", "adv_00000000000000000000000000"]), "unknown").toBe(4);
  const second = ["--profile", "second"];
  expect(await ends(["advisory", "withdraw", id, ...second]), "no key").toBe(2);
  await json([...signUp(newName()), ...second]);
  expect(await ends(["advisory", "withdraw", id, ...second]), "another’s").toBe(2);
  expect(await ends([...said, ...second]), "no say").toBe(4);

  expect(await json(["advisory", "withdraw", id, "--dry-run"])).toMatchObject({ dryRun: true, revision: 3 });
  expect(await listed()).toMatchObject([latest]);
  for (let i = 0; i < 2; i++)
    expect(await json(["advisory", "withdraw", id])).toMatchObject({ id, revision: 3, isWithdrawn: true, summary });
}, 180_000);

// Guards against tests and examples that say another thing here than in the house.
test("a module’s own tests are plain functions, and its examples are the house’s", async () => {
  await hansa(["init", "m", "--name", "some-party/module"]);
  const write = (text: string) => writeFileSync(join(folder, "m/own.test.mjs"), text);
  write("export const twoIsTwo = () => {}; export async function laterToo() {} export const helper = 3;");
  const { tests, examples } = await json<{ tests: object[]; examples: object[] }>(["test", "m"]);
  expect(tests).toEqual([
    { file: "own.test.mjs", name: "later too", holds: true },
    { file: "own.test.mjs", name: "two is two", holds: true },
  ]);
  expect(examples).toEqual([{ part: "tariff", name: "ten cubic metres are cheap", holds: true }]);
  write('export const isWrong = () => { throw new Error("three"); };');
  const file = join(folder, "m/module.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"totalMinor": 1100', '"totalMinor": 1101'));
  const failed = await hansa(["test", "m", "--json"]);
  expect([failed.code, failed.out]).toEqual([3, ""]);
  expect(JSON.parse(failed.err)).toMatchObject({
    error: { details: [{ at: "own.test.mjs" }, { at: "tariff", detail: expect.stringContaining("1100") }] },
  });
  const refused = await hansa(["validate", "m", "--json"]);
  expect([refused.code, JSON.parse(refused.err)]).toMatchObject([
    3,
    { error: { details: [{ at: "/parts/0/proof" }] } },
  ]);
}, 180_000);

// Guards against a first program that does not run as it was written out, and against tests that hold whatever it does.
test("a module with a program begins with its own tests, which hold, and do not once the program is another", async () => {
  const { files } = await json<{ files: string[] }>(["init", "p", "--name", "some-party/watch", "--program"]);
  expect(files).toHaveLength(4);
  expect((await hansa(["init", "p", "--program"])).code).toBe(2);
  expect((await hansa(["init", "p"])).code).toBe(2); // nor as data beside it
  const { check, label } = await json<{ label: string; check: { verdict: string } }>(["validate", "p"]);
  expect([check.verdict, label]).toEqual(["pass", "code_stays"]);
  const { tests, examples } = await json<{ tests: object[]; examples: object[] }>(["test", "p"]);
  expect([tests.length, examples.length]).toEqual([4, 2]);
  const ended = await hansa(["dev", "p", "--once"]);
  expect([ended.code, ended.out]).toEqual([0, expect.stringContaining("1 runs, none refused")]);
  const file = join(folder, "p/index.mjs");
  const program = readFileSync(file, "utf8");
  writeFileSync(file, program.replace("usual * config.times", "usual"));
  const failed = await hansa(["test", "p", "--json"]);
  expect(failed.code).toBe(3);
  expect(JSON.parse(failed.err)).toMatchObject({
    error: {
      details: [{ at: "index.test.mjs", detail: expect.stringContaining("twice the usual is not") }, { at: "watch" }],
    },
  });
}, 180_000);

// Guards against a key that is sent, a house in another's place, and a city whose version cannot be put back.
test("who somebody is in a house, what a city runs, and the way back", async () => {
  const party = newName();
  const nobody = await json<{ keyId: string; party?: string }>(["login"]);
  expect(nobody.party).toBeUndefined();
  await json(signUp(party));
  expect(await json(["login"])).toMatchObject({ keyId: nobody.keyId, party });
  const file = join(folder, "config/default.json");
  const profile = JSON.parse(readFileSync(file, "utf8")) as { houseKey: { x: string } };
  const other = { ...profile, houseKey: { ...profile.houseKey, x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } };
  writeFileSync(file, JSON.stringify(other), { mode: 0o600 });
  expect((await hansa(["login"])).code).toBe(4);
  expect((await hansa(["login", "--accept-key", "--dry-run"])).code).toBe(0);
  expect((await hansa(["login"])).code).toBe(4); // nothing was kept
  expect((await hansa(["login", "--accept-key"])).code).toBe(0);

  const city = await newCity();
  const admin = { as: "administrator" } as const;
  await hansa(["init", "m", "--name", `${party}/module`]);
  await json(["publish", "m"]);
  const made = await city.post("/v1/installs", { module: `${party}/module` }, admin);
  const { id } = (await made.json()) as { id: string };
  const at = `/v1/installs/${id}`;
  for (const [path, body] of [
    [`${at}/trials`, {}],
    [`${at}/state`, { to: "proposed" }],
    [`${at}/state`, { to: "active" }],
  ] as const)
    expect((await city.post(path, body, admin)).status).toBe(200);
  const module = join(folder, "m/module.json");
  writeFileSync(module, readFileSync(module, "utf8").replace('"0.1.0"', '"0.2.0"'));
  const checked = await json<{ check: { lines: { check: string; verdict: string }[] } }>([
    "validate",
    "m",
    "--published",
  ]);
  expect(checked.check.lines).toContainEqual(expect.objectContaining({ check: "manifest", verdict: "warn" }));
  await json(["publish", "m"]);
  for (const path of ["trials", "version"])
    expect((await city.post(`${at}/${path}`, { version: "0.2.0" }, admin)).status).toBe(200);

  const keyFor = async (...scopes: string[]) => {
    const key = await city.post("/v1/keys", { name: "Publisher", scopes }, admin);
    return { HANSA_TOKEN: ((await key.json()) as { secret: string }).secret };
  };
  const [sees, changes] = [
    await keyFor("marketplace.runs:read"),
    await keyFor("marketplace.installs:read", "marketplace.installs:write"),
  ];
  const inCity = ["--city", city.slug];
  expect(await json(["logs", id, ...inCity], sees)).toEqual({ installId: id, runs: [] });
  expect((await hansa(["logs", `${party}/module`, ...inCity], sees)).code).toBe(4); // it may not see what there is
  expect((await hansa(["rollback", id, ...inCity], sees)).code).toBe(4);
  const back = ["rollback", `${party}/module`, ...inCity];
  expect(await json([...back, "--dry-run"], changes)).toMatchObject({ from: "0.2.0", to: "0.1.0", dryRun: true });
  expect(await json(back, changes)).toMatchObject({ from: "0.2.0", to: "0.1.0", state: "active" });
  expect((await hansa(back, changes)).code).toBe(4); // there is none before that
}, 180_000);

// Guards against an operator who cannot bring a city in, keep it, or move it, without a browser.
test("an operator brings a city in, writes its bundle, and is stopped before it overwrites one", async () => {
  const slug = newName();
  const order = [
    "city",
    "add",
    slug,
    "--name",
    "Bouaké",
    "--country",
    "ci",
    "--currency",
    "xof",
    "--languages",
    "fr,en",
    "--time-zone",
    "Africa/Abidjan",
    "--administrator",
    `maire@${slug}.example`,
    "--synthetic",
  ];
  const env = { HANSA_TOKEN: target.operatorToken };
  expect((await hansa(order)).code).toBe(2); // no token
  expect((await hansa(order, { HANSA_TOKEN: "forged" })).code).toBe(4);
  expect(await json([...order, "--dry-run"])).toMatchObject({ dryRun: true });
  expect((await fetch(`${target.url}/cities/${slug}/`)).status).toBe(404);
  expect(await json(order, env)).toMatchObject({ slug });
  expect((await fetch(`${target.url}/cities/${slug}/`)).status).toBe(200);
  expect(await json(order, env)).toMatchObject({ slug }); // the same again is the same
  const { file, bytes } = await json<{ file: string; bytes: number }>(["city", "export", slug], env);
  expect(file).toBe(`${slug}.hansa.zip`);
  expect(existsSync(join(folder, file))).toBe(true);
  expect(bytes).toBeGreaterThan(200);
  expect((await hansa(["city", "export", slug], env)).code).toBe(2);
  expect((await hansa(["city", "export", "no-such-city"], env)).code).toBe(4);
  expect((await hansa(["city", "import", file], env)).code).toBe(4); // it is there already
  expect((await hansa(["city", "import", "nothing.zip"], env)).code).toBe(2);
}, 180_000);

test("open data is sent from a file, looked at, refused by row, and published", async () => {
  const city = await newCity();
  const order = { name: "Publisher", scopes: ["opendata.datasets:write"] };
  const made = await city.post("/v1/keys", order, { as: "administrator" });
  const env = { HANSA_TOKEN: ((await made.json()) as { secret: string }).secret };
  const file = join(folder, "stops.csv");
  writeFileSync(file, "name,n\nGare,1\nPort,2\n");
  const command = [
    "dataset",
    "upload",
    file,
    "--city",
    city.slug,
    "--title",
    "Stops",
    "--licence",
    "CC0-1.0",
    "--source",
    "x",
  ];
  const { draft } = await json<{ draft: { state: string; rows: number } }>([...command, "--dry-run"], env);
  expect(draft).toMatchObject({ state: "ready", rows: 2 });
  expect((await city.get("/v1/datasets/stops", { as: "nobody" })).status).toBe(404);
  // Nobody has said yet which columns are about people: nothing is published.
  const untagged = await hansa(command, env);
  expect([untagged.code, untagged.err]).toEqual([4, expect.stringContaining("#/columns/0/personal")]);
  const { dataset } = await json<{ dataset: { slug: string } }>([...command, "--personal", "none"], env);
  expect(dataset.slug).toBe("stops");
  writeFileSync(file, "name,n\nGare,1,x,y\nPort,2\n");
  const refused = await hansa([...command, "--updates", "stops"], env);
  expect(refused.code, refused.out + refused.err).toBe(4);
  expect(refused.err).toContain("#/line/2");
  const { total } = (await (await city.get("/v1/datasets/stops/records", { as: "nobody" })).json()) as {
    total: number;
  };
  expect(total).toBe(2);

  // The same file, from another server: looked at first, then fetched.
  const there = await standIn({ "/stops.csv": text("name,n\nGare,1\n") });
  const from = ["dataset", "harvest", `${there.url}/stops.csv`, "--city", city.slug, "--every", "once"];
  const said = ["--title", "Stops there", "--licence", "CC0-1.0", "--source", "x"];
  const looked = await json<{ preview: object }>([...from, ...said, "--dry-run"], env);
  expect(looked.preview).toMatchObject({ rows: 1, columns: [{ name: "name" }, { name: "n" }] });
  const short = await hansa(from, env);
  expect([short.code, short.err]).toEqual([4, expect.stringContaining("#/card/title")]);
  const { harvest } = await json<{ harvest: { id: string } }>([...from, ...said], env);
  expect((await city.get(`/v1/harvests/${harvest.id}`, { as: "data_officer" })).status).toBe(200);
  there.close();
});

// The first line of marketplace/peers/README.md, and what follows it.
test("a city’s own dataset, its shape and its source, is packaged and published under the city’s key", async () => {
  const city = await newCity();
  const scopes = ["opendata.datasets:write", "peers.packages:read", "peers.packages:write"];
  const made = await city.post("/v1/keys", { name: "Packager", scopes }, { as: "administrator" });
  const env = { HANSA_TOKEN: ((await made.json()) as { secret: string }).secret };
  writeFileSync(join(folder, "stops.csv"), "Arrêt,n\nGare,1\nPort,2\n");
  const card = ["--title", "Stops", "--licence", "CC BY 4.0", "--source", "x", "--personal", "none"];
  await json(["dataset", "upload", join(folder, "stops.csv"), "--city", city.slug, ...card], env);
  const { candidates } = await json<{ candidates: object[] }>(["city", "package", city.slug], env);
  expect(candidates).toEqual([{ id: "own/stops", kind: "dataset", title: "Stops" }]);
  const command = ["city", "package", city.slug, "--parts", "own/stops", "--name", "bus-stops", "--version", "1.0.0"];
  expect((await hansa(command, env)).code).toBe(2);
  const order = [...command, "--title", "Stops", "--summary", "Where buses stop.", "--contact", "bus@city.example"];
  const { module, url } = await json<{ module: string; url: string }>(order, env);
  expect([module, (await fetch(url)).status]).toEqual([`${city.slug}/bus-stops`, 200]);
  const published = await fetch(`${target.url}/marketplace/v1/modules/${module}/1.0.0`);
  expect(await published.json()).toMatchObject({
    parts: [
      {
        id: "stops",
        schema: {
          fields: [
            { name: "arret", type: "string" },
            { name: "n", type: "integer" },
          ],
        },
      },
    ],
  });
  expect((await hansa(["city", "package", city.slug], { HANSA_TOKEN: "ck_none" })).code).toBe(4);
});

// Guards against a publisher who is robbed of a key and has to leave the name to the thief.
test("a key is exchanged by the recovery key alone, and the old one publishes no more", async () => {
  const party = newName();
  const recovery = join(folder, "recovery.json");
  await json(["init", "fair-water", "--name", `${party}/fair-water`]);
  await json([...signUp(party), "--recovery-key", recovery]);
  expect(statSync(recovery).mode & 0o777).toBe(0o600);
  const stolen = readFileSync(join(folder, "config/default.json"), "utf8");
  writeFileSync(join(folder, "other.json"), "{}");
  expect((await hansa(["party", "rotate", "--recovery-key", join(folder, "other.json")])).code).toBe(2);
  const { keyId } = await json<{ keyId: string }>(["party", "rotate", "--recovery-key", recovery]);
  const known = await fetch(`${target.url}/marketplace/v1/parties/${party}`);
  expect(await known.json()).toMatchObject({ keyId });
  expect((await hansa(["publish", "fair-water"])).code).toBe(0);
  writeFileSync(join(folder, "config/thief.json"), stolen, { mode: 0o600 });
  const file = join(folder, "fair-water/module.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"0.1.0"', '"0.2.0"'));
  expect((await hansa(["publish", "fair-water", "--profile", "thief"])).code).toBe(4);
  expect(readdirSync(join(folder, "config")).sort()).toEqual(["default.json", "thief.json"]);
});
