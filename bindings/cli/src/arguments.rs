//! What can be typed, and the help that says so.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use verijot::{Algorithm, UnixTime};

use crate::provider::Provider;
use crate::values::{self, ExpectedClaim};

/// Verify, explain and inspect JSON Web Tokens.
///
/// The verdict and its code are those of the verijot library in every language. Nothing is
/// fetched from anywhere; keys come from files.
#[derive(Debug, Parser)]
#[command(
    name = "verijot",
    version,
    after_help = EXIT_CODES,
    after_long_help = GENERAL_EXAMPLES,
    arg_required_else_help = true,
    max_term_width = 100,
    subcommand_help_heading = "Verbs",
    subcommand_value_name = "VERB"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// The library that does the arithmetic
    #[arg(long, global = true, value_enum, value_name = "NAME", default_value_t = Provider::DEFAULT)]
    pub(crate) provider: Provider,
    /// Print data instead of words
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Verify a token and print its claims
    ///
    /// An accepted token's claims go to standard output, octet for octet as they were signed
    /// (indented on a terminal), with exit code 0. A rejected token is explained on standard
    /// error, with exit code 1. What cannot be decided (bad usage, an unreadable file, unusable
    /// keys) ends with exit code 2.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerificationArguments),
    /// Show every check of a verification, and the verdict
    ///
    /// Takes the same arguments as `verify`, ends with the same exit code, and shows no secret:
    /// its output can be put into a ticket.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(VerificationArguments),
    /// Show what a token says, without verifying anything
    ///
    /// Good for looking, never for trusting: anybody can write any token.
    #[command(after_help = DECODE_EXAMPLES)]
    Decode {
        /// The token, @FILE to read it from a file, or - for standard input
        #[arg(value_name = "TOKEN")]
        token: OsString,
    },
    /// Show the keys of a JWK Set, and why some cannot be used
    ///
    /// Ends with exit code 0 if at least one key is usable, 1 if none is, 2 if the set cannot be
    /// read.
    #[command(after_help = JWKS_EXAMPLES)]
    Jwks {
        /// The file with the set, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Let symmetric keys (oct) in; only for a set that is kept secret
        #[arg(long)]
        symmetric_keys: bool,
        #[command(flatten)]
        reading: SetReading,
    },
    /// Run the test vectors of a folder
    ///
    /// Ends with exit code 1 if a case comes out otherwise than expected, and 2 if the folder
    /// cannot be read or a file is not in the format `verijot-testvectors-v2`, or v1.
    #[command(after_help = VECTORS_EXAMPLES)]
    Vectors {
        /// The folder; every *.json file in it but *schema.json and codes.json is run
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Play a change of keys through before it is made
    ///
    /// Computes from the issuer's set of today, the set that will replace it and the plan's numbers
    /// whether any valid token would be refused, or any withdrawn key accepted for longer than
    /// caches make unavoidable (one --ttl), and for how long. At --overlap the keys of the old set
    /// are taken out of the new one.
    ///
    /// Ends with exit code 0 if all goes well, 1 with findings, 2 if a set cannot be read. Durations
    /// are whole numbers with a unit: 90s, 15m, 12h, 7d, 2w, 1h30m.
    #[command(after_help = REHEARSE_EXAMPLES)]
    Rehearse(RehearsalArguments),
}

