/**
 * The system's Chromium, driven by Playwright: found, started, watched. A page that writes an error to
 * its console, throws, or asks another host fails the test. It knows nothing of nsqadmin's pages.
 */
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Where Debian and others put Chromium. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a page may take for anything, on a machine that does other things as well. */
const patienceMs = 30_000;

/** The path of a Chromium, or undefined when the system has none. CHROMIUM names another one. */
export function chromiumPath(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  return (named ? [named] : places).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A browser whose pages are watched; closed with its scope. */
export class WatchedBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  /** Everything that pages should not have done, as sentences. */
  readonly trouble: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts the browser at `path`. */
  static async start(path: string): Promise<WatchedBrowser> {
    const browser = await chromium.launch({ executablePath: path, args: flags });
    return new WatchedBrowser(browser);
  }

  /** A page with its own cookies and storage, on `origin`; addresses may then begin with a slash. */
  async page(origin: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ baseURL: origin, ...options });
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.trouble.push(`${page.url()} threw: ${error.message}`));
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") {
        this.trouble.push(`${page.url()} said: ${line.text()}`);
      }
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !url.startsWith("data:")) {
        this.trouble.push(`${page.url()} asked: ${url}`);
      }
    });
    return page;
  }

  /** Closes all pages and ends the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
