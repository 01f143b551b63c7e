/** A page of an API as it rests: one line that says what was asked, then the answer's bytes exactly as they came. Shared by who fetches and who understands. */
import * as z from "zod";

/** Formats of pages; named by the connector, never recognized. */
export const PAGE_FORMAT_IDS = ["plaid", "stripe", "bank_api"] as const;
export type PageFormatId = (typeof PAGE_FORMAT_IDS)[number];

const jsonObject = z.record(z.string(), z.json());

/** The first line of a page. Holds no secret: paths are without tokens, `context` is what the reader of this provider needs to know. */
export const pageHeadSchema = z.object({
  stratifi_page: z.literal(1),
  provider: z.enum(PAGE_FORMAT_IDS),
  /** What the body is, in the provider's own words: `transactions_sync`, `balance_transactions`, `transactions`, … */
  kind: z.string(),
  /** When the answer came, an instant in UTC. */
  fetched_at: z.iso.datetime(),
  /** Method, path and query as they were asked. */
  request: z.string(),
  /** The account that the whole body speaks of; null where it names its accounts itself. */
  account: z.object({ id: z.string(), name: z.string().nullable(), last_four: z.string().nullable(), currency: z.string().nullable() }).nullable(),
  context: jsonObject,
});
export type PageHead = z.infer<typeof pageHeadSchema>;

/** 64 KB: a bank's field map is some 2 KB. */
export const PAGE_HEAD_BYTES_MAX = 64 * 1024;

/** The bytes of a page's beginning; the answer follows as it came. */
export function pageHeadLine(head: Omit<PageHead, "stratifi_page">): string {
  return `${JSON.stringify({ stratifi_page: 1, ...head })}\n`;
}
