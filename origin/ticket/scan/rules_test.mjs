// Answers each case on standard input, a JSON list, by the rules that scanners have.
import { decide } from "../../console/frame/static/js/scan/rules.js";

let text = "";
for await (const piece of process.stdin) text += piece;
const answers = [];
for (const one of JSON.parse(text)) {
  const { result, reason, was, twice } = await decide({ ...one, listed: Date.parse(one.listed), now: Date.parse(one.now) });
  answers.push({ result, reason: reason ?? "", was: was?.scan ?? "", twice: (twice ?? []).map((f) => f.scan) });
}
console.log(JSON.stringify(answers));
