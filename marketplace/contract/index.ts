// All that a published module, a registry or a city needs of the contract.
export { Base, IsBasedOn } from "./based-on.ts";
export { canonical, Digest, digestOf, packageKey } from "./canonical.ts";
export { Envelope, NotGenuine } from "./dsse.ts";
export { keyIdOf, newKey, PrivateKey, PublicKey, publicOf } from "./keys.ts";
export { NotRead, parse as read, print } from "./language/index.ts";
export { CONTRACT, Manifest, ModuleName, publisherOf, Version } from "./manifest.ts";
export {
  checkModule,
  defineModule,
  Module,
  type ModuleInput,
  moduleSchema,
  NotACompliantModule,
  openPackage,
  sealPackage,
  type VerifiedPackage,
} from "./module.ts";
export { Part, type PartKind } from "./parts.ts";
export { openParty, Party, sealParty } from "./party.ts";
export { Price } from "./price.ts";
export { inLang, langOfWords, Words } from "./words.ts";
