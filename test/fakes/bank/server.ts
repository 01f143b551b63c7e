/** Three made-up banks on a free port of this machine: Mercury, PayPal and a Berlin Group bank, each with books of its own. For tests and for local runs. */
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import * as z from "zod";
import type { BankApiCredentials, bankApiConfigSchema } from "../../../src/domain/bank-api/config.ts";
import { BANK_PRESETS, type BankPreset, presetAt } from "../../../src/domain/bank-api/presets.ts";
import { type FakeBerlin, fakeBerlin } from "./berlin.ts";
import { DIALECTS, type Dialect, type DialectName } from "./dialect.ts";
import { type FakeMercury, fakeMercury } from "./mercury.ts";
import { type FakePaypal, fakePaypal } from "./paypal.ts";
import { World, type WorldAccount } from "./world.ts";

export interface FakeBankOptions {
  /** 0: a free one. */
  port?: number;
  seed?: number;
  now?: Date;
  /** Its clock runs from `now` on; else it stands still until it is moved. */
  isRunning?: boolean;
  /** Days of movements before now, and movements a day. */
  days?: number;
  perDay?: number;
  /** Rows a page at most, whatever is asked for. */
  pageSize?: number;
}

export interface FakeBank {
  url: string;
  mercury: FakeMercury;
  paypal: FakePaypal;
  berlin: FakeBerlin;
  /** Of all three. */
  violations(): string[];
  /** What a person would type in to connect it. */
  connection(name: DialectName): { name: string; config: z.input<typeof bankApiConfigSchema>; credentials: BankApiCredentials };
  close(): Promise<void>;
}

const PATHS: Record<DialectName, string> = { mercury: "/mercury", paypal: "/paypal", berlin: "/berlin/psd2" };
const BASES: Record<DialectName, string> = { mercury: "/mercury/api/v1", paypal: "/paypal", berlin: "/berlin/psd2" };

export async function startFakeBank(options: FakeBankOptions = {}): Promise<FakeBank> {
  const { seed = 7, now = new Date("2026-03-16T15:00:00Z"), days = 30, perDay = 2, pageSize = 7, port = 0, isRunning = false } = options;
  const worldOf = (accounts: WorldAccount[], offset: number) => {
    const world = new World({ accounts, seed: seed + offset * 1_000_003, now, isRunning });
    world.fill(days, perDay);
    return world;
  };
  const { mercury, app: mercuryApp } = fakeMercury(worldOf(MERCURY_ACCOUNTS, 1), { pageSize });
  const { paypal, app: paypalApp } = fakePaypal(worldOf(PAYPAL_ACCOUNTS, 2), { pageSize });
  const { berlin, app: berlinApp } = fakeBerlin(worldOf(BERLIN_ACCOUNTS, 3), { pageSize, mount: PATHS.berlin });
  const dialects = { mercury, paypal, berlin };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route(PATHS.mercury, mercuryApp);
  app.route(PATHS.paypal, paypalApp);
  app.route(PATHS.berlin, berlinApp);
  app.route("/_control", controlOf(dialects));
  const { url, close } = await listen(app, port);
  return {
    url,
    ...dialects,
    violations: () => DIALECTS.flatMap((name) => dialects[name].violations),
    connection: (name) => {
      const preset = presetFor(name);
      return { name: `${preset.title} (made up)`, config: presetAt(preset, url + BASES[name]), credentials: credentialsOf(name, dialects) };
    },
    close,
  };
}

function presetFor(name: DialectName): BankPreset {
  const preset = BANK_PRESETS.find(({ id }) => id === (name === "berlin" ? "berlin_group" : name));
  if (preset === undefined) throw new Error(`There is no preset for ${name}.`);
  return preset;
}

function credentialsOf(
  name: DialectName,
  { mercury, paypal, berlin }: { mercury: FakeMercury; paypal: FakePaypal; berlin: FakeBerlin },
): BankApiCredentials {
  if (name === "mercury") return { api_key: mercury.apiKey };
  return name === "paypal" ? { client_id: paypal.clientId, client_secret: paypal.clientSecret } : { consent_id: berlin.consentId };
}

const controlSchema = z.object({ bank: z.enum(DIALECTS), days: z.int().min(1).max(366).default(1), count: z.int().min(1).max(1_000).default(1) });

/** `POST /_control/{new|day|post|void|consent}`: what somebody at the bank would do. Answers with what the books must hold. */
function controlOf(dialects: { mercury: FakeMercury; paypal: FakePaypal; berlin: FakeBerlin }): Hono<{ Bindings: HttpBindings }> {
  const acts: Record<string, (dialect: Dialect, wanted: z.infer<typeof controlSchema>) => void> = {
    new: ({ world }, { count }) => {
      for (let one = 0; one < count; one += 1) world.make({ status: one % 2 === 0 ? "pending" : "posted" });
    },
    day: ({ world }, { days }) => world.pass(days),
    post: ({ world }, { count }) => {
      for (const movement of world.pending().slice(0, count)) world.change(movement, "posted");
    },
    void: ({ world }, { count }) => {
      for (const movement of world.pending().slice(0, count)) world.change(movement, "void");
    },
    consent: (dialect) => {
      if (dialect === dialects.berlin) dialects.berlin.endConsent();
    },
  };
  const control = new Hono<{ Bindings: HttpBindings }>();
  control.get("/:bank/truth", (context) => {
    const bank = controlSchema.shape.bank.parse(context.req.param("bank"));
    return context.json(dialects[bank].truth());
  });
  control.post("/:act", async (context) => {
    const act = acts[context.req.param("act")];
    const wanted = controlSchema.safeParse(await context.req.json().catch(() => null));
    if (act === undefined || !wanted.success) return context.json({ acts: Object.keys(acts), body: { bank: DIALECTS, count: 1, days: 1 } }, 400);
    act(dialects[wanted.data.bank], wanted.data);
    return context.json({ now: dialects[wanted.data.bank].world.now, truth: dialects[wanted.data.bank].truth() });
  });
  return control;
}

function listen(app: Hono<{ Bindings: HttpBindings }>, port: number): Promise<{ url: string; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) => {
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${address.port}`, close });
    });
  });
}

const MERCURY_ACCOUNTS: WorldAccount[] = [
  { id: "d0e567d8-1111-4000-8000-000000000001", name: "Mercury Checking", number: "202012340001", currency: "USD", openingMinor: 12_500_000 },
  { id: "d0e567d8-1111-4000-8000-000000000002", name: "Mercury Savings", number: "202012340002", currency: "USD", openingMinor: 80_000_000 },
];
const PAYPAL_ACCOUNTS: WorldAccount[] = [
  { id: "USD", name: "PayPal USD", number: "USD", currency: "USD", openingMinor: 500_000 },
  { id: "EUR", name: "PayPal EUR", number: "EUR", currency: "EUR", openingMinor: 200_000 },
  { id: "JPY", name: "PayPal JPY", number: "JPY", currency: "JPY", openingMinor: 900_000 },
];
const BERLIN_ACCOUNTS: WorldAccount[] = [
  { id: "3dc3d5b3-2222-4000-8000-000000000001", name: "Hauptkonto", number: "DE02120300000000202051", currency: "EUR", openingMinor: 4_000_000 },
  {
    id: "3dc3d5b3-2222-4000-8000-000000000002",
    name: "Fremdwährungskonto",
    number: "DE02500105170137075030",
    currency: "USD",
    openingMinor: 1_000_000,
  },
];
