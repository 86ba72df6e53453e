import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readPrompts } from "../../lib/app/prompts.ts";
import { EarshotError, EXIT } from "../../lib/errors/mod.ts";
import { runEarshot } from "../support/cli.ts";
import { test } from "../support/test.ts";

async function withFile(bytes: Uint8Array, use: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    await Deno.writeFile(file, bytes);
    await use(file);
  } finally {
    await Deno.remove(file);
  }
}

const agentsOf = (file: string) => [{ name: "kids", prompt: { file } }, {
  name: "default",
  prompt: "Be short.",
}];

async function refusal(file: string): Promise<string> {
  const error = await assertRejects(() => readPrompts(agentsOf(file)), EarshotError);
  assertEquals(error.code, "config.invalid");
  assertStringIncludes(error.message, `agents.kids.prompt.file: ${file}`);
  return error.message;
}

test("readPrompts: what a file says, without the blanks around it; other prompts are left to the config", async () => {
  await withFile(new TextEncoder().encode("\n Speak as a pirate. 说中文。\n"), async (file) => {
    assertEquals([...await readPrompts(agentsOf(file))], [["kids", "Speak as a pirate. 说中文。"]]);
  });
});

test("readPrompts: a missing file, a folder, bytes that are no text, and one too long are refused by name", async () => {
  assertStringIncludes(await refusal("/nowhere/prompt.txt"), "there is no such file");
  await refusal(Deno.cwd());
  await withFile(Uint8Array.of(0xff, 0xfe, 0x00), async (file) => {
    assertStringIncludes(await refusal(file), "no text in UTF-8");
  });
  await withFile(new Uint8Array(131_073).fill(97), async (file) => {
    assertStringIncludes(await refusal(file), "more than 131072 bytes");
  });
});

test("serve and check: a missing prompt file is told by its key, and nothing is started", async () => {
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(config, "agents:\n  default: { prompt: { file: /nowhere/prompt.txt } }\n");
    for (const command of ["serve", "check"]) {
      const { code, stdout, stderr } = await runEarshot([command, "--config", config, "--port", "0"].slice(
        0,
        command === "serve" ? undefined : 3,
      ));
      const said = `${command}: ${stdout}${stderr}`;
      assertEquals(code, EXIT.config, said);
      assertStringIncludes(said, "agents.default.prompt.file");
      assertStringIncludes(said, "there is no such file");
    }
  } finally {
    await Deno.remove(config);
  }
});
