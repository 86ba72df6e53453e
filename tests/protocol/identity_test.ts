import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { readIdentity } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

const PLAIN = { frameVersion: 1, viaGateway: false } as const;

function read(query: string, headers: Record<string, string> = {}): unknown {
  return readIdentity(new URL(`ws://box:8000/xiaozhi/v1/${query}`), new Headers(headers));
}

test("the headers of firmware are read", () => {
  const headers = {
    "Authorization": "Bearer abc.123",
    "Protocol-Version": "3",
    "Device-Id": "AA:bb:cc:DD:ee:0f",
    "Client-Id": "0B6E2C5A-8f2e",
  };
  assertEquals(read("", headers), {
    deviceId: "aa:bb:cc:dd:ee:0f",
    clientId: "0B6E2C5A-8f2e",
    token: "abc.123",
    frameVersion: 3,
    viaGateway: false,
  });
});

test("a browser's query parameters are read, headers come first", () => {
  const query = "?device-id=Web_Client&client-id=c1&authorization=Bearer+t1&protocol-version=2";
  assertEquals(read(query), {
    deviceId: "Web_Client",
    clientId: "c1",
    token: "t1",
    frameVersion: 2,
    viaGateway: false,
  });
  assertEquals(read("?device-id=query", { "Device-Id": "header" }), { ...PLAIN, deviceId: "header" });
  assertEquals(read("?device-id=query", { "Device-Id": " " }), { ...PLAIN, deviceId: "query" });
});

test("the query may use any usual spelling of a name, and other words for the token", () => {
  for (const query of ["?device_id=d&client_id=c", "?deviceId=d&clientId=c", "?DEVICE-ID=d&Client_Id=c"]) {
    assertEquals(read(query), { ...PLAIN, deviceId: "d", clientId: "c" }, query);
  }
  for (const name of ["authorization", "token", "access_token", "accessToken", "TOKEN", "Access-Token"]) {
    assertEquals(read(`?${name}=Bearer%20t`), { ...PLAIN, token: "t" }, name);
  }
  assertEquals(read("?token=a&authorization=b"), { ...PLAIN, token: "b" });
  assertEquals(read("?token=a&device_id=q", { Authorization: "Bearer h", "Device-Id": "h" }), {
    ...PLAIN,
    token: "h",
    deviceId: "h",
  });
  assertEquals(read("?device-id=first&device-id=second"), { ...PLAIN, deviceId: "first" });
});

test("an address is the same device in any notation", () => {
  const notations = [
    "AA:BB:CC:0D:EE:0F",
    "aa-bb-cc-0d-ee-0f",
    "aabb.cc0d.ee0f",
    "aabbcc0dee0f",
    "AABBCC-0DEE0F",
    "aa_bb_cc_0d_ee_0f",
    "aa:bb:cc:d:ee:f",
    " aa bb cc 0d ee 0f ",
  ];
  for (const notation of notations) {
    const query = `?device-id=${encodeURIComponent(notation)}`;
    assertEquals(read(query), { ...PLAIN, deviceId: "aa:bb:cc:0d:ee:0f" }, notation);
  }
});

test("a token is read with, without and with another scheme", () => {
  assertEquals(read("", { Authorization: "bearer  t" }), { ...PLAIN, token: "t" });
  assertEquals(read("", { Authorization: "t" }), { ...PLAIN, token: "t" });
  assertEquals(read("", { Authorization: "Token t" }), { ...PLAIN, token: "Token t" });
  assertEquals(read("", { Authorization: "Bearer " + "x".repeat(5_000) }), PLAIN);
  assertEquals(read("?authorization=a%0Ab"), PLAIN);
});

test("an odd version is version 1", () => {
  for (const version of ["", "0", "7", "two", "2.0", "-3", "33"]) {
    assertEquals(read("", { "Protocol-Version": version }), PLAIN);
  }
});

test("ids that cannot be one are as good as absent", () => {
  assertEquals(read(`?device-id=${"x".repeat(129)}`), PLAIN);
  assertEquals(read("?device-id=a%0Ab&client-id=%00"), PLAIN);
  assertEquals(read("?device-id=%E4%BD%A0"), PLAIN);
});

test("the gateway's frames are its own, whatever version it announces", () => {
  const identity = read("?from=mqtt_gateway", { "Protocol-Version": "1" });
  assertEquals(identity, { frameVersion: "gateway", viaGateway: true });
});

test("arbitrary queries never throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (query) => {
    const identity = readIdentity(new URL(`ws://box/?device-id=${query}`), new Headers());
    assertEquals((identity.deviceId ?? "").length <= 128, true);
  }));
});
