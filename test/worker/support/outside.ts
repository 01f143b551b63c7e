/** The world outside, at the network's edge: receivers of alerts that answer, refuse, hang up or are gone. Anything else that is asked reaches nobody. */
import { vi } from "vitest";

export interface Received {
  url: string;
  headers: Headers;
  body: string;
}

/** A host that takes what is posted to it. */
export class Receiver {
  /** Only what was taken: an answer of success. */
  readonly taken: Received[] = [];
  readonly refused: Received[] = [];
  answer: () => Response | Promise<Response> = () => new Response("ok");

  /** Nobody answers: the connection fails. */
  goAway(): void {
    this.answer = () => Promise.reject(new TypeError("Network connection lost."));
  }

  /** Answers so from now on. */
  say(status: number, headers: Record<string, string> = {}): void {
    this.answer = () => new Response("said so", { status, headers });
  }

  comeBack(): void {
    this.answer = () => new Response("ok");
  }

  async ask(received: Received): Promise<Response> {
    try {
      const response = await this.answer();
      (response.ok ? this.taken : this.refused).push(received);
      return response;
    } catch (error) {
      this.refused.push(received);
      throw error;
    }
  }
}

/** Puts receivers behind host names in place of the network. */
export function standIn(receivers: Readonly<Record<string, Receiver>>): void {
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const receiver = receivers[new URL(request.url).host];
    if (receiver === undefined) throw new TypeError(`Nobody stands in for ${request.url}.`);
    return receiver.ask({ url: request.url, headers: request.headers, body: await request.text() });
  });
}
