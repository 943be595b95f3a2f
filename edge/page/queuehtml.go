package page

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

// AppendQueueHTML appends q as a page of the brand. It needs no script: without
// one it loads itself again. With one it asks for the facts alone, and says
// what has changed politely to who listens to it.
func AppendQueueHTML(dst []byte, s *site.Site, q *Queue, nonce string) []byte {
	w := wordsIn(q.Locale)
	dst = appendHeadIn(dst, s, w.tag(q.Locale), q.Phase, q.title(w), nonce, queueSheet, q.Again)
	dst = append(dst, `</p><h1 id="title">`...)
	dst = append(append(dst, q.title(w)...), `</h1>`...)
	if q.Name != "" {
		dst = append(append(dst, `<p class="for">`...), w.forWhat...)
		dst = append(dst, ` <strong>`...)
		dst = appendText(dst, q.Name)
		dst = append(dst, `</strong></p>`...)
	}
	dst = append(dst, `<p class="when lead" id="message"`...)
	if q.Message == "" {
		dst = append(dst, ` hidden`...)
	}
	dst = appendText(append(dst, '>'), q.Message)
	dst = append(dst, `</p><div role="status" aria-live="polite" aria-atomic="false"><dl class="facts">`...)
	if q.Phase == state.Open {
		dst = appendFact(dst, w.ahead, "ahead")
		dst = w.appendAhead(dst, q.Ahead)
		dst = appendFact(append(dst, `</dd></div>`...), w.wait, "wait")
		dst = w.appendWait(dst, q)
		dst = append(dst, `</dd><dd class="sure" id="sure">`...)
		dst = w.appendSure(dst, q)
		dst = append(dst, `</dd></div>`...)
	} else if q.Begins > 0 {
		dst = w.appendBegins(dst, q)
	}
	if q.SeatsLeft >= 0 {
		dst = appendFact(dst, w.seats, "seats")
		dst = w.appendCount(dst, q.SeatsLeft)
		dst = append(dst, `</dd></div>`...)
	}
	dst = append(dst, `</dl><p id="few"`...)
	if q.few() {
		dst = append(append(dst, '>'), w.few...)
	} else {
		dst = append(dst, ` hidden>`...)
	}
	dst = append(dst, `</p></div><p><span id="text">`...)
	dst = append(append(dst, q.text(w)...), `</span>`...)
	if q.Phase != state.Before {
		dst = append(append(dst, ' '), w.keepText...)
	}
	dst = append(dst, `</p><p><a class="again" href="`...)
	dst = appendText(dst, q.Path)
	if q.HasQuery {
		dst = append(dst, '?')
		dst = appendText(dst, q.Query)
	}
	dst = append(append(append(dst, `">`...), w.again...), `</a></p>`...)
	if q.Move != "" {
		dst = append(append(dst, `<p><a href="`...), q.Move...)
		dst = append(append(append(dst, `">`...), w.move...), `</a></p>`...)
	}
	if q.Draw != nil {
		dst = q.appendCheck(append(append(dst, `<details><summary>`...), w.check...))
	}
	dst = append(append(dst, `<script nonce="`...), nonce...)
	dst = strconv.AppendInt(append(dst, `" data-again="`...), int64(q.Again), 10)
	dst = append(dst, `">`+queueScript+`</script>`...)
	return appendFootIn(dst, w.quote, q.RequestID)
}

// appendCheck appends the command that checks the draw: the same in every
// language. Its seed is there once the sale has begun.
func (q *Queue) appendCheck(dst []byte) []byte {
	dst = append(append(dst, `</summary><p class="link"><code id="draw">stagedoor room verify --room `...), q.Room...)
	dst = appendText(append(dst, ` --event `...), q.Draw.Event)
	dst = hex.AppendEncode(append(dst, ` --commitment `...), q.Draw.Commit)
	dst = hex.AppendEncode(append(dst, ` --visitor `...), q.Visitor[:])
	if q.Draw.Seed != nil {
		dst = hex.AppendEncode(append(dst, ` --seed `...), q.Draw.Seed[:])
	}
	return append(dst, `</code></p></details>`...)
}

// appendFact appends one of the facts up to its value.
func appendFact(dst []byte, label, id string) []byte {
	dst = append(append(dst, `<div><dt>`...), label...)
	dst = append(append(dst, `</dt><dd id="`...), id...)
	return append(dst, `">`...)
}

// appendBegins says when the doors open, or the sale begins: how long it is
// until then, and the time of day, which a script puts into the visitor's own.
func (w *words) appendBegins(dst []byte, q *Queue) []byte {
	label := w.opensIn
	if q.Phase == state.PreQueue {
		label = w.beginsIn
	}
	dst = w.appendSpan(appendFact(dst, label, "begins"), q.Begins)
	dst = append(dst, `</dd><dd class="sure"><time id="at" datetime="`...)
	start := len(dst)
	dst = plainjson.AppendInstant(dst, time.Unix(q.BeginsAt, 0))
	day, clock := dst[start:start+10], dst[start+11:start+16]
	dst = append(append(dst, `">`...), day...)
	dst = append(append(dst, ' '), clock...)
	return append(dst, ` UTC</time></dd></div>`...)
}

// queueScript asks for the facts as JSON, when it was told to and a little
// later each time that fails. What is not the queue's answer is what the
// visitor was waiting for, and the page is loaded again. A page that nobody
// looks at asks all the same: who does not ask has left.
const queueScript = `(function(){` +
	`var s=document.currentScript,fails=0,$=function(i){return document.getElementById(i)};` +
	`function put(i,t){var e=$(i);if(e&&t!==undefined&&e.textContent!==t){e.textContent=t;if(i==="few"||i==="message")e.hidden=!t}}` +
	`function later(n){setTimeout(ask,1e3*Math.min(n*Math.pow(2,fails),120)*(1+fails*Math.random()/2))}` +
	`function ask(){fetch(location.href,{headers:{accept:"application/json"},cache:"no-store",credentials:"same-origin"}).then(function(r){` +
	`if(!/json/.test(r.headers.get("content-type")||"")){if(r.status<500)location.reload();throw 0}` +
	`return r.json().then(function(q){var y=q.say;if(!y){if(r.status===429){later(q.retry_after||30);return}if(r.status<500)location.reload();throw 0}` +
	`if(q.phase!==phase){location.reload();return}` +
	`fails=0;for(var k in y)put(k,y[k]);put("message",q.message||"");later(q.retry_after)})` +
	`}).catch(function(){fails=Math.min(fails+1,6);later(10)})}` +
	`var at=$("at"),phase=document.documentElement.dataset.phase;` +
	`if(at)try{at.textContent=new Date(at.dateTime).toLocaleString(document.documentElement.lang,{dateStyle:"full",timeStyle:"short"})}catch(e){}` +
	`later(+s.dataset.again)})()`

// AppendQueuePolicy is AppendPolicy for AppendQueueHTML's page.
func AppendQueuePolicy(dst []byte, nonce string) []byte {
	dst = append(append(dst, "default-src 'none'; script-src 'nonce-"...), nonce...)
	dst = append(append(dst, "'; connect-src 'self'; style-src 'nonce-"...), nonce...)
	return append(dst, policyEnd...)
}
