import { EarshotError } from "../../errors/mod.ts";
import type { LlmProvider } from "../../llm/mod.ts";
import { lookAtPhoto } from "../../server/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import type { VisionConfig } from "../../tools/mod.ts";
import { checkedAnswerer } from "./checked_answerer.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

/** A red square of 64 pixels as a JPEG: some services take nothing below 28. */
const RED_SQUARE = Uint8Array.fromBase64(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO" +
    "UlNSMj5aYVpQYEpRUk8BDg4OExETJhUVJk81LTVPT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P" +
    "T09PT//AABEIAEAAQAMBEQACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQEC" +
    "AwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm" +
    "Z2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq" +
    "8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIy" +
    "gQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SF" +
    "hoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEA" +
    "AhEDEQA/AMKvOPsQoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgA" +
    "oAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgAoAKACgD/AP/Z",
);

/** Has a language model look at a small picture, as it will look at photos; whatever it sees there is well. */
export async function checkVision(
  provider: LlmProvider,
  { block, vision, language, signal }: {
    /** Its block of the config. */
    readonly block: ServiceBlock;
    /** How it shall look. */
    readonly vision: VisionConfig;
    /** The language (BCP 47) that it is asked in. */
    readonly language: string;
    readonly signal: AbortSignal;
  },
): Promise<ServiceReport> {
  const service = "tools.vision";
  const checked = checkedAnswerer(provider, block);
  try {
    const image = { mimeType: "image/jpeg", data: RED_SQUARE } as const;
    const question = language.startsWith("zh") ? "这是什么颜色？" : "What color is this?";
    const looker = { ...vision, answerer: checked.answerer };
    await lookAtPhoto(looker, { image, question, language, deviceId: "check" }, signal);
    const { firstTokenMs } = checked;
    return {
      service,
      ok: true,
      reachable: "yes",
      authorized: "yes",
      ...(firstTokenMs !== undefined && { firstTokenMs }),
    };
  } catch (thrown) {
    const error = EarshotError.from(thrown, "llm.failed");
    if (signal.aborted) throw error;
    return failedReport(service, error);
  }
}
