/** The bridge in front of the local database lets the Worker in and web pages not. */
import pg from "pg";
import { expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { startBridge } from "../../scripts/local/bridge.ts";
import { freePort } from "../../scripts/local/ports.ts";

it("a web page that a developer visits cannot reach the database", async () => {
  const address = `ws://${inject("db").wsProxy}`;

  expect(await outcome(new WebSocket(address, { origin: "https://elsewhere.test" }))).toBe("refused: Unexpected server response: 401");
  expect(await outcome(new WebSocket(address))).toBe("open");
});

it("the bridge leads to its own server, whatever address the client asks for", async () => {
  const socket = new WebSocket(`ws://${inject("db").wsProxy}?address=${encodeURIComponent("192.0.2.1:5432")}`);
  await new Promise((resolve) => socket.once("open", resolve));

  // SSLRequest (Postgres protocol 55.2.10): our server, which has no TLS, answers N.
  socket.send(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  const answer = await new Promise<string>((resolve) => socket.once("message", (bytes) => resolve(String(bytes))));
  socket.terminate();

  expect(answer).toBe("N");
});

it("a database that is gone closes the connection and leaves the bridge standing", async () => {
  const bridge = await startBridge({ port: await freePort() });

  const socket = new WebSocket(`ws://${bridge.wsProxy}`);
  await new Promise((resolve) => socket.once("close", resolve));
  const next = await outcome(new WebSocket(`ws://${bridge.wsProxy}`));
  await bridge.close();

  expect(next).toBe("open");
});

it("a connection needs its role's password, on the loopback too", async () => {
  const url = new URL(inject("db").url);
  url.password = "guess";

  const client = new pg.Client({ connectionString: url.href });

  await expect(client.connect()).rejects.toThrow("password authentication failed");
});

/** Whether the bridge accepts; closes what it has opened. */
function outcome(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("open", () => {
      resolve("open");
      socket.terminate();
    });
    socket.on("error", (error) => resolve(`refused: ${error.message}`));
  });
}
