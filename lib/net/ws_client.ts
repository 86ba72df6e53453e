// @ts-types="./ws_client.d.ts"
export { WebSocket } from "ws";
export { tlsTrust } from "./tls_trust.ts";
