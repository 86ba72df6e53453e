import { assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { issueToken, verifyToken } from "../../../lib/server/auth/device_token.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";
const DEVICE = { deviceId: "02:00:00:aa:bb:cc", clientId: "7b1f9f0e-0000-4000-8000-000000000001" };
const NOW_MS = 1_700_000_000_000;
/** Made with the convention of the firmware's own servers, by another program. */
const GOLDEN = "ICzotpFva_kHT3RJLT0RULTzDvPAwgeSAKvCEVCrUNE.1700000000";
const LIFE = { lifeMs: 60_000, nowMs: NOW_MS };

test("a token is the one that the firmware's own servers make", () => {
  assertEquals(issueToken(KEY, DEVICE, NOW_MS + 999), GOLDEN);
  assertEquals(verifyToken(GOLDEN, DEVICE, { keys: [KEY], ...LIFE }), "valid");
});

test("a token counts for its device only, under any of the keys, until it is too old", () => {
  const keys = [OTHER, KEY];
  const verdict = (changes: object, token = GOLDEN) =>
    verifyToken(token, { ...DEVICE, ...changes }, { keys, ...LIFE });
  assertEquals(verdict({}), "valid");
  assertEquals(verdict({ deviceId: "02:00:00:aa:bb:cd" }), "invalid");
  assertEquals(verdict({ clientId: undefined }), "invalid");
  assertEquals(verifyToken(GOLDEN, DEVICE, { keys: [OTHER], ...LIFE }), "invalid");
  assertEquals(verdict({}, GOLDEN.replace(".1700000000", ".1700000001")), "invalid", "another time");
  const at = (nowMs: number) => verifyToken(GOLDEN, DEVICE, { keys, lifeMs: 60_000, nowMs });
  assertEquals([at(NOW_MS + 60_000), at(NOW_MS + 60_001)], ["valid", "expired"]);
  assertEquals(at(0), "valid", "the clock was set back");
});

test("two devices never share a token because of how their ids are joined", () => {
  const split = { deviceId: "b|c", clientId: "a" };
  assertEquals(assertThrows(() => issueToken(KEY, split, NOW_MS), EarshotError).code, "auth.not_approved");
  const token = issueToken(KEY, { deviceId: "c", clientId: "ab" }, NOW_MS);
  assertEquals(verifyToken(token, split, { keys: [KEY], ...LIFE }), "invalid");
});

test("whatever is shown as a token is an answer, and never a yes", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 120 }), (token) => {
    assertEquals(verifyToken(token, DEVICE, { keys: [KEY], ...LIFE }), "invalid");
  }));
  const chars = fc.constantFrom(..."ABCabc019-_.");
  fc.assert(fc.property(fc.nat(GOLDEN.length - 1), chars, (at, char) => {
    const token = GOLDEN.slice(0, at) + char + GOLDEN.slice(at + 1);
    assertEquals(verifyToken(token, DEVICE, { keys: [KEY], ...LIFE }) === "valid", token === GOLDEN);
  }));
});
