package signature

// derOf appends the DER of a signature whose R and S stand one after the other, of equal length (RFC 7518 §3.4): the
// form that ecdsa.VerifyASN1 takes without making numbers of them first.
func derOf(to, signature []byte) []byte {
	half := len(signature) / 2
	r, s := unsigned(signature[:half]), unsigned(signature[half:])
	length := integerOctets(r) + integerOctets(s)
	to = append(to, tagSequence)
	if length >= 0x80 {
		to = append(to, 0x81)
	}
	to = append(to, byte(length))
	return appendInteger(appendInteger(to, r), s)
}

// unsigned takes leading zeros away, but not the last octet.
func unsigned(number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	return number
}

// integerOctets is how long an integer is with its tag and its length.
func integerOctets(number []byte) int {
	if number[0] >= 0x80 {
		return len(number) + 3
	}
	return len(number) + 2
}

func appendInteger(to, number []byte) []byte {
	to = append(to, tagInteger, byte(integerOctets(number)-2))
	if number[0] >= 0x80 {
		// Without it the number would be negative.
		to = append(to, 0)
	}
	return append(to, number...)
}

const (
	tagInteger  = 0x02
	tagSequence = 0x30
	// Of P-521: two numbers of 66 octets, whose first bits are zero.
	longestDER = 3 + 2*(2+67)
)
