import { describe, expect, test } from "vitest";
import { checkModule } from "../../marketplace/contract/module.ts";
import { saysOf } from "../../marketplace/contract/says.ts";
import air from "../../marketplace/modules/lab-lagune-air-quality/manifest.ts";

describe("a module that has rows fetched", () => {
  const withHarvest = (change: object) => ({
    ...air,
    parts: air.parts.map((part) =>
      part.kind === "dataset" ? { ...part, harvest: { ...part.harvest, ...change } } : part,
    ),
  });

  // Guards against a module that makes cities ask their own networks.
  test("asks public hosts by https alone, and only for fields that there are", () => {
    expect(checkModule(air).mistakes).toEqual([]);
    const wrong: [change: object, at: string][] = [
      ...[
        "http://air.example.org/x.csv",
        "https://127.0.0.1/x",
        "https://10.1.1.1/",
        "https://[::1]/",
        "https://93.184.216.34/x",
      ].map((address): [object, string] => [{ address }, "/parts/0/harvest/address"]),
      ...[
        "https://localhost/",
        "https://server/",
        "https://a.internal/",
        "https://u:p@example.org/",
        "file:///etc/passwd",
      ].map((address): [object, string] => [{ address }, "/parts/0/harvest/address"]),
      [{ alsoAsks: ["169.254.169.254"] }, "/parts/0/harvest/alsoAsks/0"],
      [{ alsoAsks: ["files.local"] }, "/parts/0/harvest/alsoAsks/0"],
      [{ columns: [{ from: "a", name: "nothing" }] }, "/parts/0/harvest/columns/0/name"],
      [
        {
          columns: [
            { from: "a", name: "pm25" },
            { from: "b", name: "pm25" },
          ],
        },
        "/parts/0/harvest/columns/1/name",
      ],
      [{ every: "minute" }, "/parts/0/harvest/every"],
    ];
    for (const [change, at] of wrong)
      expect(
        checkModule(withHarvest(change)).mistakes.map((one) => one.at),
        JSON.stringify(change),
      ).toContain(at);
  });

  test("says whom it asks, in three languages", () => {
    const { module } = checkModule(withHarvest({ alsoAsks: ["files.example.org"] }));
    for (const lang of ["en", "fr", "ar"] as const) {
      const said = saysOf(module!, lang).join("\n");
      expect(said).toContain("air.lab-lagune.example");
      expect(said).toContain("files.example.org");
    }
  });
});
