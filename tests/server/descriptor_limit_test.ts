import { assertEquals } from "@std/assert";
import { parseLimits, readDescriptorLimit } from "../../lib/server/descriptor_limit.ts";
import { test } from "../support/test.ts";

const LIMITS = (soft: string) =>
  [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max core file size        0                    unlimited            bytes     ",
    `Max open files            ${soft.padEnd(21)}20000                files     `,
    "Max locked memory         8388608              8388608              bytes     ",
  ].join("\n");

test("the soft limit counts; no limit is none", () => {
  assertEquals(["1024", "unlimited", "x"].map((soft) => parseLimits(LIMITS(soft))), [
    1_024,
    undefined,
    undefined,
  ]);
  assertEquals(parseLimits(""), undefined);
});

test("the limit of this process is the one that its shell sees", async () => {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).output();
  const shell = new TextDecoder().decode(stdout).trim();
  assertEquals(readDescriptorLimit(), shell === "unlimited" ? undefined : Number(shell));
}, { ignore: Deno.build.os === "windows" });
