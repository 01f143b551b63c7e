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

  it("ASCII needs no second look", () => {
    expect(binaryText(new TextEncoder().encode("16,195"))).toEqual({ text: "16,195", isPlain: true });
    expect(binaryText(Uint8Array.of(0x31, 0, 0x36)).isPlain).toBe(false);
  });
});
