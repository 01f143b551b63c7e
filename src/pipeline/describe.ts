/** What a bank's type code means, in words, for whoever shows rows. */
import { typeCodeOf } from "../formats/bai2/type-codes.ts";

/** The official description, or that of the code's range for custom ones; `""` for codes of other formats. */
export function describeTypeCode(typeCode: string): string {
  return typeCodeOf(typeCode)?.description ?? "";
}
