/**
 * The executable that `deno task compile` makes: what it carries besides its code, and what it was made from. In a
 * checkout it carries nothing.
 *
 * @module
 */
export { type BuildInfo, buildInfo } from "./build_info.ts";
export {
  embeddedPath,
  embeddedSlice,
  type FileSlice,
  isEmbeddedPath,
  readPack,
  readSlice,
  readWhole,
  sliceAt,
} from "./embedded_files.ts";
export { type HeldPermissions, heldPermissions, permissionWords } from "./held_permissions.ts";
export { billOfMaterials, licenseNotices } from "./notices.ts";
