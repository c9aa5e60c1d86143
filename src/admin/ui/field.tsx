/**
 * A field of a form with its name, a hint, and what is wrong with what was typed.
 */

/** A field for one line of text. */
export function Field(
  props: {
    readonly name: string;
    readonly title: string;
    readonly value: string;
    readonly onValue: (value: string) => void;
    readonly isSecret?: boolean;
    readonly hint?: string;
    readonly trouble?: string | undefined;
    readonly autocomplete?: string;
  },
) {
  const { name, trouble, hint } = props;
  const noteId = `${name}-note`;
  const note = trouble ?? hint;
  return (
    <div class={trouble === undefined ? "field" : "field bad"}>
      <label>
        <span>{props.title}</span>
        <input
          {...(props.isSecret ? { type: "password" as const } : { type: "text" as const })}
          name={name}
          value={props.value}
          autocomplete={props.autocomplete ?? "off"}
          spellcheck={false}
          aria-invalid={trouble !== undefined}
          aria-describedby={note === undefined ? undefined : noteId}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
      </label>
      {note !== undefined && <small id={noteId}>{note}</small>}
    </div>
  );
}
