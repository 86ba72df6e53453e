/**
 * Standard errors: the error class, and the catalog that says what each code means to each reader.
 *
 * @module
 */
export { CATALOG, type CatalogEntry, type ErrorCode, EXIT } from "./catalog.ts";
export { EarshotError, type EarshotErrorOptions } from "./earshot_error.ts";
