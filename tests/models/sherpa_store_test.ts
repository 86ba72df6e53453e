import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ModelStore } from "../../lib/app/mod.ts";
import { resolveSherpa } from "../../lib/models/sherpa_store.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { SHERPA_LIBRARY, sherpaLibrary } from "../../lib/models/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

test("an executable loads sherpa-onnx from beside the weights, whole or not at all, and says what fetches it", async () => {
  const { source, files } = sherpaLibrary()?.[SHERPA_LIBRARY] ?? {};
  if (source === undefined || files === undefined) return;
  const require = createRequire(import.meta.resolve("npm:sherpa-onnx-node@1.13.8/types.js"));
  const folder = dirname(require.resolve(source.package));
  await withTempDir(async (dir) => {
    const store = new ModelStore({ dir });
    const refusal = async () => {
      const error = await assertRejects(() => resolveSherpa(store, "mine"), EarshotError);
      assertEquals(error.code, "model.missing");
      assertStringIncludes(error.message, "earshot models pull mine");
    };
    await refusal();
    const place = join(dir, SHERPA_LIBRARY);
    await Deno.mkdir(place);
    for (const { name } of Object.values(files)) await Deno.copyFile(join(folder, name), join(place, name));
    assertEquals(await resolveSherpa(store, "mine"), join(place, files.addon.name));
    await Deno.truncate(join(place, files.runtime.name), 1_000);
    await refusal();
  });
});
