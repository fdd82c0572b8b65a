import semver from "semver";
import { approvalsNeeded, asksOf } from "../../contract/asks.ts";
import { isHook } from "../../contract/hooks.ts";
import { newKey } from "../../contract/keys.ts";
import { publisherOf } from "../../contract/manifest.ts";
import { type Module, sealPackage } from "../../contract/module.ts";
import { sealParty } from "../../contract/party.ts";
import { postJson } from "../house.ts";
import type { SandboxCity } from "./sandbox-city.ts";

interface Install {
  id: string;
  version: string;
  state: string;
}

/** Brings one version after the other into the sandbox city's service, by the steps that a city takes. */
export async function serving(city: SandboxCity, name: string) {
  // A key for this house alone: the publisher's own signs nothing here.
  const key = newKey();
  const publisher = publisherOf(name);
  const profile = { name: publisher, title: publisher, kind: "start-up", contact: "nobody@sandbox.example" } as const;
  const party = await sealParty({ ...profile, signedAt: new Date(0).toISOString() }, key);
  await postJson(city.house, "/marketplace/v1/parties", party);
  let install: Install | undefined;
  let saved = 0;

  return {
    /** @throws {Trouble} the house or the city refuses it; what served before goes on serving */
    async put(module: Module): Promise<Install> {
      const version = draftVersion(module.manifest.version, ++saved);
      const draft = { ...module, manifest: { ...module.manifest, version } };
      await postJson(city.house, "/marketplace/v1/modules", (await sealPackage(draft, key)).envelope);
      const approves = approvalsNeeded(asksOf(draft.parts)) > 0;
      const agree = async (at: string, what: object) => {
        if (!approves) return;
        for (const who of ["administrator", "officer"] as const) await city.post(`${at}/approvals`, what, who);
      };
      if (!install) {
        install = await city.post<Install>("/v1/installs", { module: name, version });
        const at = `/v1/installs/${install.id}`;
        await city.post(`${at}/trials`, {});
        await agree(at, {});
        await city.post(`${at}/state`, { to: "proposed" });
        if (draft.parts.some(isHook)) await city.post(`${at}/state`, { to: "shadow" });
        install = await city.post<Install>(`${at}/state`, { to: "active" });
      } else {
        const at = `/v1/installs/${install.id}`;
        await city.post(`${at}/trials`, { version });
        await agree(at, { version });
        install = await city.post<Install>(`${at}/version`, { version });
        if (install.state !== "active") install = await city.post<Install>(`${at}/state`, { to: "active" });
      }
      return install;
    },
  };
}

/** Each save is a version of its own, before the one that will be published. */
function draftVersion(version: string, n: number): string {
  const before = semver.prerelease(version);
  return `${version}${before ? "." : "-"}dev.${n}`;
}
