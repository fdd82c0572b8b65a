import { invalid } from "../../../shared/errors.ts";
import type { Here } from "../../../shared/here.ts";
import type { SourceName, TokenOrder, TokenSource } from "../token-source.ts";
import { amountBits, exactParts } from "./sts/amount.ts";
import { nextIdentifier } from "./sts/identifier.ts";
import { decoderKey, testVendingKey } from "./sts/key.ts";
import { creditToken } from "./sts/tokens.ts";

/**
 * The city's source of this name.
 * @throws {Fault} unavailable, when the city has none
 */
export async function sourceFor(here: Here, name: SourceName): Promise<TokenSource> {
  if (name !== "sts" || !here.city.isSynthetic) throw invalid("#/meter/source", "This city has no source of tokens.");
  return { issue };
}

async function issue({ meter, wants, at, count }: TokenOrder) {
  if (meter.source !== "sts" || wants.kind !== "credit") throw invalid("#/wants", "Credit tokens alone, so far.");
  const key = decoderKey(testVendingKey(meter.key), meter.number, meter.key);
  let last: number | undefined;
  const digits = exactParts(wants.tenths).map((tenths) => {
    last = nextIdentifier(meter.key.baseYear, new Date(at), last);
    return creditToken(key, meter.resource, { random: count % 16, identifier: last }, amountBits(tenths)!);
  });
  return { digits, isTest: true };
}
