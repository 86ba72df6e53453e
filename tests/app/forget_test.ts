import { assertEquals } from "@std/assert";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { test } from "../support/test.ts";

test("what is erased of a device is forgotten by its language models too", async () => {
  await using gateway = new AnsweringGateway();
  await gateway.gateway.listening;
  await gateway.erase("02:00:00:00:00:01");
  assertEquals(gateway.llm.forgotten, ["02:00:00:00:00:01"]);
});
