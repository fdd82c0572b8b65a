import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../shared/local/engine.ts";

const VERSION = "0.21.0";
const venv = join(import.meta.dirname, "../../.venv/pygeoapi");

function run(command: string, args: string[], env: Record<string, string> = {}): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(" ")}: ${stderr?.slice(-1_000)}`);
}

/**
 * Debian's own Python (its sqlite3 loads extensions) with pygeoapi, and gunicorn with the workers that pygeoapi's own
 * image has: gevent, which keep a connection alive. Made at the first use.
 */
function install(): void {
  const quiet = { stdio: "ignore" as const, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  if (!existsSync("/usr/lib/x86_64-linux-gnu/mod_spatialite.so"))
    spawnSync("apt-get", ["install", "-y", "-qq", "libsqlite3-mod-spatialite", "python3-venv"], quiet);
  if (spawnSync(join(venv, "bin/python"), ["-c", "import pygeoapi, gunicorn.workers.ggevent"]).status === 0) return;
  run("/usr/bin/python3", ["-m", "venv", venv]);
  const wanted = [`pygeoapi==${VERSION}`, "gunicorn", "gevent", "packaging"];
  run(join(venv, "bin/pip"), ["install", "-q", "--disable-pip-version-check", ...wanted]);
}

/** Where its items are: of one worker, as our house is one process, and of the four on both cores that its image has. */
export interface Pygeoapi {
  version: string;
  one: string;
  four: string;
}

/** The peer: pygeoapi on SpatiaLite as its image serves it, with the same points, on this machine. */
export async function withPygeoapi<T>(
  folder: string,
  geojson: string,
  work: (peer: Pygeoapi) => Promise<T>,
): Promise<T> {
  install();
  mkdirSync(folder, { recursive: true });
  const [file, config, openapi] = ["places.geojson", "config.yml", "openapi.yml"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, geojson);
  const [one, four] = [await freePort(), await freePort()];
  run("/usr/bin/python3", [
    join(import.meta.dirname, "pygeoapi/make.py"),
    file,
    join(folder, "places.db"),
    config,
    String(four),
  ]);
  const env = { PYGEOAPI_CONFIG: config, PYGEOAPI_OPENAPI: openapi, SPATIALITE_LIBRARY_PATH: "mod_spatialite" };
  run(join(venv, "bin/pygeoapi"), ["openapi", "generate", config, "--output-file", openapi], env);
  const servers = [gunicorn(1, one, env), gunicorn(4, four, env)];
  try {
    const [atOne, atFour] = await Promise.all(servers.map(({ answering }) => answering()));
    return await work({ version: VERSION, one: atOne!, four: atFour! });
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
  }
}

function gunicorn(workers: number, port: number, env: Record<string, string>) {
  const args = ["-w", String(workers), "-k", "gevent", "-b", `127.0.0.1:${port}`, "pygeoapi.flask_app:APP"];
  const server = spawn(join(venv, "bin/gunicorn"), args, { env: { ...process.env, ...env }, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  return {
    async answering(): Promise<string> {
      const url = `http://127.0.0.1:${port}/collections/airports/items`;
      for (let tries = 0; ; tries++) {
        const answer = await fetch(`${url}?f=json&limit=1`).catch(() => undefined);
        if (answer?.ok) return url;
        if (tries > 100 || server.exitCode !== null) throw new Error(`pygeoapi does not answer: ${answer?.status}`);
        await new Promise((resume) => setTimeout(resume, 200));
      }
    },
    async stop() {
      server.kill("SIGTERM");
      await ended;
    },
  };
}
