// One ticket bought through the whole house in a real browser, while a second browser watches: steps 1 to 7.
//
//   node infra/e2e/buy.mjs --site http://lyceum.localhost:8787 --mailbox http://127.0.0.1:8788/dev/mail
//
// STAGEDOOR_PICTURES=folder keeps a picture of every page.
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { payByCard } from './card.mjs';
import { accessible, open, picture, say, scan, visitor } from './stage.mjs';

const { values: { site, mailbox } } = parseArgs({ options: { site: { type: 'string' }, mailbox: { type: 'string' } } });
const browser = await open();
let buyer; let rival;
try {
  buyer = await visitor(browser, 'phone', 'phone');
  rival = await visitor(browser, 'desktop', 'desktop', { colorScheme: 'dark' });
  await home();
  await search();
  const address = await seatMap();
  const seats = await chooseAndHold(address);
  const order = await pay();
  await tickets(order, seats);
  await mail(order);
  await sold(address, seats);
  buyer.assertCalm();
  rival.assertCalm();
  say(`bought ${order}`);
} catch (error) {
  for (const who of [buyer, rival]) {
    if (!who) continue;
    console.error(`${who.name} was at ${who.page.url()}; faults: ${JSON.stringify(who.faults)}`);
    await picture(who, 'failed').catch(() => {});
  }
  throw error;
} finally {
  await browser.close();
}

async function home() {
  for (const who of [buyer, rival]) {
    await who.page.goto(`${site}/`);
    await who.page.getByRole('heading', { level: 1 }).waitFor();
    await accessible(who.page, 'the home page');
    await picture(who, '1-home');
  }
  const group = new URL(site);
  group.hostname = group.hostname.replace(/^[^.]+/, 'stagedoor');
  await rival.page.goto(group.href);
  await accessible(rival.page, 'the group page');
  await picture(rival, '1-group');
  say('home pages are themed and accessible');
}

async function search() {
  const { page } = buyer;
  await page.goto(`${site}/`);
  const title = (await page.getByRole('heading', { level: 1 }).innerText()).trim();
  const words = title.split(/\s+/).sort((a, b) => b.length - a.length)[0].replace(/[^\p{L}]/gu, '');
  const middle = Math.floor(words.length / 2);
  const typo = words.slice(0, middle) + words[middle + 1] + words[middle] + words.slice(middle + 2);
  await page.goto(`${site}/search`);
  await page.getByTestId('search').fill(typo);
  await page.getByTestId('result').filter({ hasText: title }).first().waitFor();
  await accessible(page, 'the search page');
  await picture(buyer, '2-search');
  say(`"${typo}" finds ${title}`);
  await page.getByTestId('result').filter({ hasText: title }).first().getByRole('link').first().click();
  await page.getByTestId('performance').first().waitFor();
  await accessible(page, 'the show page');
  await picture(buyer, '2-show');
}

async function seatMap() {
  const { page } = buyer;
  await page.getByTestId('performance').first().click();
  await page.waitForURL(/\/performances\//);
  await rival.page.goto(page.url());
  for (const who of [buyer, rival]) {
    await who.page.locator('[data-testid="live-indicator"][data-state="live"]').waitFor();
    await who.page.locator('#map [data-seat-id]').first().waitFor();
    await accessible(who.page, 'the seat map');
    await picture(who, '3-seats');
  }
  say('both see the live seat map');
  return page.url();
}

/** Asks the API as a script on the visitor's page would. */
function ask(who, path, body) {
  return who.page.evaluate(async ([url, sent]) => {
    const answer = await fetch(url, sent && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(sent) });
    return { status: answer.status, body: await answer.json() };
  }, [path, body]);
}

/** How a seat stands on a visitor's map: free, held, sold, chosen or mine. */
function stateOf(who, seat) {
  return who.page.locator(`#map [data-seat-id="${seat}"]`).getAttribute('data-state');
}

async function waitForState(who, seats, state) {
  for (const seat of seats) {
    await who.page.locator(`#map [data-seat-id="${seat}"][data-state="${state}"]`).waitFor({ state: 'attached', timeout: 120_000 });
  }
}

