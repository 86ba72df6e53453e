/**
 * Loads the library that ONNX Runtime's addon is linked against. An executable made by `deno compile` unpacks
 * an addon by itself, without what lies next to it; but a library of that name which is already loaded is found.
 * It stays loaded for the life of the process.
 */
if (Deno.build.standalone && Deno.build.os === "linux") {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const packageEntry = import.meta.resolve("npm:onnxruntime-node@1.27.0");
  Deno.dlopen(new URL(`../bin/napi-v6/linux/${arch}/libonnxruntime.so.1`, packageEntry), {
    OrtGetApiBase: { parameters: [], result: "pointer" },
  });
}
