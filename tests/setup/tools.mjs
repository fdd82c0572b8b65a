import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const found = (name) => (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));

function install(packages) {
  if (process.getuid?.() !== 0 || !found("apt-get")) return false;
  console.log(`Installing ${packages.join(", ")} from Debian's packages`);
  const quiet = { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  return spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet).status === 0;
}

function missing(sentence) {
  console.error(sentence);
  console.log("\n0 passed, 1 failed");
  process.exit(1);
}

/** Finds or installs what the tests need beside npm's packages; ends with one sentence when it cannot. */
export function ensureTools(root) {
  if (!found("chromium") && !install(["chromium"]))
    missing(
      "The journeys need Chromium, and it is not here: install the package chromium, so that `chromium` is on the PATH.",
    );
  if (!found("python3"))
    missing("The emulator needs Python 3, and it is not here: install python3 with its venv module.");
  const python = join(root, ".venv/bin/python");
  if (
    !existsSync(python) &&
    spawnSync("python3", ["-m", "venv", join(root, ".venv")], { stdio: "ignore" }).status !== 0
  ) {
    if (
      !install(["python3-venv"]) ||
      spawnSync("python3", ["-m", "venv", join(root, ".venv")], { stdio: "inherit" }).status !== 0
    )
      missing("The emulator needs Python's venv module, and it is not here: install the package python3-venv.");
  }
  const wanted = ["infra/local/requirements.txt", "tests/setup/requirements.txt"];
  const pip = spawnSync(
    python,
    [
      "-m",
      "pip",
      "install",
      "-q",
      "--disable-pip-version-check",
      ...wanted.flatMap((file) => ["-r", join(root, file)]),
    ],
    { stdio: "inherit" },
  );
  if (pip.status !== 0) missing(`The Python packages of ${wanted.join(" and ")} could not be installed.`);
}
