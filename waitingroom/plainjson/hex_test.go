package plainjson

import "testing"

func TestHex(t *testing.T) {
	tests := []struct {
		name, text string
		want       [3]byte
		wrong      bool
	}{
		{name: "all of it", text: `"00Af9c"`, want: [3]byte{0, 0xaf, 0x9c}},
		{name: "the shorter length", text: `"00af"`, want: [3]byte{0, 0xaf, 7}},
		{name: "another length", text: `"00"`, wrong: true},
		{name: "half a byte", text: `"00af9"`, wrong: true},
		{name: "too long", text: `"00af9c00"`, wrong: true},
		{name: "no digit", text: `"00ag"`, wrong: true},
		{name: "empty", text: `""`, wrong: true},
		{name: "no string", text: `7`, wrong: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Read([]byte(test.text))
			got := [3]byte{7, 7, 7}
			r.HexOf(got[:], 2)
			if err := r.End(); (err != nil) != test.wrong || err == nil && got != test.want {
				t.Errorf("% x, %v", got, err)
			}
		})
	}
}
