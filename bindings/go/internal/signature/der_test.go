package signature

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestTheDERIsThatOfEncodingASN1(t *testing.T) {
	for _, half := range []int{32, 48, 66} {
		for range 2000 {
			signature := make([]byte, 2*half)
			for place := range signature {
				// Many zeros and high bits.
				signature[place] = []byte{0, 0, 1, 0x7f, 0x80, 0xff}[rand.IntN(6)]
			}
			if rand.IntN(20) == 0 {
				clear(signature[:half])
			}
			wanted, err := asn1.Marshal([]*big.Int{
				new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := derOf(nil, signature); !bytes.Equal(got, wanted) || len(got) > longestDER {
				t.Fatalf("%x: %x, not %x", signature, got, wanted)
			}
		}
	}
}
