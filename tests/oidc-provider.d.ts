declare module "oidc-provider" {
  /** As much of it as the tests use. */
  export default class Provider {
    constructor(issuer: string, configuration: object);
    Client: { prototype: { redirectUriAllowed(uri: string): boolean } };
    callback(): (request: unknown, response: unknown) => void;
  }
}
