// Not in the import map: `deno task` downloads all that the map names, and a newcomer's demo needs no second client.
// deno-lint-ignore no-import-prefix
export { default } from "npm:openai@7.59.0";