/// A token, the keys and what is demanded: the same for `verify` and `explain`.
#[derive(Debug, Args)]
pub(crate) struct VerificationArguments {
    /// The token, @FILE to read it from a file, or - for standard input
    ///
    /// One line end at the end of a file or of standard input is not part of the token. Other
    /// users of the machine can see what you type here; a file or standard input hides it.
    #[arg(value_name = "TOKEN")]
    pub(crate) token: OsString,
    #[command(flatten)]
    pub(crate) keys: KeySource,
    /// Let symmetric keys (oct) of the set in; only for a set that is kept secret
    #[arg(long, conflicts_with_all = ["key", "secret_file"], help_heading = KEYS)]
    pub(crate) symmetric_keys: bool,
    #[command(flatten)]
    pub(crate) reading: SetReading,
    /// Only this algorithm; may be repeated
    ///
    /// One of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384,
    /// HS512. Without it every algorithm that the keys of the set are for, HMAC excepted unless
    /// --symmetric-keys is given. With --key and --secret-file it says what the key is for.
    #[arg(long, value_name = "A", value_parser = values::algorithm, help_heading = KEYS)]
    pub(crate) algorithm: Vec<Algorithm>,
    #[command(flatten)]
    pub(crate) policy: PolicyChoice,
    #[command(flatten)]
    pub(crate) issuer: IssuerChoice,
    #[command(flatten)]
    pub(crate) audience: AudienceChoice,
    #[command(flatten)]
    pub(crate) time: TimeDemands,
    #[command(flatten)]
    pub(crate) content: ContentDemands,
    /// The time to verify at: seconds since 1970 or RFC 3339 [default: the clock]
    #[arg(long, value_name = "T", value_parser = values::moment, allow_negative_numbers = true, help_heading = TIME)]
    pub(crate) now: Option<UnixTime>,
}

/// All that is demanded, in place of the options for it.
#[derive(Debug, Args)]
pub(crate) struct PolicyChoice {
    /// A policy as a JSON document, in place of all options that demand something; - for standard
    /// input
    ///
    /// The same document as in every language: testvectors/policy.schema.json describes it. With
    /// --key and --secret-file its algorithms say what the key is for.
    #[arg(
        long, value_name = "FILE", env = "VERIJOT_POLICY_FILE", hide_env_values = true,
        groups = IN_PLACE_OF, conflicts_with_all = SAID_IN_POLICY, help_heading = POLICY
    )]
    pub(crate) policy: Option<PathBuf>,
    /// The document itself
    #[arg(
        long, value_name = "JSON", env = "VERIJOT_POLICY", hide_env_values = true,
        groups = IN_PLACE_OF, conflicts_with_all = SAID_IN_POLICY, help_heading = POLICY
    )]
    pub(crate) policy_json: Option<String>,
}

/// Where the keys come from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeySource {
    /// The issuer's JWK Set
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) jwks: Option<PathBuf>,
    /// One bare JWK, a key that is in no set
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) jwk: Option<PathBuf>,
    /// A public key in PEM (PUBLIC KEY, RSA PUBLIC KEY, or the key of a CERTIFICATE); needs
    /// --algorithm, or a policy that names algorithms
    ///
    /// Of a certificate only the key is taken: its dates, names and issuer are not judged.
    #[arg(long, value_name = "PEM", help_heading = KEYS)]
    pub(crate) key: Option<PathBuf>,
    /// A file that holds a shared secret, for HMAC; without --algorithm for every hash that it is as
    /// long as
    ///
    /// The secret is used octet for octet: a line end at the end of the file is part of it, and
    /// hexadecimal or base64 is not decoded. `printf %s "$SECRET" > FILE` writes no line end,
    /// `echo` does.
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) secret_file: Option<PathBuf>,
}

/// How a JWK Set or a bare JWK is read.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SetReading {
    /// How many keys a set may have [default: 100]
    #[arg(long, value_name = "N", help_heading = KEYS)]
    pub(crate) max_keys: Option<usize>,
    /// How many octets a set may have [default: 262144]
    #[arg(long, value_name = "N", help_heading = KEYS)]
    pub(crate) max_jwks_octets: Option<usize>,
    /// Take numbers of keys in base64 with padding or of the standard alphabet
    #[arg(long, help_heading = KEYS)]
    pub(crate) tolerate_padded_base64: bool,
    /// Take coordinates that lack zero octets at their beginning
    #[arg(long, help_heading = KEYS)]
    pub(crate) tolerate_short_coordinates: bool,
}

/// Who must have issued the token.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct IssuerChoice {
    /// The issuer, character for character; may be repeated
    #[arg(long, value_name = "I", value_parser = values::plain_text, help_heading = ISSUER_AND_AUDIENCE)]
    pub(crate) issuer: Vec<String>,
    /// Do not check the issuer
    #[arg(long, help_heading = ISSUER_AND_AUDIENCE)]
    pub(crate) any_issuer: bool,
}

