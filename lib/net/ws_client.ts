// @ts-types="./ws_client.d.ts"
export { WebSocket } from "ws";
