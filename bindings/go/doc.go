// Package verijot verifies JSON Web Tokens, and fetches the keys of their issuers.
//
// A [Client] verifies the tokens of one issuer; a [Verifier] verifies tokens with keys that the caller has. What
// decides is the same core as in verijot's other languages, translated to Go source, so that every test vector has
// the same result; signatures are verified by Go's own crypto packages. There is no cgo, and no dependency.
//
// Every error of a refused token is an [*Error], which errors.Is compares with codes such as [ErrExpired]; it knows
// the status and the challenge of the answer. What is set up wrongly is a [*SetupError].
package verijot
