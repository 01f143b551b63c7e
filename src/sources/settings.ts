/** What a connection may be set to, by its kind's own schema. Changes nothing. */
import { COMMON_SETTINGS, type ConnectionType, FILE_CONNECTIONS, isFileConnection } from "../domain/connection.ts";
import { Refusal } from "../domain/refusal.ts";
import { connectorOf } from "./connectors/index.ts";

/** Throws a Refusal that names each field which cannot be right. */
export function requireSettings(type: ConnectionType, config: Readonly<Record<string, unknown>>): void {
  const schema = isFileConnection(type) ? FILE_CONNECTIONS[type].schema : connectorOf(type)?.config;
  const parsed = schema?.safeParse(isFileConnection(type) ? config : ownSettings(config));
  if (parsed === undefined || parsed.success) return;
  const issues = parsed.error.issues.map(({ path, message }) => ({ field: path.join(".") || "config", message }));
  throw new Refusal({
    status: 422,
    code: "configuration_invalid",
    message: `The settings cannot be right. ${issues.map(({ field, message }) => `${field}: ${message}`).join("; ")}.`,
    more: { issues },
  });
}

/** A connection's settings without those that every connection may have: what its connector is given. */
export function ownSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const common: readonly string[] = COMMON_SETTINGS;
  return Object.fromEntries(Object.entries(config).filter(([key]) => !common.includes(key)));
}
