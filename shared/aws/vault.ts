import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import type { Vault } from "../ports.ts";

/**
 * Wraps secrets by KMS. The encryption context names owner and purpose, and the roles' policies admit only their own:
 * one city's credentials cannot unwrap another's, nor a function without the right the payment secrets.
 */
export function kmsVault(KeyId: string, credentials: AwsCredentialIdentityProvider | undefined): Vault {
  const kms = new KMSClient(credentials ? { credentials } : {});
  const context = (owner: string, purpose: string) => ({ city: owner, purpose });
  return {
    async newSecret(owner, purpose) {
      const made = await kms.send(
        new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext: context(owner, purpose) }),
      );
      if (!made.Plaintext || !made.CiphertextBlob) throw new Error("KMS made no key");
      return { secret: made.Plaintext, wrapped: made.CiphertextBlob };
    },
    async unwrap(owner, purpose, wrapped) {
      const opened = await kms.send(
        new DecryptCommand({ KeyId, CiphertextBlob: wrapped, EncryptionContext: context(owner, purpose) }),
      );
      if (!opened.Plaintext) throw new Error("KMS opened nothing");
      return opened.Plaintext;
    },
  };
}
