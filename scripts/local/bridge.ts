/**
 * WebSocket → TCP, so that the Neon driver reaches a local Postgres. For the loopback only: it forwards to one fixed server, whatever
 * address the client asks for, and turns away browsers.
 */
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

export interface Bridge {
  /** `host:port/path` as the driver's `wsProxy` wants it. */
  wsProxy: string;
  close: () => Promise<void>;
}

/** 8 MB unsent is eight of the largest statements; below 1 MB the database may go on. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
const UNSENT_BYTES_RESUME = 1024 * 1024;
/** Postgres refuses a message above 1 GB; ours stay below 2 MB. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

export async function startBridge(postgres: { port: number }): Promise<Bridge> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    // A web page always sends Origin, the Worker never does: no page a developer visits may reach the database.
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.origin === undefined,
  });
  server.on("connection", (socket) => forward(socket, postgres.port));
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The bridge listens on no port.");
  return { wsProxy: `127.0.0.1:${address.port}/v2`, close: () => closeBridge(server) };
}

function forward(socket: WebSocket, port: number): void {
  const database = connect({ host: "127.0.0.1", port, noDelay: true });
  const hangUp = () => database.destroy();

  socket.on("message", (message) => {
    if (database.write(bytesOf(message))) return;
    socket.pause();
    database.once("drain", () => socket.resume());
  });
  socket.on("close", hangUp);
  socket.on("error", hangUp);

  database.on("data", (bytes) => {
    socket.send(bytes, { binary: true }, (error) => {
      if (error) hangUp();
    });
    if (socket.bufferedAmount > UNSENT_BYTES_MAX) void pauseUntilSent();
  });
  // Without this listener a refused or reset connection would end the whole process.
  database.on("error", () => socket.close());
  database.on("close", () => socket.close());

  async function pauseUntilSent(): Promise<void> {
    database.pause();
    while (socket.readyState === socket.OPEN && socket.bufferedAmount > UNSENT_BYTES_RESUME) await wait(5);
    database.resume();
  }
}

function bytesOf(message: RawData): Uint8Array {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message;
}

function closeBridge(server: WebSocketServer): Promise<void> {
  for (const client of server.clients) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
}
