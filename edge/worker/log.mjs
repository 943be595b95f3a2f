// Log lines are JSON objects, one per line, as slog writes them.

/**
 * @param {"INFO" | "WARN" | "ERROR"} level
 * @param {string} msg
 * @param {Record<string, unknown>} [fields]
 */
export function log(level, msg, fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, msg, part: "edge", ...fields }));
}

/** What an unknown thrown thing says. */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
