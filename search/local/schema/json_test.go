package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// FuzzDecode holds Decode and Encode against package encoding/json.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"title":"Hamlet","price":[10,-2.5e+3],"open":true,"by":null,"at":{"lat":51.5}}`, ` [ 1 , "a\u00e9\n\ud83c\udfad" ] `,
		`{"a":1,"a":2}`, `01`, `-`, `1.`, `1e`, `"\x"`, `"\`, `{"a"}`, `[1,]`, `{} x`, "\"\x01\"", "\"\xff\"", `""`, `nul`, `"\ud800"`,
		strings.Repeat("[", 1100) + strings.Repeat("]", 1100), `"` + "\u2028" + `<&>"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var want, got any
		d := json.NewDecoder(bytes.NewReader(in))
		d.UseNumber()
		wrong := d.Decode(&want) != nil
		if _, err := d.Token(); err == nil || err.Error() != "EOF" {
			wrong = true
		}
		err := Decode(in, &got)
		if (err != nil) != wrong {
			t.Fatalf("Decode(%q) = %v", in, err)
		}
		if wrong {
			return
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("Decode(%q) = %#v, want %#v", in, got, want)
		}
		out, err := Encode(got)
		if err != nil {
			t.Fatal(err)
		}
		var again any
		if err := Decode(out, &again); err != nil || !reflect.DeepEqual(again, want) {
			t.Fatalf("Encode(%#v) = %s, which is %#v (%v)", got, out, again, err)
		}
	})
}

func TestEncode(t *testing.T) {
	tests := map[string]struct {
		v    any
		want string
	}{
		"sorted":    {map[string]any{"b": []any{1, int64(2)}, "a": map[string]int64{"x": 1}}, `{"a":{"x":1},"b":[1,2]}`},
		"raw":       {[]any{Raw(`{"z":1,"a":2}`)}, `[{"z":1,"a":2}]`},
		"no HTML":   {"<b>&</b>\x01\"", `"<b>&</b>\u0001\""`},
		"no UTF-8":  {"a\xffb", `"a\ufffdb"`},
		"fractions": {[]any{0.5, json.Number("1e3")}, `[0.5,1e3]`},
		"nothing":   {[]any{nil, []any{}, []any(nil), map[string]any(nil), []string{}}, `[null,[],null,null,[]]`},
		"a struct":  {struct{ A []int }{[]int{1}}, `{"A":[1]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Encode(tt.v)
			if err != nil || string(got) != tt.want {
				t.Errorf("Encode = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
	if _, err := Encode(json.Number("1x")); err == nil {
		t.Error("a wrong number is encoded")
	}
}
