/** Card numbers in a bank's texts, masked before anything is stored. Pure. Rather leaves a number that might be one inside an IBAN or another reference alone. */

/** The shortest of them. Any 13 digits with single blanks or hyphens between them fill 13 characters or more, of which no two neighbours are both no digits. */
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/** The text with every card number as its last four digits: `**** 1111`. The same text gives the same answer, and a masked one stays as it is. */
export function maskCardNumbers(text: string): string {
  return mayHoldCardNumber(text) ? text.replace(RUN, maskRun) : text;
}

/** As `maskCardNumbers`, of what the bank itself numbered: digits alone are its own reference, by which movements are told apart (docs/adr/0034). */
export function maskInBankReference(reference: string): string {
  return mayHoldCardNumber(reference) && !DIGITS_ONLY.test(reference) ? maskCardNumbers(reference) : reference;
}

const DIGITS_ONLY = /^\d*$/;
const RUN = /\d(?:[ -]?\d){12,}/g;

/**
 * Looks at two neighbours of every twelve characters, which no run of 13 digits slips through, and counts only where there is a digit. Asked of every text of every
 * row: hence no calls.
 */
function mayHoldCardNumber(text: string): boolean {
  const last = text.length - 1;
  for (let at = DIGITS_MIN - 2; at < last; at += DIGITS_MIN - 1) {
    // The bits of "0" to "9" differ from those of "0" by less than ten, and no other character's do.
    const isFirst = (text.charCodeAt(at) ^ ZERO) < 10;
    if ((isFirst || (text.charCodeAt(at + 1) ^ ZERO) < 10) && hasRunAround(text, isFirst ? at : at + 1)) return true;
  }
  return false;
}

const ZERO = 48;

/** Do 13 digits stand together with this one? Then they reach six characters to one side of it at least, where of two neighbours one is a digit. */
function hasRunAround(text: string, digit: number): boolean {
  const isLong =
    (text.charCodeAt(digit + 6) ^ ZERO) < 10 ||
    (text.charCodeAt(digit - 6) ^ ZERO) < 10 ||
    (text.charCodeAt(digit + 5) ^ ZERO) < 10 ||
    (text.charCodeAt(digit - 5) ^ ZERO) < 10;
  if (!isLong) return false;
  let count = 1;
  for (let at = stepFrom(text, digit, -1); at >= 0 && count < DIGITS_MIN; at = stepFrom(text, at, -1)) count += 1;
  for (let at = stepFrom(text, digit, 1); at >= 0 && count < DIGITS_MIN; at = stepFrom(text, at, 1)) count += 1;
  return count === DIGITS_MIN;
}

/** Where the next digit is, beside this one or behind one blank or hyphen; -1 where there is none. Beyond the ends is no digit. */
function stepFrom(text: string, at: number, step: 1 | -1): number {
  const code = text.charCodeAt(at + step);
  if ((code ^ ZERO) < 10) return at + step;
  return (code === 32 || code === 45) && (text.charCodeAt(at + 2 * step) ^ ZERO) < 10 ? at + 2 * step : -1;
}

/** What of an IBAN stands before a run of digits: its country, or all up to its bank's letters, printed in groups or written in one. */
const IBAN_BEFORE = /(?:^|[^A-Za-z\d])[A-Z]{2}(?:\d\d(?: ?[A-Z\d]{1,4})+ ?)?$/;
const IBAN_CHARS_MAX = 42;

const LETTER = /[\p{L}\p{Nd}]/u;

function maskRun(run: string, at: number, text: string): string {
  if (IBAN_BEFORE.test(text.slice(Math.max(0, at - IBAN_CHARS_MAX), at))) return run;
  const parts = run.split(/([ -])/);
  const groups = parts.filter((_, index) => index % 2 === 0);
  const isFreeBefore = !LETTER.test(text.slice(Math.max(0, at - 1), at));
  const isFreeBehind = !LETTER.test(text.slice(at + run.length, at + run.length + 1));
  let masked = "";
  for (let first = 0; first < groups.length; ) {
    const count = first > 0 || isFreeBefore ? groupsOfCard(groups, first, isFreeBehind) : 0;
    const end = first + Math.max(1, count);
    const own = parts.slice(2 * first, 2 * end - 1).join("");
    masked += (count === 0 ? own : `**** ${own.slice(-4)}`) + (parts[2 * end - 1] ?? "");
    first = end;
  }
  return masked;
}

/** How many groups from this one on are one card number, printed whole or in groups of three digits and more; 0 where they are none. */
function groupsOfCard(groups: readonly string[], first: number, isFreeBehind: boolean): number {
  let digits = "";
  let found = 0;
  for (let count = 1; first + count <= groups.length; count += 1) {
    const group = groups[first + count - 1] ?? "";
    if (group.length < (count === 1 ? 4 : 3)) break;
    digits += group;
    if (digits.length > DIGITS_MAX) break;
    const isEnd = first + count === groups.length;
    if ((!isEnd || isFreeBehind) && isCardNumber(digits)) found = count;
  }
  return found;
}

function isCardNumber(digits: string): boolean {
  return digits.length >= DIGITS_MIN && ISSUERS.test(digits) && passesLuhn(digits);
}

/** Prefixes with the lengths that they are issued in: ISO/IEC 7812 numbers of Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro. */
const ISSUERS = new RegExp(
  `^(?:${[
    "4(?:\\d{12}|\\d{15}|\\d{18})",
    "(?:5[1-5]\\d\\d|222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)\\d{12}",
    "3[47]\\d{13}",
    "(?:6011|64[4-9]\\d|65\\d\\d)\\d{12,15}",
    "(?:30[0-5]|309|3[689]\\d)\\d{11}",
    "(?:352[89]|35[3-8]\\d)\\d{12,15}",
    "62\\d{14,17}",
    "(?:5018|5020|5038|5893|6304|6759|676[1-3])\\d{9,15}",
  ].join("|")})$`,
);

/** ISO/IEC 7812-1, annex B: from the right, every second digit doubled. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
