/** What people call things in the banks' languages: columns, directions, states, summary lines. A table only; it decides nothing. */
import type { ColumnRole } from "../../domain/profile.ts";

/** Small letters and digits, without accents, single blanks. */
export function wordsOf(text: string): string {
  return text
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ł/g, "l")
    .replace(/ø/g, "o")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Names of columns that are never what they seem: figures in a foreign currency, rates, the other side's account. */
export const NOT_OURS =
  /\b(foreign|fremdwahrung|fremdwaehrung|local|original|orig|instructed|exchange|wechselkurs|kurs|rate|fx|counterparty|counter|gegenkonto|gegenseite|beneficiary account|empfanger ?konto|tegenrekening|contrapartida|other account|opposing|partner (account|iban)|payee account|payee iban|to account|target|destination|category|kategorie|categorie|categoria|blz|bic|bankleitzahl|swift|budget|quantity|units?|cashback)\b/;

/** Each role's names, the surest first: the place in the list is the rank. `wordsOf` forms. */
export const ROLE_NAMES: Partial<Record<ColumnRole, readonly RegExp[]>> = {
  posted_on: [
    /^(buchungstag|buchungsdatum|booking date|booked( on)?|posted( on| date)?|posting date|post date|date posted|fecha (contable|de operacion|operacion|de registro)|date (de )?(comptabilisation|comptable|operation|d operation)|data (contabile|operazione|contabilizzazione)|boekdatum|boekingsdatum|data ksiegowania|data operacji|completed date|date completed)$/,
    /^(date|datum|fecha|data|buchung|transaction date|trans date|transactiedatum|umsatzdatum|transaktionsdatum|value|date time|datetime|tx date|date transaction|date de transaction|fecha de transaccion|day|dag|dato|transakcji data)$/,
    /^(created|created at|created date|started date|timestamp|time|zeit|effective date|auftragsdatum|belegdatum|process(ed|ing)? date)$/,
    /\b(buchung|booking|posted|posting|buchungs\w*)\b.*\b(date|datum|tag)\b|\b(date|datum|fecha|data)\b/,
  ],
  value_on: [
    /^(wertstellung|wertstellungstag|wertstellungsdatum|valuta|valutadatum|valuta datum|value date|val date|fecha valor|f valor|date (de )?valeur|data valuta|rentedatum|valutadate|interest date|data waluty|wert)$/,
  ],
  description: [
    /^(description|verwendungszweck|buchungstext|details?|narrative|particulars|memo|libelle|concepto|descripcion|descrizione|omschrijving|beschreibung|text|buchungsdetails|remittance( information)?|payment details|transaction (details|description)|vorgang|vorgang verwendungszweck|mededelingen|causale|opis|message|note|notes|notiz|comment|purpose|bemerkung|motivo|observaciones|communication)$/,
    /^(name|payee|counterparty|counterparty name|merchant|merchant name|empfanger|empfaenger|auftraggeber|auftraggeber empfanger|auftraggeber empfaenger|beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|zahlungsempfanger\w*|zahlungsempfaenger\w*|zahlungspflichtige\w*|name zahlungsbeteiligter|beneficiary|partner|partner name|gegenpartei|sender|tiers|beneficiario|ordenante|naam|naam tegenpartij|name description|zleceniodawca|reference text)$/,
    /\b(verwendungszweck|description|details|empfanger|empfaenger|payee|merchant|libelle|concepto|narrative)\b/,
  ],
  amount: [
    /^(amount|betrag|umsatz|importe|montant|importo|bedrag|kwota|monto|valor|belop|transaction amount|amount (in )?[a-z]{3}|betrag (in )?[a-z]{3}|umsatz (in )?[a-z]{3}|importe (en )?[a-z]{3}|montant (en )?[a-z]{3}|bedrag [a-z]{3}|signed amount|amt|cantidad|summe|kwota operacji)$/,
    /^(net|netto|net amount|total|gross|brutto|gross amount|sum|value|amount value|amount minor|amount cents|amount in minor units)$/,
    /\b(amount|betrag|importe|montant|importo|bedrag|umsatz)\b/,
  ],
  debit: [
    /^(debit|debits|debit amount|withdrawal|withdrawals|withdrawal amount|withdrawal amt|paid out|money out|out|soll|belastung|lastschrift|ausgang|ausgaben|cargo|cargos|debe|adeudo|debito|addebiti|addebito|uscite|af|dare|debet|outflow|spent|payments|obciazenia|ausgabe|soll betrag|betrag soll|debit \w{3}|dr)$/,
    /\b(debit|withdrawals?|belastung|paid out|money out|soll|cargo|addebit[oi]|uscite)\b/,
  ],
  credit: [
    /^(credit|credits|credit amount|deposit|deposits|deposit amount|deposit amt|paid in|money in|in|haben|gutschrift|eingang|einnahmen|abono|abonos|haber|ingreso|credito|accrediti|accredito|entrate|bij|avere|inflow|received|receipts|uznania|einnahme|haben betrag|betrag haben|credit \w{3}|cr)$/,
    /\b(credit|deposits?|gutschrift|paid in|money in|haben|abono|accredit[oi]|entrate)\b/,
  ],
  indicator: [
    /^(s h|soll haben|soll haben kennzeichen|sollhabenkennzeichen|debit credit|debit credit indicator|credit debit|credit debit indicator|d c|c d|dr cr|cr dr|drcr|crdr|dc|cd|cdtdbtind|indicator|sign|af bij|af bij kenmerk|direction|haben soll|h s|cash flow|sens|signo|transaction type|type|sentido|richtung|in out)$/,
  ],
  currency: [
    /^(currency|wahrung|waehrung|devise|divisa|moneda|ccy|curr|currency code|munt|waluta|valuta|account currency|betrag wahrung|isocode|iso)$/,
    /\b(currency|wahrung|waehrung)\b/,
  ],
  balance: [
    /^(balance|running balance|saldo|solde|kontostand|account balance|balance after( transaction)?|saldo nach buchung|closing balance|saldo na (transactie|mutatie|trn)|ledger balance|available balance|bal|saldo final|balance (in )?[a-z]{3}|saldo (in )?[a-z]{3}|saldo disponible|saldo contabile|saldo po operacji|neuer saldo|salden)$/,
    /\b(balance|saldo|solde|kontostand)\b/,
  ],
  external_id: [
    /^(id|transaction id|transactionid|umsatz id|umsatzid|unique id|transaction unique id|fitid|uuid|txn id|tx id|external id|entry id|trans id|payment id|movement id|id transakcji|transaction_id)$/,
  ],
  reference: [
    /^(reference|referenz|ref|reference number|reference no|ref no|bank reference|bankreferenz|kundenreferenz|customer reference|kundenreferenz end to end|end to end id|referencia|referentie|check number|cheque number|check or slip|chq ref no|check no|cheque|journal|kundreferenz|num|numero|no|beleg|belegnummer|nr|glaubiger id|transaktionsnummer|transaction reference|transaction number|confirmation)$/,
    /\b(reference|referenz|ref)\b/,
  ],
  account: [
    /^(auftragskonto|iban auftragskonto|iban auftraggeberkonto|auftraggeberkonto|own account|eigenes konto|account iban|mein konto|account id|from account|rekening iban|iban bban|konto iban)$/,
    /^(account|account number|account no|acct|acct no|acct number|konto|kontonummer|iban|rekening|rekeningnummer|cuenta|compte|numero de compte|conto|numer rachunku|account num|bank account|rekening nummer)$/,
  ],
  account_name: [
    /^(account name|kontoname|kontobezeichnung|bezeichnung auftragskonto|nom du compte|nombre de la cuenta|account holder|kontoinhaber|product)$/,
  ],
  type: [
    /^(type|transaction type|umsatzart|transaktionstyp|buchungsart|art|tipo|soort|mutatiesoort|typ|code|transaction code|booking type|trans type|type of transaction|buchungstext|operation type|subtype|txn type)$/,
  ],
  fee: [/^(fee|fees|gebuhr|gebuhren|gebuehr|commission|frais|comision|entgelt|charges?|kosten|transaction fee)$/],
  pending: [/^(status|state|info|umsatzstatus|pending|booking status|transaction status|estado|statut|buchungsstatus|is pending)$/],
};

