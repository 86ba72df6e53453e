import { assertEquals } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { earshot } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing;

/** Runs a command until it says `sign`, which it does before its models are loaded, and interrupts it then. */
async function interrupted(args: readonly string[], sign: string): Promise<{ code: number; said: string }> {
  const child = earshot(args).spawn();
  let said = "";
  let sent = false;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (sent || !said.includes(sign)) continue;
      sent = true;
      child.kill("SIGINT");
    }
  };
  const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  return { code, said };
}

/** Lines that tell of a fault. */
function faultsIn(said: string): string[] {
  return said.split("\n").filter((line) => /"level":"(WARN|ERROR|FATAL)|^earshot: |^ +at /.test(line));
}

test("a command that is interrupted while its models load ends without a word of a fault", async () => {
  await withConfig((config) =>
    withTempDir(async (data) => {
      const set = ["--config", config, "--data", data];
      const serve = await interrupted(
        ["serve", "--port", "0", "--hostname", "127.0.0.1", ...set],
        "stop     Ctrl-C",
      );
      assertEquals([serve.code, faultsIn(serve.said)], [EXIT.ok, []], serve.said);
      const check = await interrupted(["check", ...set], "config /");
      assertEquals([check.code, faultsIn(check.said)], [EXIT.interrupted, []], check.said);
    })
  );
}, { ignore });
