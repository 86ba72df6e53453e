/**
 * Standard errors: the error class, and the catalog that says what each code means to each reader.
 *
 * @module
 */
export { CATALOG, type ErrorCode } from "./catalog.ts";
export { type CatalogEntry, EXIT } from "./catalog_entry.ts";
export { EarshotError, type EarshotErrorOptions } from "./earshot_error.ts";
export { SERVICE_FAULTS, type ServiceFamily, type ServiceFault } from "./service_entries.ts";
