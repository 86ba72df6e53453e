/**
 * The side of the tool servers of this executable; apart from the rest, since their process loads nothing else.
 *
 * @module
 */
export { runToolServers } from "../tools/servers/process/tool_servers_main.ts";
