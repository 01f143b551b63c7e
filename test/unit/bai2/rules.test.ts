/** What BAI2's rules mean, one sentence each; the fixtures hold the whole picture. */
import { describe, expect, it } from "vitest";
import { Bai2Parser } from "../../../src/formats/bai2/parser.ts";
import { typeCodeOf } from "../../../src/formats/bai2/type-codes.ts";
import { balancesOf, bytesOf, checkOf, codesOf, errorsOf, fileOf, problemsOf, proofOf, readBai2, statementsOf, transactionsOf } from "./reading.ts";

const ACCOUNT = "03,0012345678,USD,010,100,,,015,150,,/";
const row = (line: string) => transactionsOf(readBai2(fileOf([ACCOUNT, line])))[0];

describe("signs", () => {
  it("come from the type code, never from the amount", () => {
    expect(row("16,195,50,,R,C,T/")).toMatchObject({ amountMinor: "50", sign: "credit" });
    expect(row("16,475,50,,R,C,T/")).toMatchObject({ amountMinor: "-50", sign: "debit" });
    expect(row("16,475,-50,,R,C,T/")).toMatchObject({ amountMinor: "50", sign: "debit" });
  });

  it("are open for status codes, for unlisted codes outside credits and debits, and for messages", () => {
    expect(["16,015,50,,R,C,T/", "16,820,50,,R,C,T/", "16,705,50,,R,C,T/", "16,890,50,,R,C,T/"].map((line) => row(line)?.sign)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(row("16,705,50,,R,C,T/")?.amountMinor).toBe("50");
  });

  it("of a bank's own codes follow their range", () => {
    expect([row("16,935,5,,,,T/")?.sign, row("16,975,5,,,,T/")?.sign, row("16,898,5,,,,T/")?.sign]).toEqual(["credit", "debit", "credit"]);
  });

  it("that nobody knows make the ledger unprovable, and say why", () => {
    const records = readBai2(fileOf([ACCOUNT, "16,820,50,,R,C,T/"]));

    expect(checkOf(records, "ledger_by_details")).toMatchObject({ ok: null, note: expect.stringContaining("820") });
  });

  it("a message without money neither counts nor moves the ledger, and its amount is in the control total", () => {
    const records = readBai2(fileOf([ACCOUNT, "16,195,50,,R,C,T/", "16,890,7,,,,HELLO/"]));

    expect(checkOf(records, "ledger_by_details")).toMatchObject({ ok: true });
    expect(checkOf(records, "account_control_total")).toMatchObject({ actual: "307" });
  });
});

describe("type codes", () => {
  it("all published codes are listed, and every other has an answer by its range", () => {
    const codes = Array.from({ length: 1000 }, (_, index) => typeCodeOf(`${index}`.padStart(3, "0")));

    expect(codes.filter((code) => code?.origin === "bai2")).toHaveLength(469);
    expect(codes.filter((code) => code?.origin === "btrs")).toHaveLength(19);
    expect(codes.filter((code) => code?.origin === "bank")).toHaveLength(10);
    expect(codes.every((code) => code !== null)).toBe(true);
    expect(typeCodeOf("475")).toEqual({ code: "475", level: "detail", sign: "debit", description: "Check Paid", origin: "bai2" });
  });

  it("text that is no type code has no answer", () => {
    expect(["", "1", "12", "1234", "A12", "+12", "1.2"].map(typeCodeOf)).toEqual(Array(7).fill(null));
  });

  it("an unlisted code is kept and warned of once an account, however often it comes", () => {
    const records = readBai2(fileOf([ACCOUNT, "16,124,50,,R,C,T/", "16,124,50,,R,C,T/"]));

    expect(transactionsOf(records)).toHaveLength(2);
    expect(codesOf(records).filter((code) => code === "unknown_type_code")).toHaveLength(1);
  });
});

describe("references and text", () => {
  it("a reference that is there and empty differs from one that is not there", () => {
    expect(row("16,195,50,,,,T/")).toMatchObject({ bankReference: "", customerReference: "" });
    expect(row("16,195,50,,R/")).toMatchObject({ bankReference: "R", customerReference: null, description: "" });
    expect(row("16,195,50/")).toMatchObject({ bankReference: null, customerReference: null });
  });

  it("text keeps its commas, its slashes and its leading blanks, and loses one slash and the blanks at its end", () => {
    expect(row("16,195,50,,R,C, A, B/C //  ")?.description).toBe(" A, B/C /");
  });

  it("parts can be joined by what the person says", () => {
    const file = fileOf([ACCOUNT, "16,195,50,,R,C,ONE", "88,TWO/"]);

    const joins = ["auto", "", " ", "\n"] as const;

    expect(joins.map((textJoin) => transactionsOf(readBai2(file, { textJoin }))[0]?.description)).toEqual([
      "ONE\nTWO",
      "ONETWO",
      "ONE TWO",
      "ONE\nTWO",
    ]);
  });

  it("a full record is joined without anything between, and keeps the blank it ends in", () => {
    const first = `16,195,50,,R,C,${"X".repeat(64)} `;

    expect(first).toHaveLength(80);
    expect(transactionsOf(readBai2(fileOf([ACCOUNT, first, "88,NEXT"])))[0]?.description).toBe(`${"X".repeat(64)} NEXT`);
  });

  it("the raw lines are kept as they came, up to 4,000 characters", () => {
    expect(row("16,195,50,,R,C,ONE  /  ")?.raw).toBe("16,195,50,,R,C,ONE  /  ");
    expect(row(`16,195,50,,R,C,${"X".repeat(5000)}`)?.raw).toHaveLength(4000);
    expect(row(`16,195,50,,R,C,${"X".repeat(5000)}`)?.description).toHaveLength(5000);
  });

  it("a NUL in a text becomes a blank, because no database keeps one", () => {
    expect(row("16,195,50,,R\u0000R,C,A\u0000B/")).toMatchObject({ bankReference: "R R", description: "A B", raw: "16,195,50,,R R,C,A B/" });
  });
});

describe("days and times", () => {
  it("a transaction is posted on its group's day, and its value date is never before it", () => {
    expect(row("16,195,50,V,260305,,R,C,T/")).toMatchObject({ postedOn: "2026-03-01", valueOn: "2026-03-05" });
    expect(row("16,195,50,V,260201,,R,C,T/")).toMatchObject({ valueOn: "2026-03-01" });
    expect(row("16,195,50,1,R,C,T/")).toMatchObject({ valueOn: null, fundsType: "1" });
  });

  it("2400 and 9999 are the end of the day; other spellings of a time are read", () => {
    const times = ["2400", "9999", "14:59:35", "120000", ""].map(
      (time) => statementsOf(readBai2(fileOf([ACCOUNT], { group: `02,R,S,1,260301,${time},USD,2/` })))[0]?.asOfTime,
    );

    expect(times).toEqual(["24:00", "24:00", "14:59", "12:00", null]);
  });

  it("a day that the calendar has not leaves the statement without one, as an error", () => {
    const records = readBai2(fileOf([ACCOUNT], { group: "02,R,S,1,212209,0944,USD,2/" }));

    expect(statementsOf(records)[0]?.asOfOn).toBeNull();
    expect(problemsOf(records).find(({ code }) => code === "bad_date")).toMatchObject({
      severity: "error",
      line: 2,
      record: "02",
      field: "as_of_date",
      value: "212209",
      expected: "YYMMDD",
    });
  });
});

describe("interim and final", () => {
  const kind = (modifier: string, account: string) =>
    statementsOf(readBai2(fileOf([account], { group: `02,R,S,1,260301,,USD,${modifier}/` })))[0]?.kind;

  it("modifiers 2 and 4 are final, 1 and 3 interim", () => {
    expect(["1", "2", "3", "4"].map((modifier) => kind(modifier, ACCOUNT))).toEqual(["interim", "final", "interim", "final"]);
  });

  it("without a modifier a closing balance makes it final", () => {
    expect([kind("", ACCOUNT), kind("", "03,1,USD,015,,,/"), kind("", "03,1,USD,060,5,,/")]).toEqual(["final", "interim", "interim"]);
  });

  it("an interim report's transactions are pending, and its ledger is not proven wrong", () => {
    const records = readBai2(fileOf([ACCOUNT, "16,195,7,,R,C,T/"], { group: "02,R,S,1,260301,,USD,3/" }));

    expect(transactionsOf(records)[0]?.isPending).toBe(true);
    expect(checkOf(records, "ledger_by_details")).toMatchObject({ ok: null });
  });
});

describe("currency", () => {
  it("is the account's, else the group's, else US dollars", () => {
    const currencies = [
      ["03,1,EUR/", "GBP"],
      ["03,1,/", "GBP"],
      ["03,1,/", ""],
    ].map(([account = "", group]) => statementsOf(readBai2(fileOf([account], { group: `02,R,S,1,260301,,${group},2/` })))[0]?.currency);

    expect(currencies).toEqual(["EUR", "GBP", "USD"]);
  });

  it("is never assumed in BTRS", () => {
    const records = readBai2(fileOf(["03,1,,015,5,,/"], { header: "01,S,R,260302,0600,1,,,3/", group: "02,,S,1,260301,,,2/" }));

    expect(statementsOf(records)[0]?.currency).toBeNull();
    expect(errorsOf(records)).toEqual(["missing_currency"]);
  });
});

describe("totals and counts", () => {
  it("a wrong control total is a warning that names line, record, field, what was seen and what was expected", () => {
    const records = readBai2("01,S,R,260302,0600,1,,,2/\n02,R,S,1,260301,,USD,2/\n03,1,USD,015,5,,/\n49,+0007,2/\n98,7,1,4/\n99,7,1,6/\n");

    expect(problemsOf(records)).toEqual([
      expect.objectContaining({
        severity: "warning",
        code: "control_total_mismatch",
        line: 4,
        record: "49",
        field: "control_total",
        value: "+0007",
        expected: "5",
      }),
    ]);
    expect(checkOf(records, "account_control_total")).toMatchObject({ expected: "7", actual: "5", ok: false, line: 4 });
    expect(checkOf(records, "group_control_total")).toMatchObject({ ok: true });
  });

  it("debits are not subtracted, and a sender that does so is told apart", () => {
    const records = readBai2(fileOf(["03,1,USD,010,100,,/", "16,475,30,,R,C,T/"]).replace("49,0,0/", "49,70,3/"));

    expect(checkOf(records, "account_control_total")).toMatchObject({ actual: "130", ok: false, note: expect.stringContaining("debits subtracted") });
  });

  it("amounts of funds types and item counts are in no total", () => {
    const records = readBai2(fileOf(["03,1,USD,100,100,7,S,50,30,20/", "16,165,100,D,2,1,50,3,50,R,C,T/"]));

    expect(checkOf(records, "account_control_total")).toMatchObject({ actual: "200" });
  });

  it("an empty control total is zero", () => {
    expect(checkOf(readBai2(fileOf(["03,1,USD/"]).replace("49,0,0/", "49,,2/")), "account_control_total")).toMatchObject({
      expected: "0",
      actual: "0",
      ok: true,
    });
  });

  it("a wrapped line may be counted as a record or not: senders do both", () => {
    const count = (said: number) =>
      checkOf(readBai2(fileOf([ACCOUNT, "16,195,50,,R,C,ONE", "WRAPPED"]).replace("49,0,0/", `49,300,${said}/`)), "account_record_count")?.ok;

    expect([count(3), count(4), count(5)]).toEqual([true, true, false]);
  });

  it("checks of groups and files say which statements they speak of", () => {
    const records = readBai2(`${fileOf(["03,1,USD/", "49,0,2/", "03,2,USD/"])}${fileOf(["03,3,USD/"])}`);

    const spans = records.flatMap((record) =>
      record.type === "check" && record.check.check.endsWith("control_total") ? [[record.scope, record.statements]] : [],
    );
    expect(spans).toEqual([
      ["group", { from: 0, to: 1 }],
      ["file", { from: 0, to: 1 }],
      ["group", { from: 2, to: 2 }],
      ["file", { from: 2, to: 2 }],
    ]);
  });

  it("every statement brings the same named checks", () => {
    const names = proofOf(readBai2(fileOf([ACCOUNT]))).map(({ check }) => check);

    expect(names).toEqual([
      "account_control_total",
      "account_record_count",
      "ledger_by_details",
      "ledger_by_summary",
      "credits_total",
      "debits_total",
      "credits_count",
      "debits_count",
      "float",
      "group_control_total",
      "group_account_count",
      "group_record_count",
      "file_control_total",
      "file_group_count",
      "file_record_count",
    ]);
  });

  it("amounts of eighteen digits are added exactly", () => {
    const records = readBai2(fileOf(["03,1,USD,010,999999999999999999,,,015,1,,/"]));

    expect(checkOf(records, "account_control_total")).toMatchObject({ actual: "1000000000000000000" });
  });
});

describe("what is missing or out of place", () => {
  it("a file cut anywhere keeps the rows before the cut, and never an amount cut short", () => {
    const whole = fileOf([ACCOUNT, "16,195,12345,,R1,C1,FIRST ROW/", "16,195,67890,,R2,C2,SECOND ROW/"]);
    for (let end = 0; end < whole.length; end += 1) {
      const records = readBai2(whole.slice(0, end));

      expect(transactionsOf(records).every(({ amountMinor }) => amountMinor === "12345" || amountMinor === "67890")).toBe(true);
      if (end < whole.indexOf("99,0,1")) expect(errorsOf(records).length).toBeGreaterThan(0);
      if (end > whole.indexOf("16,195,67890")) expect(transactionsOf(records)[0]).toMatchObject({ bankReference: "R1", customerReference: "C1" });
    }
  });

  it("an account without its trailer still ends, and its totals stay open", () => {
    const records = readBai2(fileOf([ACCOUNT, "16,195,50,,R,C,T/"], { trailer: false }));

    expect(errorsOf(records)).toEqual(["missing_account_trailer", "missing_group_trailer", "missing_file_trailer"]);
    expect(checkOf(records, "account_control_total")).toMatchObject({ ok: null, expected: null });
    expect(checkOf(records, "file_control_total")).toMatchObject({ ok: null });
    expect(records.filter(({ type }) => type === "statement_end")).toHaveLength(1);
  });

  it("a transaction before any account is a located problem, not a lost row", () => {
    const found = problemsOf(readBai2("01,S,R,260302,0600,1,,,2/\n02,R,S,1,260301,,USD,2/\n16,195,50,,R,C,T/\n98,0,0,3/\n99,0,1,5/\n"));

    expect(found[0]).toMatchObject({ severity: "error", code: "record_out_of_place", line: 3, record: "16", value: "195" });
  });
});

describe("statements", () => {
  it("count over the whole file, over groups and concatenated files", () => {
    const file = fileOf([ACCOUNT]);

    expect(statementsOf(readBai2(file + file + file)).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  });

  it("name their balances for proof and continuity", () => {
    const end = readBai2(fileOf([ACCOUNT, "16,195,70,,R,C,T/", "16,475,20,,R,C,T/"])).find((record) => record.type === "statement_end");

    expect(end).toMatchObject({ openingMinor: "100", closingMinor: "150", creditsMinor: "70", debitsMinor: "20", transactionCount: 2 });
  });

  it("an absent amount is null, never zero", () => {
    expect(balancesOf(readBai2(fileOf(["03,1,USD,010,,,,015,000,,/"]))).map(({ amountMinor }) => amountMinor)).toEqual([null, "0"]);
  });
});

describe("a checkpoint", () => {
  it("stays small whatever the file has been", () => {
    const parser = new Bai2Parser({});
    parser.push(bytesOf(fileOf([ACCOUNT], { trailer: false })));
    for (let index = 0; index < 2000; index += 1) parser.push(bytesOf(`16,${100 + (index % 900)},50,,R${index},C,${"TEXT ".repeat(20)}/\n`));

    expect(JSON.stringify(parser.checkpoint().state).length).toBeLessThan(12_000);
  });
});
