/** The outside world of the local stack: stand-ins for Plaid, Stripe and three banks, each with a month of movements. Runs inside `npm run dev`; holds nobody's money. */
import path from "node:path";
import { type FakeBank, startFakeBank } from "../../test/fakes/bank/server.ts";
import { INSTITUTIONS, liveThroughMonth } from "../../test/fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../../test/fakes/plaid/start.ts";
import { tradeForAMonth } from "../../test/fakes/stripe/demo.ts";
import { type FakeStripe, startFakeStripe } from "../../test/fakes/stripe/fake.ts";
import { refuseBusyPort } from "./ports.ts";

/** What the demo company connects with: the same at every start, so that its connections go on. They open nothing but these stand-ins. */
const DEMO_ITEM = { id: "stand-in-item-meridian", accessToken: "access-stand-in-meridian" };
const DEMO_STRIPE = { accountId: "acct_standin", keyText: "rk_test_standin" };

export interface DemoConnection {
  name: string;
  connection_type: "plaid" | "stripe" | "bank_api";
  config: unknown;
  credentials: unknown;
}

export interface StandIns {
  plaid: FakePlaid;
  stripe: FakeStripe;
  bank: FakeBank;
  /** For the Worker: where each listens. */
  settings: Record<string, string>;
  /** What the demo company has connected from the beginning. */
  connections: DemoConnection[];
  close(): Promise<void>;
}

/** On the three ports behind `port`: connections remember a bank's address, so that it must be the same next time. */
export async function startStandIns(port: number, address: string, dataDir: string): Promise<StandIns> {
  const ports = [port + 1, port + 2, port + 3] as const;
  for (const each of ports) await refuseBusyPort(each);
  const now = Math.floor(Date.now() / 1000);
  // Who signs in to a bank is still signed in after the next start.
  const plaid = await startFakePlaid({ port: ports[0], stateFile: path.join(dataDir, "plaid-stand-in.json") });
  const stripe = await startFakeStripe({ port: ports[1], start: now - 31 * 86_400, isRunning: true, ...DEMO_STRIPE });
  const bank = await startFakeBank({ port: ports[2], now: new Date(), pageSize: 50, isRunning: true });
  connectDemoBank(plaid, address);
  tradeForAMonth(stripe, now);
  return {
    plaid,
    stripe,
    bank,
    settings: {
      PLAID_BASE_URL: plaid.url,
      PLAID_CLIENT_ID: plaid.clientId,
      PLAID_SECRET: plaid.secret,
      STRIPE_BASE_URL: stripe.url,
      PUBLIC_URL: address,
    },
    connections: connectionsOf(bank),
    close: async () => {
      await Promise.all([plaid.close(), stripe.close(), bank.close()]);
    },
  };
}

function connectDemoBank(plaid: FakePlaid, address: string): void {
  if (plaid.world.items.some(({ id }) => id === DEMO_ITEM.id)) return;
  const [institution] = INSTITUTIONS;
  if (institution === undefined) throw new Error("The stand-in for Plaid has no bank.");
  const item = plaid.world.connect(institution, { ...DEMO_ITEM, webhook: `${address}/webhooks/plaid`, isReady: true });
  liveThroughMonth(plaid.world, item);
}

function connectionsOf(bank: FakeBank): DemoConnection[] {
  const mercury = bank.connection("mercury");
  return [
    { name: "Meridian (Plaid)", connection_type: "plaid", config: { item_id: DEMO_ITEM.id }, credentials: { access_token: DEMO_ITEM.accessToken } },
    {
      name: "Web shop (Stripe)",
      connection_type: "stripe",
      config: { account_id: DEMO_STRIPE.accountId, livemode: false },
      credentials: { api_key: DEMO_STRIPE.keyText },
    },
    { name: mercury.name, connection_type: "bank_api", config: mercury.config, credentials: mercury.credentials },
  ];
}
