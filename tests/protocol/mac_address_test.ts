import { assertEquals } from "@std/assert";
import { normalizeMac } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

test("normalizeMac: one address in any notation is one text", () => {
  for (
    const text of [
      "02:00:0a:bb:cc:0d",
      "02-00-0A-BB-CC-0D",
      "02_00_0a_bb_cc_0d",
      "02 00 0a bb cc 0d",
      "02.00.0a.bb.cc.0d",
      "0200.0abb.cc0d",
      "0200-0ABB-CC0D",
      "02000a-bbcc0d",
      "02000ABBCC0D",
      " 2:0:a:bb:cc:d ",
    ]
  ) {
    assertEquals(normalizeMac(text), "02:00:0a:bb:cc:0d", text);
  }
});

test("normalizeMac: what is no address is not made one", () => {
  for (
    const text of [
      "",
      "esp32",
      "02:00:00:aa:bb",
      "02:00:00:aa:bb:cc:dd",
      "02:00-00:aa:bb:cc",
      "02:00:00:aa:bb:gg",
      "0200000aabbcc",
      "00000000-0000-4000-8000-000000000001",
    ]
  ) {
    assertEquals(normalizeMac(text), undefined, text);
  }
});
