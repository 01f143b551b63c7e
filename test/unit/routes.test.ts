/** The walk over the whole API: no route without a permission, none that its description leaves out. Asks nothing of a database. */
import { describe, expect, it } from "vitest";
import { app } from "../../src/routes/app.ts";
import { PUBLIC_ROUTES, undeclaredRoutes } from "../../src/routes/principal.ts";

/** What the description leaves out on purpose: itself, its page, health, and the place of a sign-in that is still to come. */
const UNDESCRIBED = ["GET /api/health", "GET /api/openapi.json", "GET /api/docs", "GET /auth/oidc", "GET /auth/oidc/callback"];

const description = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Stratifi data ingestion", version: "1" } });
const registered = [...new Set(app.routes.filter((route) => route.method !== "ALL").map((route) => `${route.method} ${route.path}`))];

describe("every route", () => {
  it("names the permission it needs, or is one of the few public ones", () => {
    expect(undeclaredRoutes(app.routes)).toEqual([]);
    expect(registered.length).toBeGreaterThan(40);
  });

  it("is in the API's description, but for the named ones", () => {
    const described = Object.entries(description.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );

    expect(registered.filter((route) => !described.includes(route)).sort()).toEqual([...UNDESCRIBED].sort());
  });

  it("that is public is registered, so that the list cannot grow stale", () => {
    expect(PUBLIC_ROUTES.filter((route) => !registered.includes(route))).toEqual([]);
  });

  it("that is guarded says that it may answer 401", () => {
    const silent = Object.entries(description.paths ?? {}).flatMap(([path, item]) =>
      Object.entries(item ?? {})
        .filter(
          ([method, operation]) => !PUBLIC_ROUTES.includes(`${method.toUpperCase()} ${path}`) && !Object.keys(operation.responses).includes("401"),
        )
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );

    expect(silent).toEqual([]);
  });
});
