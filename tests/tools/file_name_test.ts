// The names of nsq_to_file's files.

import { assertEquals, assertMatch } from "@std/assert";
import { dateText, fileStem, numberedName } from "../../src/tools/file_name.ts";

const NAMING = {
  filenameFormat: "<TOPIC>/<HOST><REV>.<DATETIME>.<PID>.log",
  datetimeFormat: "%Y-%m-%d_%H",
  host: "mq1",
  pid: 7,
  isNumbered: false,
  isGzip: false,
};
const DATE = new Date(2026, 2, 5, 13, 4, 9);

Deno.test("fileStem() replaces tokens, and the revision only where there is one", () => {
  assertEquals(fileStem(NAMING, "t", DATE), "t/mq1.2026-03-05_13.7.log");
  const stem = fileStem({ ...NAMING, isNumbered: true, isGzip: true }, "t", DATE);
  assertEquals(numberedName(stem, 12), "t/mq1-000012.2026-03-05_13.7.log.gz");
  const named = { ...NAMING, filenameFormat: "<WHAT>.gz", isGzip: true };
  assertEquals(fileStem(named, "t", DATE), "<WHAT>.gz");
});

Deno.test("dateText() knows strftime's tokens and leaves everything else", () => {
  assertEquals(
    dateText("%B %b %m %A %a %d %I:%M:%S %p %y %% %Q Jan 2006 MST", DATE),
    "March Mar 03 Thursday Thu 05 01:04:09 PM 26 % %Q Jan 2006 MST",
  );
  assertMatch(dateText("%z", DATE), /^[+-]\d{4}$/);
  assertMatch(dateText("%Z", DATE), /^\S+$/);
  assertEquals(dateText("%I%p", new Date(2026, 0, 1, 0)), "12AM");
});
