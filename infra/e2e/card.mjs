// Paying by card, as every walk that buys does it.

/** Fills in the card and pays, by keyboard: right after a scroll Chromium may send a click into the frame beside the button. */
export async function payByCard(page, number = "4242424242424242") {
  const frame = page.getByTestId("payment-element").frameLocator("iframe").first();
  await frame.locator("#number").fill(number);
  await frame.locator("#expiry").fill("12 / 34");
  await frame.locator("#cvc").fill("123");
  const postcode = frame.locator("#postcode");
  if (await postcode.isVisible()) await postcode.fill("WC2E 7RQ");
  await page.locator('[data-testid="pay"]:enabled').press("Enter"); // the fields are there before the form is ready
}
