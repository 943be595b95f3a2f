// The time that is left. Pure: instants are milliseconds of one steady clock, never of the visitor's own.

/** Whole seconds left until end, at least 0. A second that has begun counts. */
export const secondsLeft = (end, now) => Math.max(Math.ceil((end - now) / 1000), 0);

/** Seconds as "4:59". */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const marks = [
  [120, "Two minutes left to pay."],
  [30, "Thirty seconds left to pay."],
];

/** What to say when the time goes from before to after seconds: one sentence at two minutes and at thirty seconds. */
export function say(before, after) {
  return marks.filter(([at]) => before > at && after <= at && after > 0).at(-1)?.[1] ?? "";
}
