/**
 * The page as a whole: the bar, the page of the present route, dialogs and notices around it.
 */
import { useEffect, useRef } from "preact/hooks";
import { WarningsPoll } from "./cluster_warnings.tsx";
import { Confirmations } from "./dialog.tsx";
import { HeadBar } from "./head_bar.tsx";
import { Keyboard } from "./keyboard.tsx";
import { Notices } from "./notices.tsx";
import { PageHead } from "./page_parts.tsx";
import { ChannelPage } from "./pages/channel_page.tsx";
import { CounterPage } from "./pages/counter_page.tsx";
import { CreatePage } from "./pages/create_page.tsx";
import { LoginPage } from "./pages/login_page.tsx";
import { LookupPage } from "./pages/lookup_page.tsx";
import { MessagesPage } from "./pages/messages_page.tsx";
import { NodePage } from "./pages/node_page.tsx";
import { NodesPage } from "./pages/nodes_page.tsx";
import { TopicPage } from "./pages/topic_page.tsx";
import { TopicsPage } from "./pages/topics_page.tsx";
import { Link, usePlace } from "./place.tsx";
import { type Route, routePath, routeTitle } from "./route.ts";
import { session } from "./session.ts";
import { shellSettings } from "./shell_settings.ts";
import { useStore } from "./store.ts";

/** The page of a route. A page is made anew when its subject changes: `key` sees to that. */
function Page({ route }: { readonly route: Route }) {
  const key = routePath(route);
  switch (route.page) {
    case "topics":
      return <TopicsPage />;
    case "topic":
      return <TopicPage key={key} topic={route.topic} />;
    case "channel":
      return <ChannelPage key={key} topic={route.topic} channel={route.channel} />;
    case "messages":
      return <MessagesPage key={key} topic={route.topic} channel={route.channel} />;
    case "nodes":
      return <NodesPage />;
    case "node":
      return <NodePage key={key} node={route.node} />;
    case "counter":
      return <CounterPage />;
    case "lookup":
      return <LookupPage />;
    case "create":
      return <CreatePage />;
    case "login":
      return <LoginPage />;
    case "missing":
      return <MissingPage path={route.path} />;
  }
}

function MissingPage({ path }: { readonly path: string }) {
  return (
    <>
      <PageHead title="Not found" />
      <p class="box error">
        There is no page <code>{path}</code>. <Link to={{ page: "topics" }}>To the topics</Link>
      </p>
    </>
  );
}

function SkipLink() {
  const skip = (event: Event) => {
    event.preventDefault();
    document.querySelector<HTMLElement>("main")?.focus();
  };
  return <a class="skip" href="#main" onClick={skip}>Skip to the figures</a>;
}

/** Everything. */
export function App() {
  const { route } = usePlace();
  const { role } = useStore(session);
  const needsLogin = shellSettings.isLoginOn && role === null;
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = needsLogin ? "Log in · nsqadmin" : `${routeTitle(route)} · nsqadmin`;
  }, [route, needsLogin]);
  if (needsLogin) {
    return (
      <main ref={main}>
        <LoginPage />
      </main>
    );
  }
  return (
    <>
      <SkipLink />
      <HeadBar />
      <WarningsPoll />
      <main ref={main} id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
      <Keyboard />
      <Confirmations />
      <Notices />
    </>
  );
}
