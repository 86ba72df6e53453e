import { assertEquals, assertNotEquals } from "@std/assert";
import { doubaoAccountFault, doubaoHeaders } from "../../../lib/service/mod.ts";
import { test } from "../../support/test.ts";

test("the keys of either console are enough, and half of the old ones are not", () => {
  assertEquals(doubaoAccountFault({ apiKey: "k" }), undefined);
  assertEquals(doubaoAccountFault({ appKey: "a", accessToken: "t" }), undefined);
  for (const account of [{}, { appKey: "a" }, { accessToken: "t" }]) {
    assertEquals(doubaoAccountFault(account), "give apiKey, or appKey and accessToken");
  }
});

test("each console has its headers, with an id that is fresh", () => {
  const { "X-Api-Request-Id": request = "", ...own } = doubaoHeaders({ apiKey: "k", appKey: "a" }, "r");
  assertEquals(own, { "X-Api-Key": "k", "X-Api-Resource-Id": "r", "X-Api-Sequence": "-1" });
  const account = { appKey: "a", accessToken: "t" };
  const { "X-Api-Connect-Id": connect = "", ...old } = doubaoHeaders(account, "r");
  assertEquals(old, {
    "X-Api-App-Id": "a",
    "X-Api-App-Key": "a",
    "X-Api-Access-Key": "t",
    "X-Api-Resource-Id": "r",
  });
  for (const id of [request, connect]) assertEquals(/^[\da-f-]{36}$/.test(id), true);
  assertNotEquals(doubaoHeaders(account, "r")["X-Api-Connect-Id"], connect);
});
