/** The registry of the formats of providers' pages. Apart from the files' formats, so that the dashboard's preview does not carry them. */
import type { PageFormatId } from "../domain/page.ts";
import { bankApiFormat } from "./bank-api/format.ts";
import type { Format } from "./format.ts";
import { plaid } from "./plaid/format.ts";
import { stripePages } from "./stripe/format.ts";

const pageFormats: Record<PageFormatId, Format<unknown, PageFormatId>> = { plaid, stripe: stripePages, bank_api: bankApiFormat };

export function pageFormatOf(id: PageFormatId): Format<unknown, PageFormatId> {
  return pageFormats[id];
}
