/** Ports on the loopback: asks for free ones and refuses busy ones. Never listens longer than the question takes. */
import { createServer } from "node:net";
import { Refusal } from "./refusal.ts";

/** A port that nobody listens on at this moment; someone may take it before we do, so what uses it tries again. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Throws a Refusal with the way out when somebody already listens on the port. */
export async function refuseBusyPort(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code === "EADDRINUSE")
      throw new Refusal(`Port ${port} is already in use. Choose another one: PORT=${port + 1} npm run dev`, { cause: error });
    if (error.code === "EACCES")
      throw new Refusal(`Port ${port} is not ours to open. Choose one above 1023: PORT=8787 npm run dev`, { cause: error });
    throw error;
  }
}

/** `PORT` as people set it; throws a Refusal for anything but a port number. */
export function portFrom(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === "") return otherwise;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Refusal(`PORT must be a number from 1 to 65535, not "${text}".`);
  return port;
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const taken = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
