// The sandbox's Stripe.js: the part of its browser API that a checkout with the Payment
// Element uses, under the same names and with the same answers. A page that works with
// this works with https://js.stripe.com/v3/ by changing the script's address.
//
//   const stripe = Stripe(publishableKey)
//   const elements = stripe.elements({ clientSecret, appearance })
//   elements.create("payment").mount("#card")
//   const { paymentIntent, error } = await stripe.confirmPayment({ elements, confirmParams, redirect: "if_required" })
//
// The card fields live in a frame of the sandbox's origin; this page never sees them.
(() => {
  "use strict";
  const origin = new URL(document.currentScript.src).origin;

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  // isDark follows the theme: "night" is dark, no theme follows the device.
  function isDark(appearance) {
    if (appearance?.theme === "night") return true;
    return appearance?.theme ? false : prefersDark.matches;
  }

  function frame(src, title) {
    const f = document.createElement("iframe");
    f.src = src;
    f.title = title;
    f.setAttribute("allow", "payment");
    Object.assign(f.style, { border: "0", display: "block", width: "100%", margin: "0", padding: "0" });
    return f;
  }

  class PaymentElement {
    #elements; #options; #frame; #port; #home; #listeners = new Map(); #waiting = new Map(); #queue = []; #count = 0;

    constructor(elements, options) {
      this.#elements = elements;
      this.#options = options ?? {};
    }

    mount(where) {
      const home = typeof where === "string" ? document.querySelector(where) : where;
      if (!home) throw new IntegrationError(`Cannot mount the Element: nothing on the page matches ${where}.`);
      if (this.#frame) this.unmount();
      this.#home = home;
      this.#frame = frame(`${origin}/elements/card`, "Secure payment input frame");
      // Close to what it will be, so that the page moves little when it is measured.
      Object.assign(this.#frame.style, { height: home.clientWidth < 380 ? "398px" : "318px", margin: "-3px", width: "calc(100% + 6px)" });
      this.#frame.addEventListener("load", () => this.#connect());
      this.#frame.addEventListener("error", () => this.#emit("loaderror", { error: { type: "api_connection_error" } }));
      home.replaceChildren(this.#frame);
      this._dress();
    }

    #connect() {
      const channel = new MessageChannel();
      this.#port?.close();
      this.#port = channel.port1;
      this.#port.onmessage = ({ data }) => this.#hear(data);
      const { key, clientSecret, appearance, locale } = this.#elements._settings;
      const details = this.#options.defaultValues?.billingDetails ?? {};
      const fields = this.#options.fields?.billingDetails;
      const ask = fields === "never" ? { country: "never", postalCode: "never" }
        : fields?.address === "never" ? { country: "never", postalCode: "never" } : fields?.address;
      this.#frame.contentWindow.postMessage(
        { stagedoor: "card", settings: { key, clientSecret, appearance, dark: isDark(appearance), locale, address: details.address, ask } },
        origin, [channel.port2],
      );
      for (const message of this.#queue.splice(0)) this.#port.postMessage(message);
    }

    #hear(data) {
      switch (data.type) {
        case "resize":
          this.#frame.style.height = `${data.height}px`;
          break;
        case "answer":
          this.#waiting.get(data.id)?.(data.result);
          this.#waiting.delete(data.id);
          break;
        case "enter": // as in a field of the page's own
          this.#home.closest("form")?.requestSubmit();
          break;
        case "change":
          this.#emit("change", { collapsed: false, value: { type: "card" }, ...data.event });
          break;
        case "loaderror":
          this.#emit("loaderror", { error: data.error });
          break;
        default:
          this.#emit(data.type, {});
      }
    }

    #emit(type, event) {
      for (const listener of [...(this.#listeners.get(type) ?? [])]) listener({ elementType: "payment", ...event });
    }

    #send(message) {
      if (this.#port) this.#port.postMessage(message);
      else this.#queue.push(message);
    }

    // _ask sends a command to the frame and waits for its answer.
    _ask(command, args) {
      if (!this.#frame) throw new IntegrationError("The Payment Element must be mounted first.");
      const id = ++this.#count;
      return new Promise((resolve) => {
        this.#waiting.set(id, resolve);
        this.#send({ id, command, args });
      });
    }

    _dress() {
      const { appearance } = this.#elements._settings;
      if (!this.#frame) return;
      // A frame whose colour scheme differs from its document's gets a backdrop.
      this.#frame.style.colorScheme = isDark(appearance) ? "dark" : "light";
      if (this.#port) this.#send({ command: "dress", args: { appearance, dark: isDark(appearance) } });
    }

    on(type, listener) {
      if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
      this.#listeners.get(type).add(listener);
      return this;
    }
    once(type, listener) {
      const first = (event) => { this.off(type, first); listener(event); };
      return this.on(type, first);
    }
    off(type, listener) {
      if (listener) this.#listeners.get(type)?.delete(listener);
      else this.#listeners.delete(type);
      return this;
    }
    focus() {
      this.#frame?.focus();
      this.#send({ command: "focus" });
    }
    blur() { this.#frame?.blur(); }
    clear() { this.#send({ command: "clear" }); }
    collapse() {}
    update(options) { Object.assign(this.#options, options); }
    unmount() {
      for (const resolve of this.#waiting.values()) {
        resolve({ error: { type: "invalid_request_error", message: "The Payment Element was taken off the page." } });
      }
      this.#waiting.clear();
      this.#port?.close();
      this.#frame?.remove();
      this.#frame = this.#port = undefined;
    }
    destroy() {
      this.unmount();
      this.#listeners.clear();
      this.#elements._forget(this);
    }
  }

  class Elements {
    #element;
    constructor(settings) {
      this._settings = settings;
      prefersDark.addEventListener("change", () => this.#element?._dress());
    }
    create(type, options) {
      if (type !== "payment") throw new IntegrationError(`The sandbox has the "payment" Element, not "${type}".`);
      if (this.#element) throw new IntegrationError("Can only create one Element of type payment.");
      return (this.#element = new PaymentElement(this, options));
    }
    getElement(type) { return type === "payment" ? (this.#element ?? null) : null; }
    update(options) {
      Object.assign(this._settings, options);
      this.#element?._dress();
    }
    async fetchUpdates() { return {}; }
    async submit() { return this.#element ? this.#element._ask("validate") : {}; }
    _forget(element) { if (this.#element === element) this.#element = undefined; }
  }

  // challenge shows a 3-D Secure check above the page and waits for it to end.
  function challenge(url) {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", "Your bank’s security check");
    Object.assign(dialog.style, {
      border: "0", padding: "0", margin: "0", width: "100vw", height: "100dvh", maxWidth: "none", maxHeight: "none",
      background: "rgba(10, 12, 18, .62)", display: "grid", placeItems: "center", overflow: "auto",
    });
    const page = frame(url, "3-D Secure check");
    Object.assign(page.style, {
      width: "min(440px, calc(100vw - 24px))", height: "min(560px, calc(100dvh - 24px))", borderRadius: "14px",
      background: prefersDark.matches ? "#1d2027" : "#fff", colorScheme: prefersDark.matches ? "dark" : "light",
    });
    dialog.append(page);
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      const done = () => {
        removeEventListener("message", hear);
        dialog.remove();
        resolve();
      };
      const hear = ({ source, origin: from, data }) => {
        if (source !== page.contentWindow || from !== origin) return;
        if (data?.stagedoor === "3ds") done();
        if (data?.stagedoor === "3ds-height") page.style.height = `min(${Number(data.height)}px, calc(100dvh - 24px))`;
      };
      addEventListener("message", hear);
      dialog.addEventListener("close", done); // a browser lets a second Esc through
      dialog.addEventListener("cancel", (e) => { // Esc: the buyer gives up the check
        e.preventDefault();
        page.contentWindow.postMessage({ stagedoor: "3ds-cancel" }, origin);
      });
    });
  }

  async function get(key, clientSecret) {
    const id = String(clientSecret).split("_secret_")[0];
    try {
      const answer = await fetch(`${origin}/v1/payment_intents/${encodeURIComponent(id)}?client_secret=${encodeURIComponent(clientSecret)}`, {
        headers: { Authorization: `Bearer ${key}` }, credentials: "omit", referrerPolicy: "no-referrer",
      });
      const body = await answer.json();
      return answer.ok ? { paymentIntent: body } : { error: body.error };
    } catch {
      return { error: { type: "api_connection_error", message: "We couldn’t reach the payment service. Check your connection and try again." } };
    }
  }

  class StripeClient {
    #key;
    constructor(key) {
      if (typeof key !== "string" || !key.startsWith("pk_")) {
        throw new IntegrationError("Please call Stripe() with your publishable key. It starts with pk_.");
      }
      this.#key = key;
    }

    elements({ clientSecret, appearance, locale = "auto" } = {}) {
      if (!/^pi_\w+_secret_\w+$/.test(clientSecret ?? "")) throw new IntegrationError("Invalid value for elements(): clientSecret should be of the form ${id}_secret_${secret}.");
      return new Elements({ key: this.#key, clientSecret, appearance, locale: locale === "auto" ? navigator.language : locale });
    }

    retrievePaymentIntent(clientSecret) { return get(this.#key, clientSecret); }

    // #finish brings an intent to an end: through 3-D Secure, if the bank asks for it.
    async #finish(paymentIntent) {
      const secret = paymentIntent.client_secret;
      if (paymentIntent.status === "requires_action") {
        const { use_stripe_sdk: inPage, redirect_to_url: away } = paymentIntent.next_action ?? {};
        if (away) {
          location.assign(away.url);
          return new Promise(() => {});
        }
        await challenge(inPage.stripe_js);
        const after = await get(this.#key, secret);
        if (after.error) return after;
        paymentIntent = after.paymentIntent;
      }
      const { last_payment_error: error, status } = paymentIntent;
      return status === "requires_payment_method" && error ? { error: { ...error, payment_intent: paymentIntent } } : { paymentIntent };
    }

    async handleNextAction({ clientSecret }) {
      const { paymentIntent, error } = await get(this.#key, clientSecret);
      return error ? { error } : this.#finish(paymentIntent);
    }

    async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      if (redirect === "always" && !confirmParams.return_url) {
        throw new IntegrationError("confirmPayment(): confirmParams.return_url is required unless redirect is \"if_required\".");
      }
      const element = elements?.getElement("payment");
      if (!element) throw new IntegrationError("confirmPayment(): create and mount a Payment Element first.");
      const secret = clientSecret ?? elements._settings.clientSecret;
      const tried = await element._ask("pay", { clientSecret: secret, confirmParams });
      if (tried.error) return tried;
      const result = await this.#finish(tried.paymentIntent);
      if (result.error || redirect === "if_required") return result;
      const back = new URL(confirmParams.return_url);
      back.searchParams.set("payment_intent", result.paymentIntent.id);
      back.searchParams.set("payment_intent_client_secret", secret);
      back.searchParams.set("redirect_status", result.paymentIntent.status);
      location.assign(back);
      return new Promise(() => {}); // the page is going away
    }
  }

  const Stripe = (key) => new StripeClient(key);
  Stripe.version = 3;
  Object.defineProperty(window, "Stripe", { value: Stripe, configurable: true, writable: true });
})();
