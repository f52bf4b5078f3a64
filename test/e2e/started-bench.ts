import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { processesNaming } from "./processes.ts";

export const CHROMIUM = "/usr/bin/chromium";

/** A benchmark in a process of its own. */
export interface StartedBench {
  readonly child: ChildProcess;
  readonly mark: string;
  readonly texts: { output: string; complaints: string };
  /** Resolves with its exit status. */
  readonly ended: Promise<number | null>;
}

/** Starts a suite's program; `mark` is in the environment of all its processes. */
export function startBench(
  suite: string,
  mark: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): StartedBench {
  const child = spawn(process.execPath, ["--import", "tsx", suite, ...options], {
    env: { ...process.env, SKIPNET_TEST_MARK: mark, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { output: "", complaints: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.complaints += text;
  });
  const ended = once(child, "close").then(([status]) => status as number | null);
  return { child, mark, texts, ended };
}

/** Resolves once no process of that mark lives. */
export const nobodyLeft = (mark: string) =>
  expect.poll(() => processesNaming(mark), { timeout: 20_000 }).toEqual([]);

/** A browser that asks nobody for anything of its own. */
export function startBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run"];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** Opens a report once it has drawn; fails where a script failed, something was asked for, or something sticks out. */
export async function openReport(
  browser: Browser,
  url: string,
  view: { readonly width: number; readonly colorScheme: "light" | "dark" },
): Promise<Page> {
  const { width, colorScheme } = view;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const requests: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("dialog", (dialog) => errors.push(dialog.message()));
  await page.goto(url);
  await page.waitForSelector("html[data-plots]");
  expect(errors).toEqual([]);
  expect(requests).toEqual([url]);
  const overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate(overhang)).toBe(0);
  return page;
}
