//! The command-line arguments and their help.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use verijot::{Algorithm, UnixTime};

use crate::policy_options::{PolicyOptions, TIME};
use crate::profile_options::ProfileOptions;
use crate::provider::Provider;
use crate::values;

/// Verify, explain and inspect JSON Web Tokens.
///
/// Verdicts and codes are those of the verijot library in every language. Keys come from files; only
/// `jwks fetch` uses the network.
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
    /// The crypto library to use
    #[arg(long, global = true, value_enum, value_name = "NAME", default_value_t = Provider::DEFAULT)]
    pub(crate) crypto: Provider,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Verify a token and print its claims
    ///
    /// Prints an accepted token's claims to standard output, octet for octet as they were signed
    /// (indented on a terminal), and exits with 0. Explains a rejected token on standard error, and
    /// exits with 1. If nothing can be decided (bad usage, an unreadable file, unusable keys),
    /// exits with 2.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerificationArguments),
    /// Show every check of a verification, and the verdict
    ///
    /// Takes the same arguments and has the same exit codes as `verify`. The output contains no
    /// secret and can be pasted into a ticket.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(VerificationArguments),
    /// Show the content of a token without verifying it
    ///
    /// For inspection only: anyone can write any token.
    #[command(after_help = DECODE_EXAMPLES)]
    Decode {
        /// The token, @FILE to read it from a file, or - for standard input
        #[arg(value_name = "TOKEN")]
        token: OsString,
    },
    /// Show the keys of a JWK Set, and why some cannot be used; `jwks fetch` fetches a set
    ///
    /// Exits with 0 if at least one key is usable, with 1 if none is, and with 2 if the set cannot
    /// be parsed.
    #[command(after_help = JWKS_EXAMPLES)]
    Jwks(JwksArguments),
    /// List the providers whose tokens --provider knows, or show one of them
    ///
    /// Shows which tokens each is about, its options, which of them must be given, and where the
    /// facts are from.
    #[command(after_help = PROVIDERS_EXAMPLES)]
    Providers {
        /// A provider's name, without a parameter
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Run the test vectors in a folder
    ///
    /// Exits with 1 if a case has an unexpected result, and with 2 if the folder cannot be read or
    /// a file has another format than `verijot-testvectors-v2` or v1.
    #[command(after_help = VECTORS_EXAMPLES)]
    Vectors {
        /// The folder; every *.json file in it except *schema.json and codes.json is run
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Simulate a key rotation before it happens
    ///
    /// Takes the issuer's current set, the set that will replace it and the plan's durations.
    /// Computes whether any valid token would be refused, or any withdrawn key accepted for longer
    /// than caches make unavoidable (one --ttl plus one --revalidate), and for how long. After
    /// --overlap the old keys are removed from the new set.
    ///
    /// Exits with 0 if the plan is safe, with 1 if there are findings, and with 2 if a set cannot
    /// be parsed. Durations are whole numbers with units: 90s, 15m, 12h, 7d, 2w, 1h30m.
    #[command(after_help = REHEARSE_EXAMPLES)]
    Rehearse(RehearsalArguments),
}

/// A set in a file, or the one that an issuer publishes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct JwksArguments {
    #[command(subcommand)]
    pub(crate) action: Option<JwksAction>,
    /// The file with the set, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) file: Option<PathBuf>,
    /// Accept symmetric keys (oct); only for a set that is kept secret
    #[arg(long)]
    pub(crate) symmetric_keys: bool,
    #[command(flatten)]
    pub(crate) reading: SetReading,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JwksAction {
    /// Fetch an issuer's JWK Set and print it unchanged
    ///
    /// Finds the keys like a service does: through the issuer's metadata, over https or from this
    /// machine. For a deployment that verifies tokens without contacting the issuer. Exits with 2 if
    /// the keys cannot be fetched.
    #[command(after_help = JWKS_FETCH_EXAMPLES)]
    Fetch {
        /// The issuer, as in `iss`
        #[arg(long, value_name = "URL")]
        issuer: String,
    },
}

/// The token, the keys and the policy, for both `verify` and `explain`.
#[derive(Debug, Args)]
pub(crate) struct VerificationArguments {
    /// The token, @FILE to read it from a file, or - for standard input
    ///
    /// One line break at the end of a file or of standard input is ignored. Other users of this
    /// machine can see a token on the command line; a file or standard input hides it.
    #[arg(value_name = "TOKEN")]
    pub(crate) token: OsString,
    #[command(flatten)]
    pub(crate) keys: KeySource,
    /// Accept symmetric keys (oct) of the set; only for a set that is kept secret
    #[arg(long, conflicts_with_all = ["key", "secret_file"], help_heading = KEYS)]
    pub(crate) symmetric_keys: bool,
    #[command(flatten)]
    pub(crate) reading: SetReading,
    /// Allow only this algorithm; may be repeated
    ///
    /// One of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384,
    /// HS512. By default every algorithm of the set's keys, but HMAC only with --symmetric-keys.
    /// With --key and --secret-file it is the algorithm that the key is for.
    #[arg(long, value_name = "A", value_parser = values::algorithm, help_heading = KEYS)]
    pub(crate) algorithm: Vec<Algorithm>,
    #[command(flatten)]
    pub(crate) policy: PolicyChoice,
    #[command(flatten)]
    pub(crate) options: PolicyOptions,
    #[command(flatten)]
    pub(crate) profile: ProfileOptions,
    /// The time of the verification: seconds since 1970 or RFC 3339 [default: the clock]
    #[arg(long, value_name = "T", value_parser = values::moment, allow_negative_numbers = true, help_heading = TIME)]
    pub(crate) now: Option<UnixTime>,
}

/// A whole policy, instead of the options for it.
#[derive(Debug, Args)]
pub(crate) struct PolicyChoice {
    /// A policy as a JSON document, instead of all other policy options; - for standard input
    ///
    /// The same document works in every language: testvectors/policy.schema.json describes it. With
    /// --key and --secret-file, its algorithms are those that the key is for.
    #[arg(
        long, value_name = "FILE", env = "VERIJOT_POLICY_FILE", hide_env_values = true,
        groups = IN_PLACE_OF, conflicts_with_all = SAID_IN_POLICY, help_heading = POLICY
    )]
    pub(crate) policy: Option<PathBuf>,
    /// A policy as JSON text
    #[arg(
        long, value_name = "JSON", env = "VERIJOT_POLICY", hide_env_values = true,
        groups = IN_PLACE_OF, conflicts_with_all = SAID_IN_POLICY, help_heading = POLICY
    )]
    pub(crate) policy_json: Option<String>,
    /// A well-known provider and its parameter, such as cognito:eu-west-1_AbCdEf123
    ///
    /// `verijot providers` lists them. It says issuer, algorithms, types and which claims are
    /// checked; --audience and --client-id are your own names, everything else is in
    /// --provider-options.
    #[arg(
        long, value_name = "NAME", env = "VERIJOT_PROVIDER", hide_env_values = true,
        groups = [KIND, "IssuerChoice", "AudienceChoice"], conflicts_with_all = SAID_IN_PRESET, help_heading = POLICY
    )]
    pub(crate) provider: Option<String>,
    /// Further options of the provider, as a JSON object
    #[arg(
        long, value_name = "JSON", env = "VERIJOT_PROVIDER_OPTIONS", hide_env_values = true,
        requires = "provider", help_heading = POLICY
    )]
    pub(crate) provider_options: Option<String>,
}

