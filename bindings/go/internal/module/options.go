package module

import (
	"encoding/binary"
	"reflect"
	"slices"
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

// Twice gives the name of an option that stands twice with different values, of which only one would count; empty
// without one. The options that are lists may.
func (o Options) Twice(lists ...string) string {
	known := map[string]string{}
	for place := 0; place+1 < len(o); place += 2 {
		name, value := o[place], o[place+1]
		if slices.Contains(lists, name) {
			continue
		}
		if other, isThere := known[name]; isThere && other != value {
			return name
		}
		known[name] = value
	}
	return ""
}

// IsNil says whether nothing can be called: nil, or a nil pointer or function of a type that has methods.
func IsNil(value any) bool {
	if value == nil {
		return true
	}
	of := reflect.ValueOf(value)
	return (of.Kind() == reflect.Pointer || of.Kind() == reflect.Func) && of.IsNil()
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