/// For whom the token must be meant.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct AudienceChoice {
    /// Your own name as the token's audience; may be repeated, one must match
    #[arg(long, value_name = "A", value_parser = values::plain_text, help_heading = ISSUER_AND_AUDIENCE)]
    pub(crate) audience: Vec<String>,
    /// Do not check the audience
    #[arg(long, help_heading = ISSUER_AND_AUDIENCE)]
    pub(crate) any_audience: bool,
}

/// What is demanded of the token's dates.
#[derive(Debug, Args)]
pub(crate) struct TimeDemands {
    /// How far the clocks may differ [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    pub(crate) leeway: Option<Duration>,
    /// Refuse tokens issued longer ago
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    pub(crate) max_age: Option<Duration>,
    /// Refuse tokens made to live longer, from iat to exp
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    pub(crate) max_lifetime: Option<Duration>,
    /// Take tokens without exp, which never expire
    #[arg(long, help_heading = TIME)]
    pub(crate) allow_missing_expiry: bool,
    /// Take tokens whose iat is in the future
    #[arg(long, help_heading = TIME)]
    pub(crate) allow_future_issued_at: bool,
}

/// What else is demanded of the token.
#[derive(Debug, Args)]
pub(crate) struct ContentDemands {
    /// The header's typ; may be repeated [default: JWT, at+jwt or none]
    #[arg(long = "type", value_name = "T", value_parser = values::plain_text, conflicts_with = "any_type", help_heading = CONTENT)]
    pub(crate) types: Vec<String>,
    /// Do not check the header's typ
    #[arg(long, help_heading = CONTENT)]
    pub(crate) any_type: bool,
    /// A claim that must be present; may be repeated
    #[arg(long, value_name = "CLAIM", value_parser = values::plain_text, help_heading = CONTENT)]
    pub(crate) require: Vec<String>,
    /// A scope that the token must grant; may be repeated, all must match
    #[arg(long, value_name = "S", value_parser = values::plain_text, help_heading = CONTENT)]
    pub(crate) scope: Vec<String>,
    /// Take a sub that is a whole number
    #[arg(long, help_heading = CONTENT)]
    pub(crate) allow_numeric_subject: bool,
    /// How many octets the token may have [default: 16384]
    #[arg(long, value_name = "N", help_heading = CONTENT)]
    pub(crate) max_token_octets: Option<usize>,
    /// A claim that must have this value, as NAME=TEXT or NAME:=JSON; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::expected_claim, help_heading = CONTENT)]
    pub(crate) expect: Vec<ExpectedClaim>,
}

/// Two sets of keys and the plan that leads from one to the other.
#[derive(Debug, Args)]
pub(crate) struct RehearsalArguments {
    /// The JWK Set that the issuer publishes today
    #[arg(long, value_name = "FILE")]
    pub(crate) old: PathBuf,
    /// The JWK Set that it will publish instead: the new keys beside the old ones
    #[arg(long, value_name = "FILE")]
    pub(crate) new: PathBuf,
    /// How long after publishing the old keys are withdrawn
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) overlap: Duration,
    /// How long after publishing the new keys begin to sign [default: one --ttl]
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) sign_after: Option<Duration>,
    /// The longest that a token lives, from signing to exp
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) token_lifetime: Duration,
    /// A key of the old set that is being replaced, by its kid; may be repeated
    ///
    /// Without it all of them are, if the new set brings a new key; otherwise those that it lacks.
    #[arg(long, value_name = "KID", value_parser = values::plain_text, help_heading = PLAN)]
    pub(crate) old_kid: Vec<String>,
    /// How long a verifier or a cache keeps a set: what Cache-Control says, at least 1m
    /// [default: 10m]
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) ttl: Option<Duration>,
    /// How long a set is used beyond that while it is fetched in the background, at most one --ttl
    /// and one --stale [default: 10m]
    ///
    /// After that a token waits for the fetch. 0s where the issuer sends must-revalidate, no-cache
    /// or no-store; otherwise what it sends as stale-while-revalidate, if that is less.
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) revalidate: Option<Duration>,
    /// How long a set is used beyond its time where the issuer cannot be reached [default: 24h]
    ///
    /// 0s where the issuer sends must-revalidate, no-cache or no-store; otherwise what it sends as
    /// stale-if-error, if that is less.
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) stale: Option<Duration>,
    /// How far the clocks may differ
    #[arg(long, value_name = "D", value_parser = values::duration, default_value = "30s", help_heading = VERIFIERS)]
    pub(crate) leeway: Duration,
    /// An algorithm that all verifiers' policies allow; may be repeated
    ///
    /// Without it those of the old set's keys.
    #[arg(long, value_name = "A", value_parser = values::algorithm, help_heading = VERIFIERS)]
    pub(crate) algorithm: Vec<Algorithm>,
    /// Count on the fetch that an unknown kid or a signature that fails causes, with no cache in
    /// between
    #[arg(long, help_heading = VERIFIERS)]
    pub(crate) rely_on_refetch: bool,
    /// Let symmetric keys (oct) of the sets in; only for sets that are kept secret
    #[arg(long, help_heading = VERIFIERS)]
    pub(crate) symmetric_keys: bool,
}

