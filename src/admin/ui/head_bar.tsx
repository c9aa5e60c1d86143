/**
 * The bar at the top: pages, number of warnings, sign of life, colours, who is logged in.
 */
import { useEffect, useState } from "preact/hooks";
import { useWarningCount } from "./cluster_warnings.tsx";
import { plural } from "./figure_text.ts";
import { Link, usePlace } from "./place.tsx";
import { lastReply } from "./polling.ts";
import type { Route } from "./route.ts";
import { endSession, session } from "./session.ts";
import { shellSettings } from "./shell_settings.ts";
import { useStore } from "./store.ts";
import { chooseTheme, nextTheme, theme } from "./theme.ts";

const pages: readonly {
  readonly to: Route;
  readonly text: string;
  readonly within: readonly Route["page"][];
}[] = [
  {
    to: { page: "topics" },
    text: "Topics",
    within: ["topics", "topic", "channel", "messages", "create"],
  },
  { to: { page: "nodes" }, text: "Nodes", within: ["nodes", "node"] },
  { to: { page: "counter" }, text: "Counter", within: ["counter"] },
  { to: { page: "lookup" }, text: "Lookup", within: ["lookup"] },
];

/** After so long without figures they are called old. */
const staleMs = 30_000;

/** A dot that says whether figures still come in. */
function SignOfLife() {
  const { atMs, isGood } = useStore(lastReply);
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, []);
  const isLive = isGood && (atMs === 0 || nowMs - atMs < staleMs);
  const text = isLive ? "live" : "no figures";
  return <span class={isLive ? "life" : "life lost"} role="status">{text}</span>;
}

const themeTexts = { auto: "auto", light: "light", dark: "dark" } as const;

function ThemeButton() {
  const choice = useStore(theme);
  return (
    <button
      type="button"
      class="plain quiet"
      title="Colours: as the system, light, dark ( d )"
      aria-label={`Colours: ${themeTexts[choice]}`}
      onClick={() => chooseTheme(nextTheme(choice))}
    >
      {choice === "auto" ? "◐" : choice === "light" ? "○" : "●"}
      <span class="wide">{themeTexts[choice]}</span>
    </button>
  );
}

function WarningBadge() {
  const { count, isCritical } = useWarningCount();
  if (count === 0) return null;
  return (
    <Link
      to={{ page: "topics" }}
      class={`badge ${isCritical ? "critical" : "warning"}`}
      title={plural(count, "warning")}
    >
      {`${count > 999 ? "999+" : count} ⚠`}
    </Link>
  );
}

function User() {
  const { user } = useStore(session);
  if (user === null || !shellSettings.isLoginOn) return null;
  return (
    <>
      <span class="wide">{user}</span>
      <button type="button" class="plain quiet" onClick={() => void endSession()}>Log out</button>
    </>
  );
}

/** The bar. */
export function HeadBar() {
  const { route } = usePlace();
  return (
    <header class="head-bar">
      <Link to={{ page: "topics" }} class="brand" title={`nsqadmin ${shellSettings.version}`}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1 3h14v2.4H1zM1 6.8h9.5v2.4H1zM1 10.6h5v2.4H1z" />
        </svg>
        nsq
      </Link>
      <nav aria-label="Pages">
        {pages.map((page) => (
          <Link key={page.text} to={page.to} current={page.within.includes(route.page)}>
            {page.text}
          </Link>
        ))}
      </nav>
      <div class="corner">
        <WarningBadge />
        <SignOfLife />
        <ThemeButton />
        <User />
      </div>
    </header>
  );
}
