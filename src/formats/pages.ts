/** The registry of the formats of providers' pages. Apart from the files' formats, so that the dashboard's preview does not carry them. */
import type { PageFormatId } from "../domain/page.ts";
import type { Format } from "./format.ts";
import { plaid } from "./plaid/format.ts";
import { stripePages } from "./stripe/format.ts";

/** Those there are. */
const pageFormats: Partial<Record<PageFormatId, Format<unknown, PageFormatId>>> = { plaid, stripe: stripePages };

/** Throws for a provider whose pages nobody here understands: only its connector could have written one. */
export function pageFormatOf(id: PageFormatId): Format<unknown, PageFormatId> {
  const format = pageFormats[id];
  if (format === undefined) throw new Error(`There is no format for pages of ${id}.`);
  return format;
}
