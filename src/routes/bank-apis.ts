/** An admin's own description of a bank's API, tried against a pasted answer before it is saved. Asks no bank and keeps nothing. */
import { createRoute, z } from "@hono/zod-openapi";
import { checkConfig, SAMPLE_CHARS_MAX, SAMPLE_KINDS } from "../domain/bank-api/check.ts";
import { asWire, body, json } from "./answer.ts";
import { checkedBankWire } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";

const check = createRoute({
  method: "post",
  path: "/api/bank-apis/check",
  tags: ["Connections"],
  summary: "What a description of a bank's API makes of an answer of that bank",
  middleware: [permit("connections:write")] as const,
  request: {
    body: body(
      z
        .strictObject({
          config: z.unknown().openapi({ type: "object", description: "As `config` of a connection of the type bank_api." }),
          answer: z.string().max(SAMPLE_CHARS_MAX).openapi({ description: "The body of an answer, as the bank gave it." }),
          kind: z.enum(SAMPLE_KINDS).optional(),
        })
        .openapi("BankApiSample"),
    ),
  },
  responses: { 200: json(checkedBankWire, "Rows, balances or accounts, and what is wrong."), ...problems(400, 401, 403, 413) },
});

export const bankApiRoutes = newRoutes().openapi(check, (c) => {
  const { config, answer, kind } = c.req.valid("json");
  return c.json(asWire(checkedBankWire, checkConfig(config, answer, kind)), 200);
});
