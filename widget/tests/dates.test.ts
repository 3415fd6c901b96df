import { expect, it } from "vitest";
import { isoDate, monthNames, monthOf, partOrder, partsOf, readableDate } from "../src/dates";

it.each([
  ["1985", "3", "5", "1985-03-05"],
  ["2024", "02", "29", "2024-02-29"],
  ["2023", "2", "29", null],
  ["85", "3", "5", null],
  ["1985", "13", "5", null],
  ["1985", "", "5", null],
  ["1985", "3", "0", null],
  ["0085", "3", "5", null],
])("isoDate(%s, %s, %s) is %s", (year, month, day, iso) => {
  expect(isoDate(year, month, day)).toBe(iso);
});

it.each([
  ["en-US", ["month", "day", "year"]],
  ["en-GB", ["day", "month", "year"]],
  ["es", ["day", "month", "year"]],
  ["ja", ["year", "month", "day"]],
])("%s writes %j", (locale, order) => {
  expect(partOrder(locale)).toEqual(order);
});

it("takes an ISO date apart for its control", () => {
  expect(partsOf("1985-03-05")).toEqual({ year: "1985", month: "3", day: "5" });
  expect(partsOf("")).toEqual({ year: "", month: "", day: "" });
});

it("names the months and the date in the language", () => {
  expect(monthNames("en")[11]).toBe("December");
  expect(readableDate("1985-03-05", "en-GB")).toBe("5 March 1985");
  expect(readableDate("1985-02-31", "en-GB")).toBeNull();
  expect(readableDate("soon", "en-GB")).toBeNull();
});

it.each([
  ["m", "", "3"],
  ["may", "", "5"],
  ["mm", "3", "5"],
  ["jj", "7", "1"],
  ["12", "", "12"],
  ["0", "", ""],
  ["13", "", null],
  ["my", "", null],
  ["no ", "", null],
])("takes %j on the list of months, which shows %j, for %j", (typed, present, month) => {
  expect(monthOf(typed, monthNames("en"), present)).toBe(month);
});
