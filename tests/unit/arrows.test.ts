import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const imports = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)].map((m) => m[1] ?? m[2]!);

// Guards against rooms that know each other's insides, and rules that wait.
test("a domain reaches nothing that waits, and rooms meet only through events", () => {
  for (const file of globSync("functions/*/domain.ts"))
    expect(
      imports(file).filter((i) => /^(@aws-sdk|stripe|hono|node:)/.test(i)),
      file,
    ).toEqual([]);
  for (const file of globSync("functions/*/**/*.{ts,tsx}").filter(
    (f) => !f.includes("/entries/") && !f.includes("/local/"),
  ))
    expect(
      imports(file).filter(
        (i) => /^(\.\.\/)+(?!\.\.)(?!shared|marketplace)[a-z-]+\/(?!events\.ts)/.test(i) && leaves(file, i),
      ),
      file,
    ).toEqual([]);
});

// Guards against a kernel that knows a room's words, and an SDK outside the files that may know one.
test("the kernel imports no room, and only its own few files know an AWS SDK", () => {
  for (const file of globSync("shared/**/*.{ts,tsx}"))
    expect(
      imports(file).filter((i) => /\.\.\/(functions|marketplace|infra)\//.test(i)),
      file,
    ).toEqual([]);
  const knows = globSync("{functions,marketplace,shared}/**/*.{ts,tsx}").filter((file) =>
    imports(file).some((i) => i.startsWith("@aws-sdk/")),
  );
  expect(
    knows.filter(
      (file) =>
        !/^(shared\/(aws|local)\/|shared\/(table|writing|ports)\.ts|functions\/entries\/|functions\/local\.ts)/.test(
          file,
        ),
    ),
  ).toEqual([]);
});

// Guards against a module that only this house could have made, and against room's insides in what rooms offer.
test("a module is built from the contract alone, and what rooms offer from their events", () => {
  for (const file of globSync("marketplace/modules/*/*.{ts,js}"))
    expect(
      imports(file).filter((i) => !i.startsWith("node:") && !i.startsWith("./") && i !== "../../contract/index.ts"),
      file,
    ).toEqual([]);
  for (const file of globSync("functions/*/offers.ts"))
    expect(
      imports(file).filter((i) => !/^\.\/events\.ts$|^\.\.\/\.\.\/(shared|marketplace\/contract)\//.test(i)),
      file,
    ).toEqual([]);
});

/** Does an import leave the room that the file is in? */
function leaves(file: string, specifier: string): boolean {
  const room = file.split("/")[1];
  const reached = new URL(specifier, `file:///${file}`).pathname.split("/")[2];
  return reached !== room;
}
