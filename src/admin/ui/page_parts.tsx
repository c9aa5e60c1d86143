/**
 * The parts that pages are laid out with: the way here, tiles of figures, badges, sections.
 * It refuses to fetch or to know the API beyond names of warnings.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { growthText } from "./figure_text.ts";
import { hasComeFromPage, Link } from "./place.tsx";
import type { Route } from "./route.ts";
import { warningWords } from "./warning_list.tsx";

/** One step of the way to a page. */
export interface Step {
  readonly text: string;
  readonly to: Route;
}

/** The head of a page: the way here, its name, marks and buttons. The name takes the focus of who comes from another page. */
export function PageHead(
  props: {
    readonly way?: readonly Step[];
    readonly title: string;
    readonly kind?: string;
    readonly marks?: ComponentChildren;
    readonly children?: ComponentChildren;
  },
) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // On the first page Tab begins at the top, with the link that skips the bar.
    if (hasComeFromPage()) heading.current?.focus({ preventScroll: true });
  }, [props.title]);
  return (
    <div class="page-head">
      <div class="page-name">
        {props.way && (
          <nav aria-label="The way here" class="way">
            {props.way.map((step) => (
              <span key={step.text}>
                <Link to={step.to}>{step.text}</Link>
                <i aria-hidden="true">/</i>
              </span>
            ))}
          </nav>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
          {props.marks}
        </h1>
      </div>
      {props.children && <div class="buttons">{props.children}</div>}
    </div>
  );
}

/** A figure with its name. */
export interface Tile {
  readonly name: string;
  readonly text: string;
  readonly detail?: string | undefined;
  readonly isBad?: boolean;
}

/** A row of figures. */
export function Tiles({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <dl class="tiles">
      {tiles.map((tile) => (
        <div key={tile.name} class={tile.isBad ? "bad" : undefined}>
          <dt>{tile.name}</dt>
          <dd>
            {tile.text}
            {tile.detail && <small>{tile.detail}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A small word that marks a row or a page. */
export function Badge(
  props: {
    readonly tone?: "plain" | "warning" | "critical" | "paused";
    readonly children: ComponentChildren;
  },
) {
  return <span class={`badge ${props.tone ?? "plain"}`}>{props.children}</span>;
}

/** Badges for a paused thing and for kinds of warnings. */
export function Marks(
  props: { readonly isPaused?: boolean; readonly kinds?: readonly string[] },
) {
  return (
    <>
      {props.isPaused && <Badge tone="paused">paused</Badge>}
      {props.kinds?.filter((kind) => !(props.isPaused && kind === "paused_with_depth"))
        .map((kind) => <Badge key={kind} tone="warning">{warningWords[kind] ?? kind}</Badge>)}
    </>
  );
}

/** Growth of a backlog per second: what grows is marked. */
export function Growth({ rate }: { readonly rate: number | undefined }) {
  const text = growthText(rate);
  const tone = text.startsWith("+") ? "grows" : text.startsWith("−") ? "shrinks" : "rests";
  return <span class={tone}>{text}</span>;
}

/** A part of a page with its own heading. */
export function Section(
  props: {
    readonly title: string;
    readonly aside?: ComponentChildren;
    readonly children: ComponentChildren;
  },
) {
  return (
    <section>
      <header class="section-head">
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** What stands where figures are about to appear. */
export function Loading() {
  return <p class="loading" role="status">Reading…</p>;
}
