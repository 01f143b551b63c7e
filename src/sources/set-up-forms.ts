/** The kinds of connections with the forms that set one up, drawn from the schemas themselves. Asks nobody and keeps nothing. */
import * as z from "zod";
import { CONNECTION_TYPES, type ConnectionType, FILE_CONNECTIONS, isFileConnection } from "../domain/connection.ts";
import type { Env } from "../env.ts";
import type { Connector } from "./connectors/connector.ts";
import { connectorOf } from "./connectors/index.ts";
import { platformOf } from "./platform.ts";

export interface SetUpForm {
  connection_type: ConnectionType;
  title: string;
  description: string;
  fetches: boolean;
  available: boolean;
  unavailable_because: string | null;
  set_up: "form" | "plaid_link";
  config_schema: Record<string, unknown>;
  credentials_schema: Record<string, unknown> | null;
  presets: { id: string; title: string; description: string; config: Record<string, unknown> }[];
}

/** Every kind, available or not; one that is not says why. */
export function setUpForms(env: Env): SetUpForm[] {
  return CONNECTION_TYPES.map((type) => (isFileConnection(type) ? formOfFiles(type) : formOfConnector(env, type)));
}

function formOfFiles(type: keyof typeof FILE_CONNECTIONS): SetUpForm {
  const { title, description, schema, unavailable } = FILE_CONNECTIONS[type];
  return {
    connection_type: type,
    title,
    description,
    fetches: false,
    available: unavailable === null,
    unavailable_because: unavailable,
    set_up: "form",
    config_schema: jsonSchema(schema),
    credentials_schema: null,
    presets: [],
  };
}

const DESCRIPTIONS: Record<Exclude<ConnectionType, keyof typeof FILE_CONNECTIONS>, string> = {
  plaid: "Bank accounts by one sign-in at the bank, in the US, Canada and Europe.",
  stripe: "The ledger of a Stripe balance with its fees and payouts.",
  bank_api: "A bank's own API: one of the presets, or another one described as JSON.",
};

function formOfConnector(env: Env, type: Exclude<ConnectionType, keyof typeof FILE_CONNECTIONS>): SetUpForm {
  const connector = connectorOf(type);
  const reason = connector === null ? "It is not built in." : type === "plaid" && platformOf(env).plaid === null ? NO_PLAID : null;
  return {
    connection_type: type,
    title: connector?.title ?? type,
    description: DESCRIPTIONS[type],
    fetches: true,
    available: reason === null,
    unavailable_because: reason,
    set_up: type === "plaid" ? "plaid_link" : "form",
    config_schema: connector === null ? {} : jsonSchema(connector.config),
    credentials_schema: connector === null ? null : jsonSchema(connector.credentials),
    presets: [...(connector?.presets ?? [])],
  };
}

const NO_PLAID = "Plaid is not set up here: PLAID_CLIENT_ID and PLAID_SECRET are missing. Ask whoever runs this system.";

/** Names of what a connector keeps in the vault. */
export function secretKeysOf(connector: Connector): string[] {
  const { properties } = jsonSchema(connector.credentials);
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return { ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
}
