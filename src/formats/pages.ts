/** The registry of the formats of providers' pages. Apart from the files' formats, so that the dashboard's preview does not carry them. */
import type { PageFormatId } from "../domain/page.ts";
import { bankApiFormat } from "./bank-api/format.ts";
import type { Format } from "./format.ts";

/** Those there are; a page in a format that is missing here is refused by name. */
const pageFormats: Partial<Record<PageFormatId, Format<unknown, PageFormatId>>> = {
  bank_api: bankApiFormat,
};

export function pageFormatOf(id: PageFormatId): Format<unknown, PageFormatId> | null {
  return pageFormats[id] ?? null;
}
