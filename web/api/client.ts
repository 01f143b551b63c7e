/** The only fetch of the dashboard: same origin, JSON in and out, every refusal as an `ApiProblem`. Never retries a write. */

/** A refusal in the server's own words (RFC 9457), or `offline` where no answer came. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(textIn(body, "detail") ?? textIn(body, "title") ?? `The server answered ${status}.`);
    this.name = "ApiProblem";
    this.status = status;
    this.code = textIn(body, "code") ?? "unknown";
    this.requestId = textIn(body, "request_id");
    this.body = body;
  }
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>("GET", path, undefined, signal);
}

export function post<T>(path: string, body?: unknown): Promise<T> {
  return call<T>("POST", path, body);
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return call<T>("PUT", path, body);
}

export function patch<T>(path: string, body: unknown): Promise<T> {
  return call<T>("PATCH", path, body);
}

export function remove<T>(path: string, body?: unknown): Promise<T> {
  return call<T>("DELETE", path, body);
}

/** `withQuery("/api/jobs", { cursor: null, limit: 50 })` is `/api/jobs?limit=50`: what is empty is left out. */
export function withQuery(path: string, parameters: Record<string, string | number | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, `${value}`);
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** What a status and a body's text mean; shared with the uploads, which cannot use fetch. */
export function problemFrom(status: number, text: string): ApiProblem {
  return new ApiProblem(status, parsedObject(text));
}

export function offlineProblem(): ApiProblem {
  return new ApiProblem(0, {
    code: "offline",
    detail: "The server could not be reached. Check your connection; nothing was changed by this attempt.",
  });
}

/** Our own server answers what wire.ts says, checked there by its schemas and tests; checking it twice would put the schemas into the bundle. */
export function trusted<T>(answer: unknown): T {
  return answer as T;
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  const text = await response.text();
  if (!response.ok) throw problemFrom(response.status, text);
  return trusted<T>(text === "" ? null : JSON.parse(text));
}

async function send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: body === undefined ? { accept: "application/json" } : { accept: "application/json", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw offlineProblem();
  }
}

function parsedObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? trusted<Record<string, unknown>>(value) : {};
  } catch {
    return {};
  }
}

function textIn(body: Record<string, unknown>, name: string): string | null {
  const value = body[name];
  return typeof value === "string" && value !== "" ? value : null;
}
