import { z } from "zod";
import { type SecretSource, secretSource } from "../../secrets/mod.ts";

/** The config keys of an account at Volcengine's speech services. */
export const doubaoKeys: {
  readonly apiKey: z.ZodOptional<z.ZodType<SecretSource>>;
  readonly appKey: z.ZodOptional<z.ZodString>;
  readonly accessToken: z.ZodOptional<z.ZodType<SecretSource>>;
} = {
  apiKey: secretSource.optional().describe("the API key, from the new console"),
  appKey: z.string().min(1).optional().describe("the app id, from the old console"),
  accessToken: secretSource.optional().describe("the access token, from the old console"),
};

/** The keys of an account, as they are in the config or once they are read. */
export interface DoubaoAccount<Secret = string> {
  /** From the new console. */
  readonly apiKey?: Secret | undefined;
  /** The app's id, from the old console. */
  readonly appKey?: string | undefined;
  /** From the old console. */
  readonly accessToken?: Secret | undefined;
}

/** What is wrong with the keys of an account, and what would be right: those of one console have to be there. */
export function doubaoAccountFault(
  { apiKey, appKey, accessToken }: DoubaoAccount<unknown>,
): string | undefined {
  if (apiKey !== undefined || (appKey !== undefined && accessToken !== undefined)) return undefined;
  return "give apiKey, or appKey and accessToken";
}

/** The headers that a request of an account bears, with an id that is fresh. */
export function doubaoHeaders(
  { apiKey, appKey = "", accessToken = "" }: DoubaoAccount,
  resourceId: string,
): Record<string, string> {
  const id = crypto.randomUUID();
  if (apiKey !== undefined) {
    return {
      "X-Api-Key": apiKey,
      "X-Api-Resource-Id": resourceId,
      "X-Api-Request-Id": id,
      "X-Api-Sequence": "-1",
    };
  }
  return {
    // The documentation has had both names of the app.
    "X-Api-App-Id": appKey,
    "X-Api-App-Key": appKey,
    "X-Api-Access-Key": accessToken,
    "X-Api-Resource-Id": resourceId,
    "X-Api-Connect-Id": id,
  };
}
