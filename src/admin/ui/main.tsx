/**
 * Where the page begins in the browser. It is bundled with everything it imports; see scripts/page.ts.
 */
import { render } from "preact";
import { App } from "./app.tsx";
import { followHistory } from "./place.tsx";
import { followSession } from "./session.ts";
import { followTheme } from "./theme.ts";

followTheme();
followHistory();
followSession();
const container = document.querySelector("#container");
if (container !== null) render(<App />, container);
