// The one error this folder throws: what to tell the person who started the program, and how the
// program must end. Nothing in this folder prints or exits; the caller does both.

/** What a person must read about their options before the program ends. */
export class OptionError extends Error {
  /** The sentence for stderr, without prefix, date or newline. */
  readonly text: string;
  /** 2 for a misused command line, 1 for a value or file that cannot be used. */
  readonly exitCode: 1 | 2;
  /** Whether the help text follows the sentence. */
  readonly showUsage: boolean;

  /** `exitCode` 2 shows the usage: the mistake is in the words that were typed. */
  constructor(text: string, exitCode: 1 | 2) {
    super(text);
    this.name = "OptionError";
    this.text = text;
    this.exitCode = exitCode;
    this.showUsage = exitCode === 2;
  }
}