/// Where the keys come from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeySource {
    /// The issuer's JWK Set
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) jwks: Option<PathBuf>,
    /// A single JWK that is not in a set
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) jwk: Option<PathBuf>,
    /// A public key in PEM (PUBLIC KEY, RSA PUBLIC KEY, or the key of a CERTIFICATE); needs
    /// --algorithm, or a policy that names algorithms
    ///
    /// Only the key of a certificate is used: its dates, names and issuer are not checked.
    #[arg(long, value_name = "PEM", help_heading = KEYS)]
    pub(crate) key: Option<PathBuf>,
    /// A file with a shared secret, for HMAC; without --algorithm for every hash that is not longer
    /// than the secret
    ///
    /// The secret is used octet for octet: a line break at the end of the file is part of it, and
    /// hexadecimal or base64 is not decoded. `printf %s "$SECRET" > FILE` writes no line break,
    /// `echo` does.
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    pub(crate) secret_file: Option<PathBuf>,
}

/// How to parse a JWK Set or a single JWK.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SetReading {
    /// Maximum number of keys in a set [default: 100]
    #[arg(long, value_name = "N", help_heading = KEYS)]
    pub(crate) max_keys: Option<usize>,
    /// Maximum octets of a set [default: 262144]
    #[arg(long, value_name = "N", help_heading = KEYS)]
    pub(crate) max_jwks_octets: Option<usize>,
    /// Accept key parameters in base64 with padding or with the standard alphabet
    #[arg(long, help_heading = KEYS)]
    pub(crate) tolerate_padded_base64: bool,
    /// Accept coordinates without their leading zero octets
    #[arg(long, help_heading = KEYS)]
    pub(crate) tolerate_short_coordinates: bool,
}

