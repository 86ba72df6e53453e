import { assertEquals, assertStringIncludes } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { test } from "../../support/test.ts";

test("/tools/: what is wrong with a request is told, and nobody without a token learns of a device", async () => {
  await using gateway = new AnsweringGateway();
  await gateway.gateway.listening;
  const headers = { authorization: "Bearer canary-operator" };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(gateway.http(`/tools/${path}`), { headers, ...init });
    return [response.status, await response.text()] as const;
  };
  for (const path of ["", "%", "%zz"]) {
    const [status, words] = await ask(path);
    assertEquals(status, 400, path);
    assertStringIncludes(words, "give its id below /tools/");
  }
  assertEquals((await ask("02:00:00:00:00:09"))[0], 404);
  assertEquals((await ask("02:00:00:00:00:09", { headers: {} }))[0], 403);
});
