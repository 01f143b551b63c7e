/** Small things that every route shares: checked answers, pages of lists, ids in paths. */
import { z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { notFound } from "../domain/refusal.ts";

/** 50 a page unless asked otherwise; 200 at the most: ~0.5 MB of the widest rows. */
export const pageQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A page of a list by id, and of one by row number. */
export const idPageQuery = pageQuery.extend({ cursor: z.uuid().optional() });
export const rowPageQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "a cursor that a list gave")
    .optional(),
});

/** `{id}` of a path, a uuid of the noun's own brand: `idParam(idSchema<JobId>())`. */
export const idParam = <T extends z.ZodType>(id: T) => z.object({ id });

/** What the database says in the shape that was promised. A row that does not fit is our fault, so it is an internal error, not a bad request. */
export function asWire<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new Error(`A stored row does not have the promised shape at ${where}.`);
}

/** As `asWire`, for a row that may not be there. */
export function foundAsWire<T extends z.ZodType>(schema: T, value: unknown, noun: string): z.output<T> {
  if (value === null || value === undefined) throw notFound(noun);
  return asWire(schema, value);
}

/** A page of a list from one row more than was asked for. `cursorOf` names the last row shown. */
export function page<T>(rows: T[], limit: number, cursorOf: (last: T) => string): { data: T[]; next_cursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** An answer of JSON for OpenAPI. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: { "application/json": { schema } } });

/** A required JSON body for OpenAPI. */
export const body = <T extends z.ZodType>(schema: T) => ({ required: true, content: { "application/json": { schema } } });

/** For routes whose body may be left out: one of another type is refused, since it would be passed over unread, and a guard in it with it. */
export const jsonOrNothing = createMiddleware(async (c, next) => {
  const type = c.req.header("content-type");
  if (type !== undefined && c.req.header("content-length") !== "0" && !/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) throw new HTTPException(415);
  await next();
});
