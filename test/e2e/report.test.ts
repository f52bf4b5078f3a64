import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeReport } from "../../bench/report/write.ts";
import { sampleResults } from "../bench/sample-results.ts";

const CHROMIUM = "/usr/bin/chromium";
const isThere = existsSync(CHROMIUM);
if (!isThere) process.stderr.write(`skipped: the report in a real browser needs ${CHROMIUM}\n`);

describe.skipIf(!isThere)("the report in a real browser, opened from disk", () => {
  let folder = "";
  let url = "";
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "skipnet-report-"));
    const results = sampleResults();
    // What a stranger's results file may hold must not become part of the page.
    const { udp } = results.transports;
    if (udp !== undefined) results.transports["</script><img src=x onerror=alert(1)>"] = udp;
    url = pathToFileURL(await writeReport(folder, results)).href;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  interface Opened {
    readonly page: Page;
    readonly requests: string[];
    readonly errors: string[];
  }

  async function open(width: number, colorScheme: "light" | "dark"): Promise<Opened> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const requests: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    await page.waitForSelector("html[data-plots]");
    return { page, requests, errors };
  }

  test.each([
    [1_200, "light"],
    [1_200, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)(
    "draws all plots at %i pixels, %s, asking nobody for anything",
    async (width, scheme) => {
      const { page, requests, errors } = await open(width, scheme);
      expect(errors).toEqual([]);
      expect(requests).toEqual([url]);
      // One of percentiles, and two a transport over time.
      expect(await page.getAttribute("html", "data-plots")).toBe("11");
      expect(await page.locator("canvas").count()).toBe(11);
      // Nothing sticks out: a phone scrolls tables, not the page.
      const overhang =
        "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await page.evaluate(overhang)).toBe(0);
      await page.close();
    },
  );

  test("shows every chapter, and bad news as such", async () => {
    const { page } = await open(1_200, "light");
    const text = (await page.textContent("main")) ?? "";
    for (const chapter of [
      "Latency by percentile",
      "Over time",
      "Side by side",
      "Detection and repair",
      "Where an operation’s time went",
      "On the wire, by message type",
      "Errors",
      "Scenario and machine",
    ]) {
      expect(text).toContain(chapter);
    }
    expect(await page.locator("td.bad", { hasText: "> 12 s" }).count()).toBe(4);
    expect(text).toContain("E_DEADLINE");
    expect(text).toContain("valid run");
    await page.close();
  });

  test("paints the curves: the canvas of percentiles is not empty, and changes with the theme", async () => {
    const ink = `(() => {
      const canvas = document.querySelector("#curves canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      let sum = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { painted++; sum += data[i - 1]; }
      return [painted, sum];
    })()`;
    const { page } = await open(1_200, "light");
    const [painted, light] = (await page.evaluate(ink)) as [number, number];
    expect(painted).toBeGreaterThan(2_000);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(async () => ((await page.evaluate(ink)) as number[])[1]).not.toBe(light);
    await page.close();
  });

  test("tells the values under the cursor", async () => {
    const { page } = await open(1_200, "light");
    await page.locator("#curves .u-over").hover();
    const legend = await page.textContent("#curves .u-legend");
    expect(legend).toMatch(/Percentile:?\s*9\d/);
    expect(legend).toMatch(/\d (ms|s)/);
    await page.close();
  });
});
