// What the `/config` route shows of an option. Knows the table and the values, no HTTP.

import {
  configKey,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  type OptionValue,
  rowsOf,
} from "./option_row.ts";
import { valueTypeOf } from "./value_types.ts";

/** A value to be shown: text as it is, or something for JSON. */
export type ConfigValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: unknown };

/**
 * The value of the option that is called `name` in a file (`mem_queue_size`), or undefined if no
 * option is. Durations come in whole nanoseconds, levels and TLS settings as NSQ's numbers.
 * `options` should hold the values in effect, such as the ports that were really bound.
 */
export function configValue<Table extends OptionTable>(
  table: Table,
  options: OptionsOf<Table>,
  name: string,
): ConfigValue | undefined {
  const found = rowsOf(table).find(([key, row]) => configKey(key, row) === name);
  if (found === undefined) return undefined;
  const [key, row] = found;
  // The mapped type promises a value of the row's type; generics cannot show it here.
  return shown(row, options[key] as OptionValue);
}

function shown(row: OptionRow, value: OptionValue): ConfigValue {
  const json = valueTypeOf(row).toJson(value);
  return typeof json === "string" ? { kind: "text", text: json } : { kind: "json", value: json };
}
