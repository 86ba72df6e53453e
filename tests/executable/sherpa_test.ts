import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { printBillOfMaterials, printNotices } from "../../.ci/compile/printings.ts";
import { SHERPA_TERMS, sherpaComponents, sherpaFiles, sherpaFor } from "../../.ci/compile/sherpa.ts";
import { findTarget, TARGETS } from "../../.ci/compile/targets.ts";
import { SHERPA_LIBRARIES } from "../../lib/engine/inference/sherpa_embedded.ts";
import { SHERPA_LIBRARY, sherpaLibrary } from "../../lib/models/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");

/** The targets that have an answer, and the names of what is carried. */
const CARRIED = ["sherpa-onnx.node", "libsherpa-onnx-c-api.so", "libonnxruntime.so"];

test("sherpa-onnx goes into an executable for Linux, and is refused in words for another", () => {
  for (const target of Object.values(TARGETS)) {
    if (target.triple.includes("linux")) {
      const { addon, api, runtime } = sherpaFor(target)[SHERPA_LIBRARY].files;
      assertEquals([addon.name, api.name, runtime.name], CARRIED);
      assertEquals<readonly string[]>(SHERPA_LIBRARIES, [runtime.name, api.name]);
    } else {
      const { message } = assertThrows(() => sherpaFor(target), RangeError);
      assertStringIncludes(message, `for ${target.triple}: only those for Linux can carry it`);
    }
  }
  const package_ = (name: string) => sherpaFor(findTarget(name))[SHERPA_LIBRARY].source.package;
  assertEquals(package_("linux-x64"), "sherpa-onnx-linux-x64");
  assertEquals(package_("linux-arm64"), "sherpa-onnx-linux-arm64");
});

test("what is packed of sherpa-onnx is verified, and called what the model store asks for", async () => {
  const { source } = sherpaLibrary()?.[SHERPA_LIBRARY] ?? {};
  const target = findTarget();
  if (source === undefined || target.assets !== "pack") return;
  const require = createRequire(import.meta.resolve("npm:sherpa-onnx-node@1.13.8/types.js"));
  const folder = dirname(require.resolve(source.package));
  await withTempDir(async (dir) => {
    const place = `${dir}/${target.triple}/${SHERPA_LIBRARY}`;
    await Deno.mkdir(place, { recursive: true });
    for (const name of CARRIED) await Deno.copyFile(`${folder}/${name}`, `${place}/${name}`);
    assertEquals(
      await sherpaFiles(target, dir),
      CARRIED.map((name) => ({ name: `models/${SHERPA_LIBRARY}/${name}`, path: `${place}/${name}` })),
    );
  });
});

test("an executable with sherpa-onnx names espeak-ng, its license, and what that means for who passes it on", async () => {
  const components = await sherpaComponents(findTarget("linux-x64"), ROOT, (holder) => `MIT, ${holder}`);
  const subject = { version: "0.1.0", commit: "c", target: "t", committedAt: "2026-01-01T00:00:00Z" };
  const bom: { components: Record<string, unknown>[] } = JSON.parse(
    printBillOfMaterials(components, subject),
  );
  assertEquals(bom.components.map(({ name, licenses, description }) => [name, licenses, description]), [
    ["sherpa-onnx", [{ expression: "Apache-2.0" }], undefined],
    ["espeak-ng", [{ expression: "GPL-3.0-or-later" }], SHERPA_TERMS],
    ["onnxruntime", [{ expression: "MIT" }], undefined],
  ]);
  const notices = printNotices(components, "Copyright Earshot");
  assertStringIncludes(notices, `espeak-ng in sherpa-onnx 1.13.8 (GPL-3.0-or-later)`);
  for (
    const text of [
      SHERPA_TERMS,
      "GNU GENERAL PUBLIC LICENSE\n",
      "Apache License\n",
      "MIT, Microsoft Corporation",
    ]
  ) {
    assertStringIncludes(notices, text);
  }
});
