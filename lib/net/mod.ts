/**
 * Connections to other hosts: WebSocket, TCP and HTTP with a refusal's status and body, trust, request signing.
 *
 * @module
 */
export {
  type AnswerEvent,
  answerEvents,
  type AnswerLimits,
  answerLines,
  answerText,
  type HttpAnswer,
} from "./answer.ts";
export { httpUrl, mqttUrl, type PeerTlsConfig, peerTlsConfig, tcpUrl, webSocketUrl } from "./config.ts";
export {
  type Connection,
  type ConnectionHandlers,
  openOutboundSockets,
  type SocketEnd,
} from "./connection.ts";
export { connectError, hostOf } from "./connect_error.ts";
export { HttpClient } from "./http_client.ts";
export { HttpRefusal, safeDetail } from "./http_refusal.ts";
export type { HttpRequest } from "./http_request.ts";
export { isLocalUrl } from "./local_url.ts";
export { loadSockets, openSocket, type SocketRequest } from "./outbound_socket.ts";
export { openTcp, type TcpRequest } from "./outbound_tcp.ts";
export { loadStreams, type NodeStreams } from "./load_streams.ts";
export { type PeerTrust, readPeerTrust } from "./peer_trust.ts";
export { encodeRfc3986, hmacBase64 } from "./signature.ts";
