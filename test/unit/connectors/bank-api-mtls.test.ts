/** A bank that lets nobody in without a client certificate: the connector goes through the binding that its configuration names, and through no other way. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bankApiConnector } from "../../../src/sources/connectors/bank-api.ts";
import { ConnectorFailure, type ConnectorFetch } from "../../../src/sources/connectors/connector.ts";
import { type FakeBank, startFakeBank } from "../../fakes/bank/server.ts";
import { BankBooks, NOBODY, sessionOf, sorted } from "./bank-api-books.ts";

interface Pems {
  ca: string;
  serverKey: string;
  serverCert: string;
  clientKey: string;
  clientCert: string;
}

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Made for this run in a folder of its own, and thrown away with it. */
function makeCertificates(): Pems {
  const folder = mkdtempSync(join(tmpdir(), "mtls-"));
  const openssl = (...parts: string[]) => execFileSync("openssl", parts, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Test authority", "-days", "2");
  for (const [name, subject] of [
    ["server", "/CN=127.0.0.1"],
    ["client", "/CN=Stratifi test client"],
  ] as const) {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1");
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-copy_extensions",
      "copy",
      "-out",
      `${name}.crt`,
    );
  }
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const pems = {
    ca: read("ca.crt"),
    serverKey: read("server.key"),
    serverCert: read("server.crt"),
    clientKey: read("client.key"),
    clientCert: read("client.crt"),
  };
  rmSync(folder, { recursive: true });
  return pems;
}

/** What a deployed binding is: a fetch whose connection shows the certificate. */
function fetchWith({ ca, clientKey, clientCert }: Pems, isShown: boolean): ConnectorFetch {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const shown = isShown ? { key: clientKey, cert: clientCert } : {};
      const asked = httpsRequest(
        String(url),
        { method: init?.method ?? "GET", headers: Object.fromEntries(new Headers(init?.headers)), ca, ...shown },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500 })));
        },
      );
      asked.on("error", (error) => reject(new TypeError("fetch failed", { cause: error })));
      asked.end();
    });
}

const isAble = hasOpenssl();

describe.runIf(isAble)("a bank behind client certificates", () => {
  let bank: FakeBank;
  let pems: Pems;
  let address: string;
  const subjects = new Set<string>();
  let close: () => void;

  beforeAll(async () => {
    bank = await startFakeBank();
    pems = makeCertificates();
    const server = createServer(
      { key: pems.serverKey, cert: pems.serverCert, ca: pems.ca, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        if (request.socket instanceof TLSSocket) subjects.add(String(request.socket.getPeerCertificate().subject.CN));
        const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== "host" && name !== "connection"));
        void fetch(bank.url + request.url, {
          headers: new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])),
        }).then(async (answer) => response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text()));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    address = `https://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
    close = () => server.close();
  });
  afterAll(async () => {
    close();
    await bank.close();
  });

  const session = (certificates: Record<string, ConnectorFetch>, mtlsBinding: string | null = "MTLS_BANK") => {
    const { config, credentials } = bank.connection("berlin");
    const given = { ...config, baseUrl: config.baseUrl.replace(bank.url, address), transport: { mtlsBinding } };
    const refuse: ConnectorFetch = () => Promise.reject(new Error("The platform's own fetch was used."));
    return sessionOf({ config: given, credentials }, { now: bank.berlin.world.now, fetch: refuse, platform: { ...NOBODY, certificates } });
  };

  it("is read through the binding that the configuration names", async () => {
    const books = new BankBooks();

    await books.sync(session({ MTLS_BANK: fetchWith(pems, true) }));

    expect(books.rows()).toEqual(sorted(bank.berlin.truth()));
    expect([...subjects]).toEqual(["Stratifi test client"]);
  });

  it("does not answer a binding without a certificate", async () => {
    const test = bankApiConnector.test(session({ MTLS_BANK: fetchWith(pems, false) }));

    await expect(test).rejects.toMatchObject({ kind: "unavailable" });
  });

  it("a binding that was not deployed is named, and nothing is asked another way", async () => {
    for (const name of ["MTLS_OTHER", "TOSTRING"]) {
      const test = bankApiConnector.test(session({ MTLS_BANK: fetchWith(pems, true) }, name));

      await expect(test).rejects.toThrow(ConnectorFailure);
      await expect(test).rejects.toMatchObject({ kind: "configuration", code: "certificate_not_bound", message: expect.stringContaining(name) });
    }
  });
});
