/** Structured logs, one JSON object a line: ids, counts and stable words. Never names, amounts, account numbers, secrets or an error's own text. */
import { REDACTED, Secret } from "./secret.ts";

export type LogLevel = "info" | "warn" | "error";
export type LogValue = string | number | boolean | null | undefined | Secret<unknown>;
export type LogFields = Readonly<Record<string, LogValue>>;

/** Names whose value is never printed, whoever hands it in. An id that ends in `_id` is no secret. */
const SECRET_NAME = /(secret|password|passphrase|credential|cookie|authorization|token|key|account_number|email|name)$/i;

/** `event` is a stable snake_case word; the platform adds the time. */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  // biome-ignore lint/suspicious/noConsole: the platform's logs are what is written here, and here only.
  console[level](JSON.stringify({ level, event, ...redacted(fields) }));
}

/** What may be known of an error: its kind, its database code and where it was thrown. Its message may quote a person's row. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = error.cause instanceof Error ? error.cause : undefined;
  return { error: error.name, cause: cause?.name, sqlstate: codeOf(error) ?? codeOf(cause), at: frames(error) };
}

function redacted(fields: LogFields): Record<string, LogValue> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Secret || SECRET_NAME.test(name) ? REDACTED : value]),
  );
}

function codeOf(error: Error | undefined): string | undefined {
  return error !== undefined && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The first four places of the stack; the lines before them repeat the message. */
function frames(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, 4)
    .map((line) => line.trim())
    .join(" < ");
}
