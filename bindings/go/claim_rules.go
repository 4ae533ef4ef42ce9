package verijot

// A Rule says what one claim, or one parameter of the header, must be like (core/guide/policy.md). It requires the
// claim, unless [Rule.IfPresent] says otherwise.
type Rule struct{ members map[string]any }

// WithClaimRule demands that a claim obeys a rule. The claim's names are given from the outermost inwards. Given
// several times, it adds up; rules are checked in their order.
func WithClaimRule(path []string, rule Rule) VerifierOption {
	return withRule("path", list(path), rule)
}

// WithHeaderRule demands that a parameter of the header obeys a rule, as [WithClaimRule] does.
func WithHeaderRule(name string, rule Rule) VerifierOption { return withRule("header", name, rule) }

// RuleEquals demands this JSON value; 1 and "1" differ.
func RuleEquals(value any) Rule { return rule("equals", value) }

// RuleOneOf demands one of these JSON values.
func RuleOneOf(values ...any) Rule { return rule("one_of", append([]any{}, values...)) }

// RuleContainsAll demands an array of strings that holds all of these; a string counts as an array of one.
func RuleContainsAll(texts ...string) Rule { return rule("contains_all", list(texts)) }

// RuleContainsAny demands an array of strings that holds one of these; a string counts as an array of one.
func RuleContainsAny(texts ...string) Rule { return rule("contains_any", list(texts)) }

// RuleHasKey demands an object with this member.
func RuleHasKey(name string) Rule { return rule("has_key", name) }

// RuleBoolean demands this truth value, not a string.
func RuleBoolean(value bool) Rule { return rule("boolean", value) }

// RuleStartsWith demands a string that begins with this; end it with a separator.
func RuleStartsWith(prefix string) Rule { return rule("starts_with", prefix) }

// RuleMatchesSegments demands a string with this pattern: colons and slashes separate segments, and an asterisk, once
// in a segment, stands for one or more characters of that segment.
func RuleMatchesSegments(pattern string) Rule { return rule("matches_segments", pattern) }

// RuleSameAs demands the value of another claim, whose names are given from the outermost inwards.
func RuleSameAs(path ...string) Rule { return rule("same_as", list(path)) }

// RuleString demands a string.
func RuleString() Rule { return rule("is", "string") }

// RuleNotEmpty demands a string that is not empty.
func RuleNotEmpty() Rule { return rule("is", "not_empty") }

// RuleDate demands a number.
func RuleDate() Rule { return rule("is", "date") }

// RuleObject demands an object.
func RuleObject() Rule { return rule("is", "object") }

// RuleAbsent demands that the claim is not there; null counts as there.
func RuleAbsent() Rule { return rule("is", "absent") }

// IfPresent gives the same rule for a claim that may be missing.
func (r Rule) IfPresent() Rule { return r.and("if_present", true) }

func rule(name string, value any) Rule { return Rule{}.and(name, value) }

func (r Rule) and(name string, value any) Rule {
	members := map[string]any{name: value}
	for each, known := range r.members {
		members[each] = known
	}
	return Rule{members}
}

func withRule(kind string, place any, rule Rule) VerifierOption {
	return verifierOption(func(s *verifierSettings) {
		s.policy.rules = append(s.policy.rules, rule.and(kind, place).members)
	})
}
