/** The invoked name, from every form in which an operating system or a launcher hands it over. */
import { assertEquals } from "@std/assert";
import { invokedName } from "../../src/base/invoked_name.ts";

const cases: readonly [string, string | undefined, string][] = [
  ["nsqd", undefined, "nsqd"],
  ["./nsq_tail", undefined, "nsq_tail"],
  ["/usr/local/bin/nsq_pub", undefined, "nsq_pub"],
  ["C:\\tools\\nsqd.exe", undefined, "nsqd"],
  ["bin/", undefined, "bin"],
  ["deno", "nsq_tail", "nsq_tail"],
  ["deno", "/opt/bin/nsq_tail", "nsq_tail"],
  ["/usr/bin/nsqd", "", "nsqd"],
  ["", undefined, ""],
];

for (const [firstArgument, override, expected] of cases) {
  Deno.test({
    name: `invokedName() of "${firstArgument}" and ${override ?? "no override"} is "${expected}"`,
    permissions: "none",
    fn: () => assertEquals(invokedName(firstArgument, override), expected),
  });
}
