// dress makes the form look like the page around it. Only plain values of known
// variables are taken: the page must not be able to put its own rules in here.
const variables = {
  colorPrimary: "--primary", colorBackground: "--background", colorText: "--text",
  colorTextSecondary: "--secondary", colorDanger: "--danger", colorBorder: "--border",
  borderRadius: "--radius", fontSizeBase: "--size", spacingUnit: "--unit", fontFamily: "--font",
};
const checks = { "--radius": "border-radius", "--size": "font-size", "--unit": "width", "--font": "font-family" };

export function dress(appearance, dark) {
  const root = document.documentElement;
  root.classList.toggle("dark", Boolean(dark));
  root.lang = "en";
  root.removeAttribute("style");
  for (const [name, property] of Object.entries(variables)) {
    const value = appearance?.variables?.[name];
    if (typeof value === "string" && value.length < 200 && !/[;{}\\]|url\(|var\(/i.test(value) && CSS.supports(checks[property] ?? "color", value)) {
      root.style.setProperty(property, value);
    }
  }
}
