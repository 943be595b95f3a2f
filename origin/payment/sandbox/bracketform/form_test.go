package bracketform_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/bracketform"
)

func TestReadsWhatStripeGoWrites(t *testing.T) {
	params := &stripe.PaymentIntentParams{
		Amount:             stripe.Int64(8950),
		Currency:           stripe.String("gbp"),
		PaymentMethodTypes: stripe.StringSlice([]string{"card", "link"}),
		AutomaticPaymentMethods: &stripe.PaymentIntentAutomaticPaymentMethodsParams{
			Enabled: stripe.Bool(true),
		},
	}
	params.AddMetadata("order_id", "A & B = [C] é")
	params.AddExpand("latest_charge")
	body := &form.Values{}
	form.AppendTo(body, params)

	f, err := bracketform.Parse(body.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := f.Get("amount"); got != "8950" {
		t.Errorf("amount = %q", got)
	}
	if got, _ := f.Get("automatic_payment_methods[enabled]"); got != "true" {
		t.Errorf("nested = %q", got)
	}
	if got := f.List("payment_method_types"); !reflect.DeepEqual(got, []string{"card", "link"}) {
		t.Errorf("array = %q", got)
	}
	if got := f.Map("metadata"); !reflect.DeepEqual(got, map[string]string{"order_id": "A & B = [C] é"}) {
		t.Errorf("metadata = %q", got)
	}
	if got := f.List("expand"); !reflect.DeepEqual(got, []string{"latest_charge"}) {
		t.Errorf("expand = %q", got)
	}
	if got := f.Unread(); !reflect.DeepEqual(got, []string{"currency"}) {
		t.Errorf("unread = %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	cases := []struct{ name, body, says string }{
		{"a broken escape in a name", "a%zz=1", "parameter name"},
		{"a broken escape in a value", "a=%zz", "value of parameter"},
		{"an open bracket", "a[b=1", "do not match"},
		{"a stray closing bracket", "a]=1", "brackets without a name"},
		{"a bracket within brackets", "a[[b]]=1", "do not match"},
		{"text after brackets", "a[b]c=1", "after a closing bracket"},
		{"no name", "[a]=1", "without a name"},
		{"an array of groups without an index", "a[][b]=1", "empty brackets"},
		{"a value that is also a group", "a=1&a[b]=2", "both as a value and as a group"},
		{"deep nesting", "a" + strings.Repeat("[b]", 20) + "=1", "nested deeper"},
		{"a very long name", strings.Repeat("a", 2000) + "=1", "longer than"},
		{"too many names", manyNames(), "more than"},
		{"too many of one name", strings.Repeat("a[]=1&", 2000), "more than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := bracketform.Parse(c.body); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("want an error that says %q, got %v", c.says, err)
			}
		})
	}
}

func manyNames() string {
	var b strings.Builder
	for i := range 2000 {
		b.WriteString("&a[" + strings.Repeat("x", i%40) + string(rune('0'+i%10)) + url.QueryEscape(string(rune(0x4e00+i))) + "]=1")
	}
	return b.String()
}

func TestNumericKeysOfAGroupAreKeysAndOfAListAreOrder(t *testing.T) {
	f, err := bracketform.Parse("metadata[7]=seven&expand[0]=a&expand[1]=b&expand[]=c&expand[x]=no")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Map("metadata"); got["7"] != "seven" {
		t.Errorf("metadata = %v", got)
	}
	if got := f.List("expand"); !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
		t.Errorf("expand = %v", got)
	}
}

func TestFingerprintIgnoresOrderAndNothingElse(t *testing.T) {
	print := func(body string) string {
		f, err := bracketform.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		return f.Fingerprint()
	}
	if print("a=1&b[c]=2") != print("b[c]=2&a=1") {
		t.Error("order matters")
	}
	for _, other := range []string{"a=1", "a=1&b[c]=3", "a=1&b[d]=2", "a=1&b=2", "a=1&b[c]=2&b[c]=2"} {
		if print("a=1&b[c]=2") == print(other) {
			t.Errorf("%q looks the same", other)
		}
	}
}

func TestGroupsSurviveTheTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.MapOf(rapid.StringMatching(`[a-z0-9_ é&=%+]{1,20}`), rapid.String()).Draw(t, "metadata")
		pairs := url.Values{}
		for k, v := range group {
			pairs.Set("metadata["+k+"]", v)
		}
		f, err := bracketform.Parse(pairs.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Map("metadata"); len(got) != len(group) || len(group) > 0 && !reflect.DeepEqual(got, group) {
			t.Fatalf("got %q, want %q", got, group)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a=1&b[c]=2&d[]=3", "a[b][c]=%20+%5B", "a[=]&]=", "&&&=&=", "a[0]=1&a[1]=2", "%5B%5D=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := bracketform.Parse(body)
		if err != nil {
			return
		}
		for _, name := range form.Unread() {
			if !form.Has(name) {
				t.Fatalf("%q was given but is not there", name)
			}
			if _, ok := form.Get(name); !ok {
				t.Fatalf("%q was given but has no value", name)
			}
		}
		if left := form.Unread(); len(left) > 0 {
			t.Fatalf("still unread: %q", left)
		}
		again, err := bracketform.Parse(body)
		if err != nil || again.Fingerprint() != form.Fingerprint() {
			t.Fatal("parsing is not deterministic")
		}
	})
}
