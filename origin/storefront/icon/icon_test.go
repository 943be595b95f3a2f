package icon_test

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"image/png"
	"testing"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
	"github.com/stagedoor/stagedoor/origin/storefront/icon"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func TestLetter(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]rune{"Lyceum Theatre": 'L', "The Old Vic": 'O', " élan": 'É', "4th Wall": '4', "": 'S', "…": 'S', "\xff": 'S'} {
		if got := icon.Letter(name); got != want {
			t.Errorf("%q: %c", name, got)
		}
	}
}

// An icon's pictures are read as a browser reads them: where its directory says they are.
func TestICO(t *testing.T) {
	t.Parallel()
	family, err := typeface.Open()
	if err != nil {
		t.Fatal(err)
	}
	theme := venue.Theme{}
	draw := func(name string) []byte {
		t.Helper()
		file, err := icon.ICO(venue.Brand{Name: name, Theme: theme}, family)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := draw("Lyceum Theatre")
	if binary.LittleEndian.Uint16(file[2:]) != 1 || binary.LittleEndian.Uint16(file[4:]) != 3 {
		t.Fatalf("it begins %x", file[:6])
	}
	end := 6 + 16*3
	for i, size := range []int{16, 32, 48} {
		entry := file[6+16*i:]
		length, at := int(binary.LittleEndian.Uint32(entry[8:])), int(binary.LittleEndian.Uint32(entry[12:]))
		if int(entry[0]) != size || int(entry[1]) != size || at != end {
			t.Fatalf("entry %d: %x", i, entry[:16])
		}
		end = at + length
		picture, err := png.Decode(bytes.NewReader(file[at:end]))
		if err != nil || picture.Bounds().Dx() != size {
			t.Fatalf("picture %d: %v", i, err)
		}
		white := 0
		for y := range size {
			for x := range size {
				if color.NRGBAModel.Convert(picture.At(x, y)) == (color.NRGBA{0xff, 0xff, 0xff, 0xff}) {
					white++
				}
			}
		}
		_, _, _, corner := picture.At(0, 0).RGBA()
		edge := color.NRGBAModel.Convert(picture.At(size/2, 0))
		if corner != 0 || edge != (color.NRGBA{0x8c, 0x1c, 0x2b, 0xff}) || white == 0 || white > size*size/2 {
			t.Errorf("%d pixels: corner %d, edge %v, %d white", size, corner, edge, white)
		}
	}
	if end != len(file) {
		t.Errorf("%d bytes after the last picture", len(file)-end)
	}
	if bytes.Equal(file, draw("Shubert Theatre")) {
		t.Error("two brands have one icon")
	}
	if !bytes.Equal(draw("劇場"), draw("Stagedoor")) {
		t.Error("a letter that the font lacks is not S")
	}
}
