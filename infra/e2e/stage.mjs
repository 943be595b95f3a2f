// A headless Chromium with the flags this kind of test needs, and what several acts share.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const sizes = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 900 } },
};

/** Opens a browser. Every *.localhost name is this machine; nothing else is reachable. */
export function open() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', timeout: 120_000,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP *.localhost 127.0.0.1',
    ],
  });
}

/** A visitor: a browser of their own, whose faults (script errors, failed requests, refused content) fail the test. */
export async function visitor(browser, name, size, options = {}) {
  const context = await browser.newContext({ ...sizes[size], locale: 'en-GB', timezoneId: 'Europe/London', ...options });
  context.setDefaultTimeout(120_000); // a busy machine is slow; what never comes still fails
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    // A refused hold or a declined card is an answer, not a fault; the browser logs both as errors.
    if (message.type() === 'error' && !/status of (402|409|410)/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  return {
    name, page, context, faults,
    assertCalm() { assert.deepEqual(faults, [], `${name} saw faults`); },
  };
}

/** Keeps a picture of what a visitor sees, when the run keeps pictures. */
export async function picture(visitor, label) {
  const folder = process.env.STAGEDOOR_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await visitor.page.screenshot({ path: path.join(folder, `${label}-${visitor.name}.png`), fullPage: true });
}

/** Fails on what axe-core finds against WCAG 2.2 AA. A page that is still fading something in gets a moment. */
export async function accessible(page, where) {
  await page.evaluate(axe); // not by a script element: the page's CSP refuses those, as it should
  let faults;
  for (let tries = 0; tries < 4; tries += 1) {
    const found = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }));
    faults = found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join('; ')})`);
    if (faults.length === 0) return;
    await page.waitForTimeout(500);
  }
  assert.deepEqual(faults, [], `${where} is not accessible`);
}

/** Reads the QR code that an element shows, from its pixels, as a telephone would. */
export async function scan(element) {
  const image = PNG.sync.read(await element.screenshot());
  const found = jsQR(new Uint8ClampedArray(image.data), image.width, image.height);
  assert.ok(found, 'no QR code could be read');
  return found.data;
}

/** Says what was seen, a line a step. */
export function say(text) { console.log(`  ${text}`); }