/// Groups of which one argument must be there, and is the only one.
const IN_PLACE_OF: [&str; 2] = ["IssuerChoice", "AudienceChoice"];

const SAID_IN_POLICY: [&str; 6] =
    ["algorithm", "symmetric_keys", "max_keys", "max_jwks_octets", "TimeDemands", "ContentDemands"];

const KEYS: &str = "Keys and algorithms";
const POLICY: &str = "Policy (a document instead of options)";
const ISSUER_AND_AUDIENCE: &str = "Issuer and audience (name them or waive them)";
const TIME: &str = "Time";
const CONTENT: &str = "Header and claims";
const PLAN: &str = "What the issuer does";
const VERIFIERS: &str = "What the verifiers do";

const EXIT_CODES: &str = "\
Exit codes: 0 accepted, 1 rejected, 2 nothing could be decided.
See `verijot VERB --help` for a verb's examples.";

const GENERAL_EXAMPLES: &str = "\
Examples:
  verijot decode - < token.txt
  verijot jwks jwks.json
  verijot verify --jwks jwks.json --issuer https://issuer.example \\
      --audience https://api.example @token.txt

Exit codes: 0 accepted, 1 rejected, 2 nothing could be decided.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  verijot verify --jwks jwks.json --issuer https://issuer.example \\
      --audience https://api.example @token.txt
  verijot verify --key public.pem --algorithm ES256 --any-issuer \\
      --any-audience --now 2023-11-14T22:13:20Z - < token.txt
  verijot verify --secret-file secret.bin --algorithm HS256 \\
      --issuer me --audience me --expect nonce=n-0S6 --json @token.txt
  verijot verify --jwks jwks.json --policy policy.json @token.txt";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  verijot explain --jwks jwks.json --issuer https://issuer.example \\
      --audience https://api.example @token.txt
  verijot explain --json --jwks jwks.json --any-issuer --any-audience - < token.txt
  verijot explain --jwks jwks.json --policy policy.json @token.txt";

const DECODE_EXAMPLES: &str = "\
Examples:
  verijot decode @token.txt
  verijot decode --json - < token.txt | jq .claims.sub";

const JWKS_EXAMPLES: &str = "\
Examples:
  verijot jwks jwks.json
  curl -s https://issuer.example/.well-known/jwks.json | verijot jwks -
  verijot jwks --json jwks.json";

const VECTORS_EXAMPLES: &str = "\
Examples:
  verijot vectors testvectors
  verijot vectors --json testvectors";

const REHEARSE_EXAMPLES: &str = "\
Examples:
  verijot rehearse --old today.json --new next.json \\
      --overlap 7d --ttl 1h --token-lifetime 1h
  verijot rehearse --old today.json --new emergency.json --json \\
      --overlap 0s --sign-after 0s --token-lifetime 15m --rely-on-refetch";
