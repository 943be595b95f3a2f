// ISO 3166 codes of the countries a card may be billed in.
const codes =
  "AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN " +
  "CO CR CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY " +
  "HK HN HR HT HU ID IE IL IM IN IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD " +
  "ME MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NZ OM PA PE PF PG PH PK PL PR PS PT PY QA RE " +
  "RO RS RW SA SB SC SE SG SI SK SL SM SN SO SR SS ST SV SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VC VE VG " +
  "VN VU WF WS XK YE ZA ZM ZW";

// countries lists [code, name] by name, in the reader's language.
export function countries(locale) {
  let names;
  try {
    names = new Intl.DisplayNames([locale, "en-GB"], { type: "region" });
  } catch {
    names = new Intl.DisplayNames(["en-GB"], { type: "region" });
  }
  return codes.split(" ").map((code) => [code, names.of(code)]).sort((a, b) => a[1].localeCompare(b[1]));
}

const home = { gbp: "GB", usd: "US" };

// likelyCountry guesses where the buyer's card is billed: where they say they are,
// else where the currency is at home (most who buy theatre tickets live near the
// theatre, and many browsers say en-US wherever they are), else what the browser says.
export function likelyCountry(given, currency, languages) {
  if (given) return given;
  if (home[currency]) return home[currency];
  const regions = languages.map((l) => l.split("-")[1]);
  return regions.find((r) => r && codes.split(" ").includes(r)) ?? "GB";
}
