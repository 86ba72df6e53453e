import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { EarshotError } from "../../lib/errors/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import { readNpmSettings } from "../../lib/models/npm_settings.ts";
import { fetchTarball } from "../../lib/models/tarball_fetch.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";
import { packModel } from "./fake_registry.ts";

const { catalog } = await packModel();

/** A port of this machine where nobody listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A registry that takes connections and says nothing. */
class SilentRegistry implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #accepting = this.#accept();

  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#connections.push(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) connection.close();
  }
}

/** The npm context of a user whose `.npmrc` has these lines. */
function npmOf(home: string, lines: readonly string[]) {
  Deno.writeTextFileSync(join(home, ".npmrc"), lines.join("\n"));
  return { cwd: home, env: { HOME: home } };
}

interface Attempt {
  readonly error: EarshotError;
  readonly retries: readonly string[];
}

/** Fetches, with a short patience, what cannot be fetched. */
async function attempt(lines: readonly string[], contactMs: number): Promise<Attempt> {
  const retries: string[] = [];
  let error: EarshotError | undefined;
  await withTempDir(async (home) => {
    const options = {
      npm: npmOf(home, lines),
      signal: new AbortController().signal,
      onReceived: () => {},
      onRetry: (reason: string) => retries.push(reason),
      contactMs,
    };
    const source = catalog["fake"]?.source;
    assert(source !== undefined);
    error = await assertRejects(() => fetchTarball(source, join(home, "part"), options), EarshotError);
  });
  assert(error !== undefined);
  return { error, retries };
}

test("who has set nothing hears within 15 s that nobody answers, after two more tries, and what to do", async () => {
  await withTempDir(async (home) => {
    const npm = npmOf(home, [`registry=http://127.0.0.1:${closedPort()}/`]);
    const retries: string[] = [];
    const error = await assertRejects(
      () =>
        new ModelStore({ dir: join(home, "models"), catalog, npm }).pull(["fake"], {
          onProgress: (event) => event.type === "retrying" && retries.push(event.reason),
        }),
      EarshotError,
    );
    assertEquals(retries, ["ECONNREFUSED", "ECONNREFUSED"]);
    assertMatch(error.message, /ECONNREFUSED.*npm config get registry/);
    assertMatch(error.entry.remedy, /copy/);
  });
});

test("a registry that never answers is given up in time as well", async () => {
  await using registry = new SilentRegistry();
  const { error, retries } = await inTime(
    attempt([`registry=${registry.url}`], 300),
    "the end of the attempt",
  );
  assertEquals([error.code, retries], ["model.fetch", []]);
});

test("a pause before a retry is cut short too, and the failure before it is what is told", async () => {
  const { error, retries } = await attempt([`registry=http://127.0.0.1:${closedPort()}/`], 300);
  assertMatch(error.message, /ECONNREFUSED/);
  assertEquals(retries, ["ECONNREFUSED"]);
});

test("who has set npm's retries gets them, however long they take", async (t) => {
  const registry = `registry=http://127.0.0.1:${closedPort()}/`;
  const settings: Record<string, { lines: string[]; retries: number }> = {
    "retries": { lines: ["fetch-retries=1", "fetch-retry-mintimeout=400"], retries: 1 },
    "no retry": { lines: ["fetch-retries=0"], retries: 0 },
    "the first pause": { lines: ["fetch-retry-mintimeout=200", "fetch-retry-factor=1"], retries: 2 },
    "the longest pause alone, below our first": { lines: ["fetch-retry-maxtimeout=200"], retries: 2 },
    "the longest pause below the first": {
      lines: ["fetch-retry-mintimeout=60000", "fetch-retry-maxtimeout=200"],
      retries: 2,
    },
  };
  for (const [name, { lines, retries }] of Object.entries(settings)) {
    await t.step(name, async () => {
      const { error, retries: made } = await inTime(attempt([registry, ...lines], 100), "the last retry");
      assertMatch(error.message, /ECONNREFUSED/);
      assertEquals(made.length, retries);
    });
  }
});

test("npm's own settings are left as they are where the user chose them", async () => {
  await withTempDir(async (home) => {
    const chosen = ["fetch-retry-mintimeout=7000", "fetch-retry-factor=3", "fetch-retries=5"];
    const { retry, choosesWait } = await readNpmSettings(npmOf(home, chosen));
    assertEquals([retry.minTimeout, retry.factor, retry.retries, choosesWait], [7_000, 3, 5, true]);
    const untouched = await readNpmSettings(npmOf(home, []));
    assertEquals([untouched.retry.retries, untouched.choosesWait], [2, false]);
    const byEnvironment = await readNpmSettings({
      cwd: home,
      env: { HOME: home, npm_config_fetch_timeout: "90000" },
    });
    assertEquals(byEnvironment.choosesWait, true);
  });
});
