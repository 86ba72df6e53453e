import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import type { HttpRefusal } from "../../net/mod.ts";
import { jsonOf } from "../read_reply.ts";
import { refusalError, serviceError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

/** What the service's codes mean; others of 55… say that it is busy. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  40402003: "bad_input",
  45000001: "config",
  45000010: "auth",
  45000030: "quota",
  45000081: "disconnected",
  45000151: "bad_input",
};
/** A quota: spent for a voice, too many streams at once for recognition, unless its words say which. */
const QUOTA = 45000292;
/** Codes of several faults, which only their words tell apart. */
const SHARED: ReadonlySet<number> = new Set([45000000, QUOTA, 55000000]);

/** What the service's words mean, where its code does not say it; the first that fits. */
const WORDS: readonly (readonly [words: RegExp, meaning: ServiceFault])[] = [
  [/_lifetime\b/i, "quota"],
  [/types: concurrency\b/i, "throttled"],
  [/\bload grant\b/i, "auth"],
  [/\bresource not granted\b/i, "quota"],
  [/\baccess denied\b/i, "config"],
  [/\bresource ID is mismatched\b/i, "config"],
];

/** What the service's own words say of a fault; `undefined` where they say nothing that is known. */
export function doubaoMeaningOf(words: string): ServiceFault | undefined {
  return WORDS.find(([known]) => known.test(words))?.[1];
}

/** What a code of the service's third version means, with what it says besides. */
export function doubaoFault(
  { family }: ServiceName,
  { code, words }: { readonly code: number; readonly words: string },
): ServiceFault {
  const told = SHARED.has(code) ? doubaoMeaningOf(words) : undefined;
  if (told !== undefined) return told;
  if (code === QUOTA) return family === "asr" ? "throttled" : "quota";
  return CODES[code] ?? (Math.floor(code / 1_000_000) === 55 ? "throttled" : "failed");
}

const refusedBody = z.union([
  z.looseObject({ code: z.int() }),
  z.looseObject({ header: z.looseObject({ code: z.int() }) }).transform(({ header }) => header),
]);

/** A refused request says why in its body, if at all; else a 403 is what was not bought. */
export function doubaoRefusal(service: ServiceName, refusal: HttpRefusal): EarshotError {
  const { status, body } = refusal;
  const code = refusedBody.safeParse(jsonOf(body)).data?.code;
  const facts = { detail: `it answered ${status} ${body}`, cause: refusal };
  if (code !== undefined) return serviceError(service, doubaoFault(service, { code, words: body }), facts);
  return status === 403 ? serviceError(service, "quota", facts) : refusalError(service, refusal);
}
