import type { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { EarshotError } from "../../errors/mod.ts";
import type { TlsCertificate } from "../tls.ts";

/** The first Deno whose `TLSSocket` can be the server's end of a connection. */
const FIRST_VERSION = [2, 8] as const;

/**
 * Encrypts connections that were accepted by `node:net`, so that one which never finishes its handshake is ours to
 * end like any other.
 *
 * @throws {EarshotError} `server.tls` on a Deno that cannot.
 */
export function encrypter({ cert, key }: TlsCertificate): (socket: Socket) => Socket {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  if (major < FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor < FIRST_VERSION[1])) {
    throw new EarshotError(
      "server.tls",
      `Cannot encrypt with server.engine ws on Deno ${Deno.version.deno}: it takes Deno ${
        FIRST_VERSION.join(".")
      }, ` +
        "or server.engine deno",
    );
  }
  const secureContext = createSecureContext({ cert, key });
  return (socket) => {
    const encrypted = new TLSSocket(socket, { isServer: true, secureContext });
    // Either end takes the other with it; an error is told by the encrypted one.
    socket.on("error", () => {});
    socket.on("close", () => encrypted.destroy());
    encrypted.on("close", () => socket.destroy());
    return encrypted;
  };
}
