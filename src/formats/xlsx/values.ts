/** What a number in a workbook is as text: a day where its format is a date's, else the figure as Excel shows it. Never a rounded amount. */

/** Excel keeps 15 significant digits; the file may hold the binary number's 17 (`1234.5600000000001`). */
export function decimalText(raw: string): string {
  const plain = /^-?\d+(?:\.\d+)?$/.test(raw);
  if (plain && raw.replace(/[-.]/g, "").length <= 15) return withoutDoubt(raw);
  const value = Number(raw);
  if (!Number.isFinite(value)) return raw;
  const [mantissa = "", exponent = "0"] = value.toExponential(14).split("e");
  return withoutDoubt(shifted(mantissa, Number(exponent)) ?? raw);
}

/** Three decimals look like thousands where marks are inferred; a fourth says what they are. */
const withoutDoubt = (text: string): string => (/\.\d{3}$/.test(text) ? `${text}0` : text);

/** `1.2345` with exponent 3 is `1234.5`; null where it would need more than 30 zeros. */
function shifted(mantissa: string, exponent: number): string | null {
  if (Math.abs(exponent) > 30) return null;
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  const point = 1 + exponent;
  const whole = point <= 0 ? "0" : digits.slice(0, point).padEnd(point, "0");
  const fraction = (point <= 0 ? "0".repeat(-point) + digits : digits.slice(point)).replace(/0+$/, "");
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Built-in formats of dates (ECMA-376, 18.8.30), or a code with days, months or years outside quotes and brackets. */
export function isDateFormat(id: number, code: string | null): boolean {
  if (code === null) return (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  return /[yd]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\.|_.|\*./g, "").replace(/general/i, ""));
}

/** Days since 1899-12-30 (or 1904-01-01); Excel's 29 February 1900, which never was, is left as the figure. */
export function serialText(raw: string, is1904: boolean): string {
  const serial = Number(raw);
  const day = Math.floor(serial);
  if (!Number.isFinite(serial) || day < 1 || day > 2_958_465 || (!is1904 && day === 60)) return raw;
  const start = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30);
  const text = new Date(start + day * DAY_MS).toISOString().slice(0, 10);
  const seconds = Math.min(86_399, Math.round((serial - day) * 86_400));
  if (seconds === 0) return text;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${text} ${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const DAY_MS = 86_400_000;
