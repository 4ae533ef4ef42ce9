package verijot

import (
	"encoding/json"
	"reflect"
	"strings"
)

// exactMembers leaves out the members of an object that encoding/json would take for a field of the destination
// though their names differ from the field's in case. What a field's own type reads is left to it.
func exactMembers(payload []byte, destination any) []byte {
	to := reflect.TypeOf(destination)
	for to != nil && to.Kind() == reflect.Pointer {
		to = to.Elem()
	}
	if to == nil || to.Kind() != reflect.Struct || reflect.PointerTo(to).Implements(unmarshaler) {
		return payload
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return payload
	}
	names := map[string]bool{}
	fieldNames(to, names, 0)
	isChanged := false
	for member := range members {
		if names[member] {
			continue
		}
		for name := range names {
			if strings.EqualFold(name, member) {
				delete(members, member)
				isChanged = true
				break
			}
		}
	}
	if !isChanged {
		return payload
	}
	exact, err := json.Marshal(members)
	if err != nil {
		return payload
	}
	return exact
}

// fieldNames collects the names under which encoding/json finds the fields of a struct.
func fieldNames(of reflect.Type, names map[string]bool, depth int) {
	for number := range of.NumField() {
		field := of.Field(number)
		tag := field.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
		case field.Anonymous && name == "" && inner.Kind() == reflect.Struct && depth < deepest:
			fieldNames(inner, names, depth+1)
		case !field.IsExported():
		case name != "":
			// A field without a name takes any case, as its author has chosen.
			names[name] = true
		}
	}
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// Of embedded structs, which can contain themselves.
const deepest = 8
