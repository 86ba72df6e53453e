import source module from "@evan/opus/wasm/simd.wasm";
export default module;
