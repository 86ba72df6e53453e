/** A bare server that sends each packet back as it is. */
import { serveBare } from "./bare_server.ts";

const ready = Promise.resolve();

await serveBare((socket) => ({ ready, packet: (bytes) => socket.send(bytes), gone: () => {} }));