async function chooseAndHold(address) {
  const { page } = buyer;
  const free = await page.locator('#map [data-seat-id][data-state="free"]').evaluateAll(
    (all) => all.map((seat) => seat.dataset.seatId).filter((id) => /-\d+$/.test(id)),
  );
  assert.ok(free.length > 2, 'the house is full');
  // Two seats of one row that stand beside each other in the plan.
  const from = Math.floor(free.length / 3);
  let at = from;
  while (free[at].replace(/\d+$/, '') !== free[at + 1].replace(/\d+$/, '')) at += 1;
  const seats = [free[at], free[at + 1]];
  for (const seat of seats) {
    const place = page.locator(`#map [data-seat-id="${seat}"]`);
    await place.focus();
    await page.keyboard.press('Enter');
  }
  await picture(buyer, '4-chosen');
  await page.getByTestId('hold').click();
  await page.waitForURL(/\/checkout\//);
  await waitForState(rival, seats, 'held');
  say(`${seats.join(' and ')} held by keyboard; the other browser sees it live`);
  await page.getByTestId('countdown').waitFor();
  await page.getByTestId('extend').click();
  await page.getByTestId('extend').waitFor({ state: 'hidden' });
  say('extended once');
  assert.equal((await ask(rival, '/api/v1/holds', { performance_id: address.split('/').pop(), seats })).status, 409);
  return seats;
}

// The same checkout in a second tab, where the seats are ordered in another name: the payment of the first tab is over,
// which says so in plain words when it is tried there, and goes on with the order that counts.
async function secondTab() {
  const { page } = buyer;
  const second = await page.context().newPage();
  await second.goto(page.url());
  const number = (tab) => tab.getByTestId('payment-element').frameLocator('iframe').first().locator('#number');
  await number(second).waitFor();
  await second.getByTestId('edit-details').click();
  await second.getByLabel('Full name').fill('Cecily Cardew');
  await second.getByTestId('to-payment').click();
  await number(second).waitFor();
  await second.close();
  await payByCard(buyer.page, '4242424242424242');
  await page.getByRole('alert').filter({ hasText: /another tab or window.*not paid here/ }).waitFor();
  await page.locator('#details-text').filter({ hasText: 'Cecily Cardew' }).waitFor();
  await number(page).waitFor();
  await picture(buyer, '5-changed');
  // What the provider answers to a payment that is over is an error to the browser; it is the one that is meant here.
  buyer.faults.push(...buyer.faults.splice(0).filter((fault) => !/status of 400/.test(fault)));
  say('a payment that another tab ended says so and goes on with the order that counts');
}

async function pay() {
  const { page } = buyer;
  await page.getByLabel('Full name').fill('Gwendolen Fairfax');
  await page.getByLabel('E-mail').fill('gwendolen@example.org');
  await accessible(page, 'the checkout');
  await picture(buyer, '5-details');
  await page.getByTestId('to-payment').click();
  await page.getByTestId('payment-element').frameLocator('iframe').first().locator('#number').waitFor();
  await picture(buyer, '5-payment');
  await secondTab();
  await payByCard(buyer.page, '4000000000000002');
  await page.getByRole('alert').filter({ hasText: /declined/i }).waitFor();
  assert.match(page.url(), /\/checkout\//);
  await picture(buyer, '5-declined');
  say('a declined card says so; the seats are still held');
  await payByCard(buyer.page, '4000002500003155');
  const challenge = page.frameLocator('iframe[src*="challenge"], iframe[name*="challenge"], dialog iframe').last();
  const complete = challenge.getByRole('button', { name: 'Complete authentication' });
  await complete.waitFor();
  await picture(buyer, '5-challenge');
  await complete.click();
  await page.waitForURL(/\/orders\//, { timeout: 120_000 });
  await page.locator('[data-testid="order-state"][data-state="paid"]').waitFor({ timeout: 120_000 });
  const order = (await page.getByTestId('order-number').innerText()).trim();
  say(`${order} paid after 3-D Secure, confirmed by the webhook`);
  return order;
}

async function tickets(order, seats) {
  const { page } = buyer;
  assert.deepEqual((await page.getByTestId('ticket').evaluateAll((all) => all.map((t) => t.dataset.seatId))).sort(), [...seats].sort());
  const codes = [];
  for (const ticket of await page.getByTestId('ticket').all()) {
    await ticket.locator('[data-live]').waitFor(); // the code of the moment stands in the place of the printed one
    const [, code] = (await scan(ticket.locator('.live-code svg'))).match(/^(.*)\.[0-9]{6}$/);
    codes.push(code);
  }
  const shown = await ask(buyer, `/api/v1/orders/${order}`);
  assert.deepEqual(codes.sort(), shown.body.tickets.map((ticket) => ticket.code).sort());
  await accessible(page, 'the order page');
  await picture(buyer, '6-order');
  say('QR codes scan from the screen to the signed codes');
  await keepsakes();
}

/** The forms in which a ticket is kept: on paper, and in two wallets. */
async function keepsakes() {
  const fetched = (id) => buyer.page.getByTestId(id).first().evaluate(async (link) => {
    const answer = await fetch(link.href, { redirect: 'manual' });
    return { way: answer.type, kind: answer.headers.get('Content-Type'), begins: (await answer.text()).slice(0, 5) };
  });
  assert.deepEqual(await fetched('paper'), { way: 'basic', kind: 'application/pdf', begins: '%PDF-' });
  const apple = await fetched('apple');
  assert.equal(apple.kind, 'application/vnd.apple.pkpass');
  assert.equal(apple.begins.slice(0, 2), 'PK');
  assert.equal((await fetched('google')).way, 'opaqueredirect', 'no way to Google Wallet');
  say('the tickets are there as PDF, Apple Wallet pass and Google Wallet link');
}

async function mail(order) {
  const { page } = rival;
  const message = page.getByRole('link', { name: new RegExp(order) }).first();
  for (let tries = 0; ; tries += 1) {
    await page.goto(mailbox);
    if (await message.count() > 0) break;
    assert.ok(tries < 480, 'no e-mail arrived');
    await page.waitForTimeout(250);
  }
  await picture(rival, '6-mailbox');
  await message.click();
  await page.waitForLoadState();
  await picture(rival, '6-mail');
  const text = await Promise.all(page.frames().map((frame) => frame.content()));
  const link = text.join('\n').match(new RegExp(`https?://[^"'\\s<]+/orders/${order}\\?key=[A-Za-z0-9_-]+`));
  assert.ok(link, 'the e-mail has no link to the order');
  await page.goto(link[0]);
  assert.equal(await page.getByTestId('ticket').count(), 2);
  await picture(rival, '6-order-from-mail');
  say('the order opens from its e-mailed link in another browser');
}

async function sold(address, seats) {
  await rival.page.goto(address);
  await waitForState(rival, seats, 'sold');
  assert.equal(await stateOf(rival, seats[0]), 'sold');
  assert.equal((await ask(rival, '/api/v1/holds', { performance_id: address.split('/').pop(), seats: [seats[1]] })).status, 409);
  await picture(rival, '7-sold');
  say('everyone sees the seats sold; a second buyer is refused');
}
