/** What the Worker asks, and what it does not: forty addresses, redirects, sizes, times. Servers stand on the loopback. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type HttpPolicy, HttpRefused, httpFetch } from "../../src/lib/http.ts";
import { refusedAddress, refusedHost } from "../../src/lib/public-address.ts";

const REFUSED: readonly [address: string, why: string][] = [
  ["http://example.com/", "not_https"],
  ["ftp://example.com/", "not_https"],
  ["file:///etc/passwd", "not_https"],
  ["data:text/plain,hello", "not_https"],
  ["https://user@example.com/", "credentials_in_address"],
  ["https://user:word@example.com/", "credentials_in_address"],
  ["https://example.com:22/", "port_refused"],
  ["https://example.com:25/", "port_refused"],
  ["https://127.0.0.1/", "private_address"],
  ["https://127.1/", "private_address"],
  ["https://2130706433/", "private_address"],
  ["https://0x7f000001/", "private_address"],
  ["https://0177.0.0.1/", "private_address"],
  ["https://0/", "private_address"],
  ["https://0.0.0.0/", "private_address"],
  ["https://10.0.0.1/", "private_address"],
  ["https://10.255.255.255:8443/", "private_address"],
  ["https://172.16.0.1/", "private_address"],
  ["https://172.31.255.254/", "private_address"],
  ["https://192.168.1.1/", "private_address"],
  ["https://192.0.2.1/", "private_address"],
  ["https://198.18.0.1/", "private_address"],
  ["https://100.64.0.1/", "private_address"],
  ["https://169.254.169.254/latest/meta-data/", "private_address"],
  ["https://224.0.0.1/", "private_address"],
  ["https://255.255.255.255/", "private_address"],
  ["https://240.0.0.1/", "private_address"],
  ["https://[::1]/", "private_address"],
  ["https://[::]/", "private_address"],
  ["https://[::ffff:127.0.0.1]/", "private_address"],
  ["https://[::ffff:10.0.0.1]/", "private_address"],
  ["https://[64:ff9b::7f00:1]/", "private_address"],
  ["https://[2002:7f00:1::]/", "private_address"],
  ["https://[fe80::1]/", "private_address"],
  ["https://[fc00::1]/", "private_address"],
  ["https://[fd00:ec2::254]/", "private_address"],
  ["https://[ff02::1]/", "private_address"],
  ["https://[2001:db8::1]/", "private_address"],
  ["https://localhost/", "private_name"],
  ["https://LOCALHOST./", "private_name"],
  ["https://a.localhost/", "private_name"],
  ["https://metadata/", "private_name"],
  ["https://metadata.google.internal/", "private_name"],
  ["https://printer.local/", "private_name"],
  ["https://router.home.arpa/", "private_name"],
  ["https://wiki.corp/", "private_name"],
];

describe("an address", () => {
  it.each(REFUSED)("%s is refused", (address, why) => {
    expect(refusedAddress(new URL(address))).toBe(why);
  });

  it.each([
    "https://api.stripe.com/v1/balance",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://bank.example.co:8443/x",
    "https://EXAMPLE.com./",
  ])("%s may be asked", (address) => {
    expect(refusedAddress(new URL(address))).toBeNull();
  });

  it("of this machine may be asked only where that is allowed, and nothing else inside the network by that", () => {
    expect(refusedAddress(new URL("http://127.0.0.1:9/"), { allowLoopback: true })).toBeNull();
    expect(refusedAddress(new URL("http://10.0.0.1/"), { allowLoopback: true })).toBe("not_https");
    expect(refusedAddress(new URL("https://10.0.0.1/"), { allowLoopback: true })).toBe("private_address");
  });

  it("of a file server is judged without a protocol", () => {
    expect(["192.168.0.9", "[::1]", "::1", "nas", "sftp.bank.example.com", "1.1.1.1"].map(refusedHost)).toEqual([
      "private_address",
      "private_address",
      "private_address",
      "private_name",
      null,
      null,
    ]);
  });
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A server of its own; ends with the test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const local: HttpPolicy = { allowLoopback: true };
const codeOf = (work: Promise<unknown>) =>
  work.then(() => "taken").catch((error: unknown) => (error instanceof HttpRefused ? error.code : String(error)));

describe("asking", () => {
  it("asks nobody where the address is refused", async () => {
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      asked.push(String(request.url));
      response.end();
    });

    expect(await codeOf(httpFetch({ allowLoopback: false }, origin))).toBe("not_https");
    expect(await codeOf(httpFetch(local, "no address"))).toBe("not_an_address");
    expect(asked).toEqual([]);
  });

  it("follows no redirect unless it is told to, and then only to the same origin", async () => {
    const elsewhere = await serve((_, response) => void response.end("elsewhere"));
    const origin = await serve((request, response) => {
      const to = { "/near": "/here", "/far": elsewhere, "/round": "/round" }[String(request.url)];
      response.writeHead(to === undefined ? 200 : 302, to === undefined ? {} : { location: to }).end("here");
    });
    const following: HttpPolicy = { ...local, redirects: "same-origin" };

    expect(await codeOf(httpFetch(local, `${origin}/near`))).toBe("redirect_refused");
    expect(await (await httpFetch(following, `${origin}/near`)).text()).toBe("here");
    expect(await codeOf(httpFetch(following, `${origin}/far`))).toBe("redirect_refused");
    expect(await codeOf(httpFetch(following, `${origin}/round`))).toBe("too_many_redirects");
    expect(await codeOf(httpFetch(following, `${origin}/near`, { method: "POST", body: "x" }))).toBe("redirect_refused");
  });

  it("takes no more than its cap, announced or not", async () => {
    const origin = await serve((request, response) => {
      if (request.url === "/announced") response.writeHead(200, { "content-length": "2000" }).end("x".repeat(2000));
      else for (let chunk = 0; chunk < 20; chunk += 1) response.write("x".repeat(100), chunk === 19 ? () => response.end() : undefined);
    });

    expect(await codeOf(httpFetch({ ...local, bytesMax: 1_000 }, `${origin}/announced`))).toBe("too_large");
    expect(await codeOf(httpFetch({ ...local, bytesMax: 1_000 }, `${origin}/streamed`).then((answer) => answer.text()))).toBe("too_large");
    expect((await (await httpFetch({ ...local, bytesMax: 2_000 }, `${origin}/streamed`)).text()).length).toBe(2_000);
  });

  it("waits no longer than it is told to", async () => {
    const origin = await serve(() => undefined);

    expect(await codeOf(httpFetch({ ...local, timeoutMs: 20 }, origin))).toContain("TimeoutError");
  });
});
