import { describe, expect, it } from "vitest";
import { binaryText, readable } from "../../../src/formats/bai2/bytes.ts";

describe("bytes as text", () => {
  it("every byte is one character, and comes back as it was", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const { text, isPlain } = binaryText(bytes);

    expect([text.length, isPlain]).toEqual([256, false]);
    expect(readable(text)).toBe(new TextDecoder("windows-1252").decode(bytes).replace("\u0000", " "));
  });

  it("UTF-8 is read as UTF-8, also when its bytes came apart", () => {
    const bytes = new TextEncoder().encode("Müller Ünal €10 株式会社 🙂");

    const parts = Array.from({ length: bytes.length }, (_, at) => binaryText(bytes.subarray(at, at + 1)).text);
    expect(readable(parts.join(""))).toBe("Müller Ünal €10 株式会社 🙂");
  });

  it("whatever bytes they are, they read as the decoders read them", () => {
    // What UTF-8 may begin with, go on with and never have, one beside the other.
    const odd = [0x41, 0x80, 0x90, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5];
    const runs = odd.flatMap((first) => odd.flatMap((second) => odd.flatMap((third) => odd.map((fourth) => [first, second, third, fourth]))));
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const latin = new TextDecoder("windows-1252");
    const asDecoded = (bytes: Uint8Array): string => {
      try {
        return utf8.decode(bytes);
      } catch {
        return latin.decode(bytes);
      }
    };

    const misread = runs.map((run) => Uint8Array.from(run)).filter((bytes) => readable(binaryText(bytes).text) !== asDecoded(bytes));
    expect(misread).toEqual([]);
  });

  it("ASCII needs no second look", () => {
    expect(binaryText(new TextEncoder().encode("16,195"))).toEqual({ text: "16,195", isPlain: true });
    expect(binaryText(Uint8Array.of(0x31, 0, 0x36)).isPlain).toBe(false);
  });
});
