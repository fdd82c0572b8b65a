import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, testTimeout: 90_000, hookTimeout: 180_000, ...more },
});

/** The contract suite runs twice, unchanged: against the embedded house and against the CDK app on the emulator. */
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      project("unit", ["tests/unit/**/*.test.{ts,tsx}", "tests/properties/**/*.test.ts"], { maxWorkers: 2 }),
      project("infra", ["tests/infra/**/*.test.ts"], { testTimeout: 120_000 }),
      project("embedded", ["tests/contract/**/*.test.ts", "tests/embedded/**/*.test.ts"], {
        globalSetup: "tests/setup/embedded.ts",
        // Most of a test's time is waiting: on two cores two are faster than one.
        maxWorkers: 2,
      }),
      project("journeys", ["tests/journeys/**/*.test.ts"], {
        globalSetup: "tests/setup/embedded.ts",
        testTimeout: 120_000,
      }),
      // Not a proof: pictures to be looked at, one by one (`npm run screenshots`).
      project("screenshots", ["tests/journeys/screenshots.ts"], {
        globalSetup: "tests/setup/embedded.ts",
        testTimeout: 600_000,
      }),
      project("emulator", ["tests/contract/**/*.test.ts"], {
        globalSetup: "tests/setup/emulator.ts",
        testTimeout: 120_000,
        // The emulator answers after more waiting still: two leave a third of two cores idle.
        maxWorkers: 3,
        // Each test has a city of its own, so files need no process of their own.
        isolate: false,
      }),
    ],
  },
});
