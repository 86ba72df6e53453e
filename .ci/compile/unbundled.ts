/**
 * Packages that stay what they are, each with what is needed of it. Native code and WASM have to be files where the
 * JavaScript looks for them. npm's connections, bundled, hang up at once on Deno 2.7; nobody knows why.
 *
 * @module
 */
export const UNBUNDLED: Readonly<Record<string, RegExp>> = {
  "@evan/opus": /^wasm\/simd\.wasm$/,
  "onnxruntime-node": /^dist\/\w+\.js$/,
  "onnxruntime-common": /^dist\/(cjs|esm)\/[\w-]+\.(js|json)$/,
  "@npmcli/agent": /^lib\/[\w-]+\.js$/,
  "agent-base": /^dist\/[\w-]+\.js$/,
  "debug": /^src\/\w+\.js$/,
  "http-proxy-agent": /^dist\/[\w-]+\.js$/,
  "https-proxy-agent": /^dist\/[\w-]+\.js$/,
  "ip-address": /^dist\/([\w-]+\/)*[\w.-]+\.(js|json)$/,
  "lru-cache": /^dist\/(commonjs|esm)\/((node\/)?[\w-]+(\.min)?\.js|package\.json)$/,
  "ms": /^index\.js$/,
  "proxy-agent-negotiate": /^dist\/[\w-]+\.js$/,
  "smart-buffer": /^build\/\w+\.js$/,
  "socks": /^build\/([\w-]+\/)*\w+\.js$/,
  "socks-proxy-agent": /^dist\/[\w-]+\.js$/,
};

/** The package that the bundler has to leave alone where another one imports it. */
export const EXTERNAL = "@npmcli/agent";

/** Whether a specifier of our code leads to one of these packages. */
export function isUnbundled(specifier: string): boolean {
  return specifier === EXTERNAL || /^(npm:onnxruntime-|@evan\/opus\/)/.test(specifier);
}