/// Two sets of keys, and the plan of the rotation between them.
#[derive(Debug, Args)]
pub(crate) struct RehearsalArguments {
    /// The JWK Set that the issuer publishes now
    #[arg(long, value_name = "FILE")]
    pub(crate) old: PathBuf,
    /// The JWK Set that replaces it: the new keys and the old ones
    #[arg(long, value_name = "FILE")]
    pub(crate) new: PathBuf,
    /// How long after publication the old keys are withdrawn
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) overlap: Duration,
    /// How long after publication the new keys start to sign [default: one --ttl]
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) sign_after: Option<Duration>,
    /// Maximum lifetime of a token, from signing to exp
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = PLAN)]
    pub(crate) token_lifetime: Duration,
    /// The kid of a key in the old set that is replaced; may be repeated
    ///
    /// By default all keys of the old set if the new set has a new key; otherwise those that the
    /// new set lacks.
    #[arg(long, value_name = "KID", value_parser = values::plain_text, help_heading = PLAN)]
    pub(crate) old_kid: Vec<String>,
    /// How long verifiers and caches keep a set: the value in Cache-Control, at least 1m [default:
    /// 10m]
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) ttl: Option<Duration>,
    /// How long a set is used after that while it is fetched in the background, at most one --ttl
    /// and one --stale [default: 10m]
    ///
    /// After that time a token waits for the fetch. Use 0s if the issuer sends must-revalidate,
    /// no-cache or no-store, or its stale-while-revalidate if that is less.
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) revalidate: Option<Duration>,
    /// How long a set is used after its lifetime while the issuer is unreachable [default: 24h]
    ///
    /// Use 0s if the issuer sends must-revalidate, no-cache or no-store, or its stale-if-error if
    /// that is less.
    #[arg(long, value_name = "D", value_parser = values::duration, help_heading = VERIFIERS)]
    pub(crate) stale: Option<Duration>,
    /// Maximum difference between the clocks
    #[arg(long, value_name = "D", value_parser = values::duration, default_value = "30s", help_heading = VERIFIERS)]
    pub(crate) leeway: Duration,
    /// An algorithm that the policies of all verifiers allow; may be repeated
    ///
    /// By default the algorithms of the old set's keys.
    #[arg(long, value_name = "A", value_parser = values::algorithm, help_heading = VERIFIERS)]
    pub(crate) algorithm: Vec<Algorithm>,
    /// Rely on the fetch after an unknown kid or a bad signature, with no cache in between
    #[arg(long, help_heading = VERIFIERS)]
    pub(crate) rely_on_refetch: bool,
    /// Accept symmetric keys (oct) of the sets; only for sets that are kept secret
    #[arg(long, help_heading = VERIFIERS)]
    pub(crate) symmetric_keys: bool,
}

/// Groups that require exactly one of their arguments.
const IN_PLACE_OF: [&str; 2] = ["IssuerChoice", "AudienceChoice"];

/// The group of what says that a token may be of another kind than an access token.
pub(crate) const KIND: &str = "Kind";

const SAID_IN_PRESET: [&str; 11] = [
    "policy",
    "policy_json",
    "profile",
    "trusted_audience",
    "authorized_party",
    "algorithm",
    "symmetric_keys",
    "any_audience",
    "max_jwks_octets",
    "TimeDemands",
    "ContentDemands",
];

const SAID_IN_POLICY: [&str; 8] = [
    "audience",
    "any_audience",
    "algorithm",
    "symmetric_keys",
    "max_keys",
    "max_jwks_octets",
    "TimeDemands",
    "ContentDemands",
];

const KEYS: &str = "Keys and algorithms";
const POLICY: &str = "Policy (a document instead of options)";
const PLAN: &str = "The issuer's plan";
const VERIFIERS: &str = "The verifiers' settings";

const EXIT_CODES: &str = "\
Exit codes: 0 accepted, 1 rejected, 2 nothing could be decided.
See `verijot VERB --help` for a verb's examples.";

const PROVIDERS_EXAMPLES: &str = "\
Examples:
  verijot providers
  verijot providers github-actions
  verijot verify --provider cognito:eu-west-1_AbCdEf123 --client-id web --jwks jwks.json @token.txt";

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
  verijot verify --jwks jwks.json --policy policy.json @token.txt
  verijot verify --jwks jwks.json --profile id-token --issuer https://issuer.example \\
      --client-id c --nonce n-0S6 @token.txt";

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

const JWKS_FETCH_EXAMPLES: &str = "\
Examples:
  verijot jwks fetch --issuer https://issuer.example > jwks.json";

const JWKS_EXAMPLES: &str = "\
Examples:
  verijot jwks jwks.json
  curl -s https://issuer.example/.well-known/jwks.json | verijot jwks -
  verijot jwks --json jwks.json
  verijot jwks fetch --issuer https://issuer.example > jwks.json";

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
