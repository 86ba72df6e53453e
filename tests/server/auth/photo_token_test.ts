import { assertEquals } from "@std/assert";
import { issueToken, verifyToken } from "../../../lib/server/auth/device_token.ts";
import {
  issuePhotoToken,
  PHOTO_TOKEN_LIFE_MS,
  verifyPhotoToken,
} from "../../../lib/server/auth/photo_token.ts";
import { test } from "../../support/test.ts";

const KEY = "k".repeat(32);
const DEVICE = { deviceId: "02:00:00:aa:bb:cc", clientId: "c" };
const NOW = 1_800_000_000_000;

test("a token for photos is good for its device and its time, under each key that counts", () => {
  const token = issuePhotoToken(KEY, DEVICE, NOW);
  const verdict = (device = DEVICE, nowMs = NOW, keys = ["n".repeat(32), KEY]) =>
    verifyPhotoToken(token, device, { keys, nowMs });
  assertEquals(verdict(), "valid");
  assertEquals(verdict(DEVICE, NOW + PHOTO_TOKEN_LIFE_MS), "valid");
  assertEquals(verdict(DEVICE, NOW + PHOTO_TOKEN_LIFE_MS + 1), "expired");
  assertEquals(verdict({ ...DEVICE, clientId: "d" }), "invalid");
  assertEquals(verdict({ ...DEVICE, deviceId: "d" }), "invalid");
  assertEquals(verdict(DEVICE, NOW, ["n".repeat(32)]), "invalid");
});

test("a token for photos is none to connect with, and the other way round", () => {
  const [photo, device] = [issuePhotoToken(KEY, DEVICE, NOW), issueToken(KEY, DEVICE, NOW)];
  const options = { keys: [KEY], lifeMs: 1_000, nowMs: NOW };
  assertEquals([verifyToken(photo, DEVICE, options), verifyToken(device, DEVICE, options)], [
    "invalid",
    "valid",
  ]);
  assertEquals(verifyPhotoToken(device, DEVICE, options), "invalid");
});
