/**
 * Imported for its effect, before onnxruntime-web: in a Worker that was loaded from a file, `location.origin` is
 * `"null"`, on which that package builds a URL that is none. Without a `location`, as on the main thread, it works.
 *
 * @module
 */
Reflect.deleteProperty(globalThis, "location");