/** Words of a direction column: into the account, out of it. */
export const INTO = new Set(
  "c cr crdt credit h haben gutschrift in bij abono haber credito avere ein eingang deposit incoming received money in inbound k plus entrada"
    .split(" ")
    .concat(["money in", "paid in", "+"]),
);
export const OUT_OF = new Set(
  "d dr db dbit debit s soll lastschrift belastung out af cargo debe debito dare aus ausgang withdrawal outgoing sent outbound minus salida payment w"
    .split(" ")
    .concat(["money out", "paid out", "-"]),
);

/** Words of a state column: not booked yet; never came to be. */
export const PENDING =
  /\b(pending|vorgemerkt|authori[sz]ed|authorization|in progress|processing|offen|en attente|en cours|pendiente|in attesa|in behandeling|unposted|hold|uncleared|umsatz vorgemerkt|yes|true|y|ja)\b/;
export const VOID = /\b(declined|failed|reverted|cancell?ed|rejected|voided|storniert|abgelehnt|expired|refus\w+|rechazad\w+|annul\w+|denied)\b/;
export const BOOKED =
  /\b(completed|posted|booked|settled|cleared|gebucht|done|success|successful|executed|comptabilis\w+|contabilizad\w+|complete|no|false|n|nein|paid|accounted)\b/;

/** A row that begins so, and has no day, is a summary. `wordsOf` forms. */
export const SUMMARY_WORDS = [
  "total",
  "totals",
  "subtotal",
  "sum",
  "summe",
  "gesamt",
  "gesamtsumme",
  "saldo",
  "balance",
  "opening",
  "closing",
  "beginning",
  "ending",
  "kontostand",
  "anfangssaldo",
  "endsaldo",
  "alter",
  "neuer",
  "solde",
  "totaal",
  "totale",
  "suma",
  "end",
  "ende",
  "generated",
  "report",
  "page",
  "seite",
  "records",
  "anzahl",
  "number",
];

/** The beginning of a line that names the opening or the closing balance. */
export const OPENING =
  /^(opening|beginning|start(ing)?|previous|anfangs|alter kontostand|alter saldo|kontostand vom anfang|solde initial|solde precedent|saldo inicial|saldo anterior|saldo iniziale|beginsaldo|anfangssaldo|anfangsbestand|startsaldo)\b.*\b(balance|saldo|solde|kontostand|bestand)?/;
export const CLOSING =
  /^(closing|ending|final|current balance|new balance|endsaldo|neuer (kontostand|saldo)|solde final|nouveau solde|saldo final|saldo finale|eindsaldo|schlusssaldo|endbestand)\b/;
