/**
 * What is wrong with the name of a topic or channel, said before the server has to refuse it. Pure.
 * The rule itself is the wire's; here it only gets words.
 */
import { isValidName } from "../../wire/names.ts";

/** What is wrong with a name, as a sentence, or undefined when it can be used. */
export function nameTrouble(name: string): string | undefined {
  if (isValidName(name)) return undefined;
  if (name === "") return "A name is needed.";
  if (name.length > 64) return "At most 64 characters.";
  return "Only letters, digits, dot, dash and underscore, and #ephemeral at the end.";
}
