import { describe, expect, it } from "vitest";
import { addDays, daysBetween, instantOf, isDay, parseDay6, parseDay8, parseTime } from "../../src/domain/date.ts";

describe("a bank's days", () => {
  it.each([
    ["260301", "2026-03-01"],
    ["790101", "2079-01-01"],
    ["800101", "1980-01-01"],
    ["991231", "1999-12-31"],
    ["000229", "2000-02-29"],
    ["240229", "2024-02-29"],
  ])("%s is %s", (text, day) => {
    expect(parseDay6(text)).toBe(day);
  });

  it.each(["212209", "230229", "260431", "260100", "260001", "0250525", "26031", "26-301", "", "２６０３０１"])("%j is no day", (text) => {
    expect(parseDay6(text)).toBeNull();
  });

  it("eight digits are a day only if the calendar has it", () => {
    expect([parseDay8("20250525"), parseDay8("20251325"), parseDay8("2025052")]).toEqual(["2025-05-25", null, null]);
    expect([isDay("2024-02-29"), isDay("2023-02-29"), isDay("1900-02-29"), isDay("24-02-29")]).toEqual([true, false, false, false]);
  });

  it.each([
    ["0000", "00:00"],
    ["2359", "23:59"],
    ["2400", "24:00"],
    ["9999", "24:00"],
    ["14:59:35", "14:59"],
    ["14:59", "14:59"],
    ["120000", "12:00"],
    ["240000", "24:00"],
  ])("time %s is %s", (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each(["2401", "2460", "1260", "123", "12", "", "99:98", "ABCD", "1200AM"])("%j is no time", (text) => {
    expect(parseTime(text)).toBeNull();
  });

  it("days are added over months, years and leap days", () => {
    expect([addDays("2024-02-28", 1), addDays("2024-12-31", 1), addDays("2026-03-01", -1)]).toEqual(["2024-02-29", "2025-01-01", "2026-02-28"]);
    expect(daysBetween({ from: "2024-02-28", to: "2024-03-01" })).toBe(2);
    expect(() => addDays("2026-02-30", 1)).toThrow("2026-02-30");
  });
});

describe("the instant of a wall clock", () => {
  it.each([
    ["2026-03-01", "10:30", "UTC", "2026-03-01T10:30:00.000Z"],
    ["2026-03-01", "10:30", "America/New_York", "2026-03-01T15:30:00.000Z"],
    ["2026-07-01", "10:30", "America/New_York", "2026-07-01T14:30:00.000Z"],
    ["2026-07-01", "10:30", "Asia/Kolkata", "2026-07-01T05:00:00.000Z"],
    ["2026-07-01", "00:00", "Pacific/Auckland", "2026-06-30T12:00:00.000Z"],
    ["2026-07-01", "00:00", "Pacific/Kiritimati", "2026-06-30T10:00:00.000Z"],
  ])("%s %s in %s is %s", (day, time, timeZone, instant) => {
    expect(instantOf({ day, time, timeZone })).toBe(instant);
  });

  it("the end of a day is its last millisecond, not the next day's midnight, also where no time is given", () => {
    expect(instantOf({ day: "2026-03-01", time: "24:00", timeZone: "Europe/Berlin" })).toBe("2026-03-01T22:59:59.999Z");
    expect(instantOf({ day: "2026-03-01", time: null, timeZone: "Europe/Berlin" })).toBe("2026-03-01T22:59:59.999Z");
  });

  it("a day on which the clock changes ends when its clock says so", () => {
    expect(instantOf({ day: "2026-03-29", time: null, timeZone: "Europe/Berlin" })).toBe("2026-03-29T21:59:59.999Z");
    expect(instantOf({ day: "2026-10-25", time: null, timeZone: "Europe/Berlin" })).toBe("2026-10-25T22:59:59.999Z");
  });

  it("a time that the clock skips moves forward, one that it has twice is the first", () => {
    expect(instantOf({ day: "2026-03-29", time: "02:30", timeZone: "Europe/Berlin" })).toBe("2026-03-29T01:30:00.000Z");
    expect(instantOf({ day: "2026-10-25", time: "02:30", timeZone: "Europe/Berlin" })).toBe("2026-10-25T00:30:00.000Z");
  });

  it("an unknown zone is a mistake of ours and throws", () => {
    expect(() => instantOf({ day: "2026-03-01", time: null, timeZone: "Mars/Olympus" })).toThrow(RangeError);
  });
});
