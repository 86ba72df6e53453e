/** libopus, compiled once; a JavaScript file imports it, since TypeScript does not know `import source` yet. */
declare const module: WebAssembly.Module;
export default module;
