package page

import "github.com/stagedoor/stagedoor/edge/site"

// appendStyle appends the page's style sheet in the theme's colours, light and
// dark. Colours were validated as "#rrggbb" and need no escaping.
func appendStyle(dst []byte, t *site.Theme) []byte {
	dst = append(dst, ":root{color-scheme:light dark;"...)
	dst = appendColours(dst, t.Background, t.Ink, t.Accent)
	dst = append(dst, "}@media(prefers-color-scheme:dark){:root{"...)
	dst = appendColours(dst, t.DarkBackground, t.DarkInk, t.DarkAccent)
	return append(dst, "}}"+sheet...)
}

func appendColours(dst []byte, paper, ink, accent string) []byte {
	for _, v := range [...][2]string{{"--paper:", paper}, {"--ink:", ink}, {"--accent:", accent}, {"--on:", textOn(accent)}} {
		dst = append(dst, v[0]...)
		dst = append(dst, v[1]...)
		dst = append(dst, ';')
	}
	return dst
}

// textOn picks black or white, whichever reads better on a colour.
func textOn(colour string) string {
	if site.Brightness(colour) > 140 {
		return "#000000"
	}
	return "#ffffff"
}

// sheet draws a proscenium: a drawn curtain with a scalloped pelmet above the
// words. The folds are gradients, so that nothing needs to be fetched.
const sheet = `*{box-sizing:border-box}` +
	`html{background:var(--paper);color:var(--ink);font:clamp(1.05rem,.98rem + .35vw,1.25rem)/1.55 "Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;-webkit-text-size-adjust:100%}` +
	`body{margin:0;min-height:100vh;min-height:100svh;display:grid;grid-template-rows:auto 1fr}` +
	`.house{position:relative;height:clamp(7rem,24vh,15rem);overflow:hidden}` +
	`.house i,.house b{position:absolute;inset:0;display:block}` +
	`.house i{background:repeating-linear-gradient(90deg,rgb(0 0 0/.34) 0,rgb(255 255 255/.12) 1.1rem,rgb(0 0 0/.06) 2.1rem,rgb(0 0 0/.34) 3.4rem),var(--accent);` +
	`-webkit-mask:radial-gradient(ellipse 3.6rem 2.6rem at 50% 0,#000 98%,#0000) bottom/6.8rem 2.6rem repeat-x,linear-gradient(#000 0 0) top/100% calc(100% - 2.58rem) no-repeat;` +
	`mask:radial-gradient(ellipse 3.6rem 2.6rem at 50% 0,#000 98%,#0000) bottom/6.8rem 2.6rem repeat-x,linear-gradient(#000 0 0) top/100% calc(100% - 2.58rem) no-repeat}` +
	`.house b{background:linear-gradient(rgb(0 0 0/.45),rgb(0 0 0/0) 55%);height:60%}` +
	`main{width:min(38rem,100% - 2.5rem);margin:0 auto;padding:clamp(1.5rem,6vh,4rem) 0 3rem;align-self:start}` +
	`.brand{margin:0 0 .75rem;font-size:.82em;letter-spacing:.14em;text-transform:uppercase}` +
	`.brand::after{content:"";display:block;width:3rem;height:3px;margin-top:.85rem;background:var(--accent)}` +
	`h1{margin:0 0 .6em;font-size:clamp(2rem,1.4rem + 3.2vw,3.4rem);line-height:1.08;font-weight:600;letter-spacing:-.012em;text-wrap:balance}` +
	`p{margin:0 0 1.15em}.lead{text-wrap:pretty;white-space:pre-line;overflow-wrap:anywhere}` +
	`.when{padding:.9em 1.1em;border-left:3px solid var(--accent);background:color-mix(in srgb,var(--ink) 6%,transparent)}` +
	`.when span{display:block;font-size:.82em}.when strong{font-size:1.12em}` +
	`.again{display:inline-block;padding:.72em 1.35em;border-radius:.3rem;background:var(--accent);color:var(--on);text-decoration:none;font-weight:600}` +
	`.again:hover{text-decoration:underline}.again:focus-visible{outline:3px solid var(--ink);outline-offset:3px}` +
	`.id{margin-top:2.5rem;font-size:.82em}code{font:.92em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}` +
	`@media(forced-colors:active){.again{border:2px solid}}` +
	`@media print{.house,.again{display:none}}`

// queueSheet is for what only the queue page has.
const queueSheet = `.for{margin-top:-.6em;font-size:1.12em}` +
	`.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1.1rem 2rem;margin:0 0 1.6em;padding:1.1em 0;border:solid color-mix(in srgb,var(--ink) 22%,transparent);border-width:1px 0}` +
	`dt{font-size:.82em}dd{margin:0;font-size:1.3em;line-height:1.25;font-weight:600}.sure{font-size:.82em;font-weight:400;margin-top:.3em}.sure:empty,[hidden]{display:none}` +
	`.again{border:0;font:inherit;font-weight:600;cursor:pointer}.link{font-size:.92em;overflow-wrap:anywhere}a:not(.again){color:inherit}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}`
