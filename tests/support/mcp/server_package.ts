// One module for the package that peers of tests are made with, so that its version stands in one place.
export { Server, WebStandardStreamableHTTPServerTransport } from "npm:@modelcontextprotocol/server@2.4.0";
export { StdioServerTransport } from "npm:@modelcontextprotocol/server@2.4.0/stdio";
