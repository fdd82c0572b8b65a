import type { App } from "aws-cdk-lib";

/** What a house is deployed with: `cdk deploy -c name=value`. */
export interface HouseSettings {
  /** Tells houses in one account apart; part of every name. */
  stage: string;
  /** An emulator has no tenant isolation and no carriers: the path is trusted and messages stay on the outbox page. */
  isEmulator: boolean;
  /** The address that visitors see: the domain's, or that of the operator's own front. */
  origin: string | undefined;
  /** The house's own domain and its certificate in this region: then the gateway answers there, and only there. */
  domain: { name: string; certificateArn: string } | undefined;
  /** Whom e-mails come from: an address that SES has verified in this account. Without it nobody gets a sign-in code. */
  mailFrom: string | undefined;
  /** Where the stand-in of Stripe listens: an emulator's only. */
  standIns: string | undefined;
  /** Which other houses are mirrored, and the generation of this house's own keys for mirrors. */
  mirrors: string | undefined;
  signingKeys: string | undefined;
  /** The party of the marketplace that speaks for the house: it may warn of any module, and vouch for a city. */
  houseParty: string | undefined;
}

export function houseSettings(app: App): HouseSettings {
  const context = (name: string): string | undefined =>
    (app.node.tryGetContext(name) as string | undefined) || undefined;
  const stage = context("stage") ?? "main";
  const isEmulator = context("emulator") === "true";
  if (!/^[a-z][a-z0-9]{1,11}$/.test(stage))
    throw new Error(`The stage ${stage} must be 2 to 12 small letters and digits.`);
  if (isEmulator && stage === "prod") throw new Error("The stage prod is never an emulator's.");
  if (context("standIns") && !isEmulator) throw new Error("Stand-ins of providers are for an emulator only.");
  const domain = context("domain");
  const certificateArn = context("certificate");
  if (Boolean(domain) !== Boolean(certificateArn))
    throw new Error("A domain needs its certificate, and the other way.");
  if (domain && isEmulator) throw new Error("An emulator has no domain: the edge stands for it.");
  return {
    stage,
    isEmulator,
    origin: context("origin") ?? (domain ? `https://${domain}` : undefined),
    domain: domain && certificateArn ? { name: domain, certificateArn } : undefined,
    mailFrom: context("mailFrom"),
    standIns: context("standIns"),
    mirrors: context("mirrors"),
    signingKeys: context("signingKeys"),
    houseParty: context("houseParty"),
  };
}

/** Names that one stack must know of another before it is there. */
export const namesOf = (stage: string) => ({
  cityTable: `hansa-${stage}-city`,
  controlTable: `hansa-${stage}-control`,
  marketTable: `hansa-${stage}-market`,
  dataRole: `hansa-${stage}-data`,
  moneyDataRole: `hansa-${stage}-data-money`,
  sandbox: `hansa-${stage}-sandbox`,
  cityKey: `alias/hansa-${stage}-cell`,
  houseKey: `alias/hansa-${stage}-house`,
  /** Bucket names are one name space for the whole world: account and region make this one ours. */
  cityBucket: (account: string, region: string) => `hansa-${stage}-city-${account}-${region}`,
  analystRole: `hansa-${stage}-analyst`,
  resultsBucket: (account: string, region: string) => `hansa-${stage}-results-${account}-${region}`,
  dropBucket: (account: string, region: string) => `hansa-${stage}-drop-${account}-${region}`,
});
