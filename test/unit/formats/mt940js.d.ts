/** The little of `mt940js` that a test uses; the library brings no types. */
declare module "mt940js" {
  export interface Transaction {
    date: Date;
    entryDate: Date | "";
    amount: number;
    currency: string;
    reference: string;
    bankReference: string;
  }
  export interface Statement {
    openingBalance: number;
    closingBalance: number;
    accountIdentification: string;
    transactions: Transaction[];
  }
  export class Parser {
    parse(text: string): Statement[];
  }
}
