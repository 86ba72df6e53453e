import { z } from "zod";
import { defineToolServer, readTexts, textOrSecret, type ToolServerType } from "../define_tool_server.ts";

const envName = z.string().regex(/^[A-Za-z_]\w*$/, "give the name of an environment variable");

/** A program on this machine that speaks MCP on its standard input and output. */
export const stdio: ToolServerType = defineToolServer({
  type: "stdio",
  about: "a program that speaks MCP on its standard input and output, run in a process of its own",
  config: {
    command: z.array(z.string().min(1)).min(1).max(256).describe(
      "the program and its arguments, each a word of its own; no shell reads them",
    ),
    env: z.record(envName, textOrSecret).default({}).describe(
      "its environment, besides PATH and HOME; nothing else of ours is passed on",
    ),
    cwd: z.string().min(1).optional().describe("the folder that it runs in; without it that of Earshot"),
  },
  remote: false,
  startTimeoutMs: 120_000,
  check: ({ command, env }, problem) => {
    if (command[0]?.includes("=")) {
      problem("command", "the name of a program has no =; variables go into env");
    }
    const loaded = Object.keys(env).find((name) => /^(LD|DYLD)_/.test(name));
    if (loaded !== undefined) problem("env", `${loaded} changes what programs load, and is not passed on`);
  },
  open: async ({ command, env, cwd }, { secret, server, process }) =>
    process().connect({
      server,
      command,
      env: await readTexts("env", env, secret),
      ...(cwd !== undefined && { cwd }),
    }),
});
