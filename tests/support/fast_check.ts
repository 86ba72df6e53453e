// Not in the import map: `deno task` downloads all that the map names, and a newcomer's demo needs no test library.
// deno-lint-ignore no-import-prefix
export { default } from "npm:fast-check@4.10.2";
