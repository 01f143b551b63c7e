/** What all of the API's nouns share over the wire: instants, days, money as strings of minor units, a problem, a page of a list. Each noun has a file of its own beside it. */
import { z } from "@hono/zod-openapi";

export const instant = z.iso.datetime({ offset: true }).openapi({ example: "2026-03-01T23:59:59Z" });
export const day = z.string().openapi({ example: "2026-03-01", description: "A bank's calendar day." });
export const minor = z.string().openapi({ example: "-490196", description: "Integer minor units." });
export const uuid = z.uuid();
export const currency = z.string().length(3).openapi({ example: "USD" });

/** RFC 9457, always with a stable `code` and the `request_id`. */
export const problemWire = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    expected: z.unknown().optional(),
    seen: z.unknown().optional(),
    request_id: z.string(),
  })
  .openapi("Problem");

/** A page of a list: `next_cursor` is null on the last one. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), next_cursor: z.string().nullable() });
