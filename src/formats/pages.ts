/** The registry of the formats of providers' pages. Apart from the files' formats, so that the dashboard's preview does not carry them. */
import type { PageFormatId } from "../domain/page.ts";
import type { Format } from "./format.ts";
import { stripePages } from "./stripe/format.ts";

/** Those there are; a page in a format that is missing here is refused by name. */
const pageFormats: Partial<Record<PageFormatId, Format<unknown, PageFormatId>>> = {
  stripe: stripePages,
};

export function pageFormatOf(id: PageFormatId): Format<unknown, PageFormatId> | null {
  return pageFormats[id] ?? null;
}
