package module

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// Entries gives the octets of a list, each with its length before it.
func Entries(values ...string) []byte {
	total := 0
	for _, value := range values {
		total += 4 + len(value)
	}
	written := make([]byte, 0, total)
	for _, value := range values {
		written = binary.LittleEndian.AppendUint32(written, uint32(len(value)))
		written = append(written, value...)
	}
	return written
}

// Options are options by name, in order.
type Options []string

// Text adds a value.
func (o *Options) Text(name, value string) { *o = append(*o, name, value) }

// Is adds 1 if the value is true.
func (o *Options) Is(name string, value bool) {
	if value {
		o.Text(name, "1")
	}
}

// Octets gives the octets of the options.
func (o Options) Octets() []byte { return Entries(o...) }

// Decimal writes a span in decimal seconds.
func Decimal(span time.Duration) string {
	sign := ""
	nanoseconds := uint64(span)
	if span < 0 {
		sign, nanoseconds = "-", -nanoseconds
	}
	written := sign + strconv.FormatUint(nanoseconds/1e9, 10)
	if rest := nanoseconds % 1e9; rest != 0 {
		digits := strconv.FormatUint(1e9+rest, 10)[1:]
		written += "." + strings.TrimRight(digits, "0")
	}
	return written
}
