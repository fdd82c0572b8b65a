import { Logger } from "@aws-lambda-powertools/logger";
import type { Settings } from "./settings.ts";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

const LEVELS = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR", silent: "SILENT" } as const;

/** Structured lines on standard output; one wide line a request is written by `serve`. */
export const openLog = (settings: Settings): Log =>
  new Logger({ serviceName: "hansa", logLevel: LEVELS[settings.HANSA_LOG] });
