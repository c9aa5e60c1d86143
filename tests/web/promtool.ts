/**
 * Prometheus' own tool (Debian's package prometheus has it), where it is installed: it says what is wrong with figures,
 * rules and the like.
 */

function isInstalled(): boolean {
  try {
    return new Deno.Command("promtool", { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** The tool. */
export const promtool = {
  isThere: isInstalled(),
  /** To be added to the name of a test that is left out. */
  reason: " (left out: promtool is not installed)",

  /** `promtool check <what>` of a text, or of files; empty when it has nothing to say against it. */
  async check(what: "metrics" | "rules", text: string, ...files: string[]): Promise<string> {
    const child = new Deno.Command("promtool", {
      args: ["check", what, ...files],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text)).catch(() => {});
    await writer.close().catch(() => {});
    const { success, stdout, stderr } = await child.output();
    const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    return success ? "" : said || "it failed without a word";
  },
};
