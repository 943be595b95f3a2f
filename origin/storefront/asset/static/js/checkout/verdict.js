// What came of a payment, of what the provider says. Pure.

/**
 * Reads a provider's error together with the payment as it is now (undefined when that can't be asked either):
 * { paid }, { incomplete }, { changed }: the order is no longer what this page shows, as when another tab paid for it,
 * is paying, or ordered anew; or { declined: text }.
 */
export function verdict(error, intent) {
  if (error?.type === "validation_error") return { incomplete: true };
  // An answer that got lost may have been a yes: what is, counts, and not what was said.
  if (["succeeded", "processing"].includes(intent?.status)) return { paid: true };
  if (intent?.status === "canceled" || error?.code === "payment_intent_unexpected_state") return { changed: true };
  return { declined: error?.message ?? "The payment was not completed." };
}
