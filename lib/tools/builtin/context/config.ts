import { z } from "zod";
import { httpUrl, peerTlsConfig } from "../../../net/mod.ts";
import { secretSource } from "../../../secrets/mod.ts";
import { headerFaults, secretFaults } from "../header_faults.ts";
import { placeholdersIn } from "../placeholders.ts";

/** The `agents.NAME.context` block of the config. */
export const promptContextConfig = z.strictObject({
  url: httpUrl.describe(
    "an address that answers with text, or with JSON such as { code: 0, data: {} }; it is told the device in the header " +
      "Device-Id",
  ),
  headers: z.record(z.string().min(1), z.string()).default({})
    .describe('what the headers are besides the usual ones, such as { Authorization: "Bearer {key}" }'),
  secrets: z.record(z.string().min(1), secretSource).default({})
    .describe(
      "secrets by the names of their placeholders: { key: { env: NAME } } is put in where {key} stands",
    ),
  tls: peerTlsConfig.optional().describe("how the certificate of the host is checked"),
}).superRefine(({ headers, secrets }, { addIssue }) => {
  const names = Object.keys(secrets);
  for (const message of headerFaults(headers, names)) {
    addIssue({ code: "custom", path: ["headers"], message });
  }
  for (const message of secretFaults(names, placeholdersIn(headers))) {
    addIssue({ code: "custom", path: ["secrets"], message });
  }
});

/** The checked block. */
export type PromptContextConfig = z.output<typeof promptContextConfig>;
