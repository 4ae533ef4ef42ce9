/*
 * verijot: verifies JSON Web Tokens. For C11 and C++17. SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Written by bindings/c/header.py: edit verijot.h.in and the documentation in bindings/wasm/src.
 * bindings/wasm/README.md says in which order to call what; README.md beside this folder has an example.
 *
 * Octets are an address and a length, and stay the caller's: no function keeps what it was given, but
 * what it makes of them. NULL counts as no octets, whatever its length; where octets can be left out,
 * NULL leaves them out. More than 2^31 - 1 octets are refused without being read. Text is UTF-8, needs
 * no NUL at its end and gets none.
 *
 * The answer of a call is at verijot_answer(): a text and numbers, of which only those are there that
 * the function documents. They belong to the library and stay until the next call in the same thread:
 * copy what is needed longer. Nothing of it is freed. The text may be given to the next call.
 *
 * Objects are numbers above zero, of keys, verifiers and so on. Drop each once by the function whose
 * name ends in _drop (tokens: verijot_forget); dropping what is dropped, or 0, does nothing. An unknown
 * number is VERIJOT_UNUSABLE with the code unknown_object. A number comes back for another object only
 * after 4095 others have had its place; objects of different kinds have different numbers, as long as 372
 * of a kind have not yet come after one another in one place. A library holds 1,048,575 objects of a kind;
 * the number of one too many is 0.
 *
 * Threads: every function may be called from every thread at the same time, and every object may be
 * used by several at once; one that is dropped stays until the calls that use it end. Each thread has
 * an answer of its own, a last accepted token (verijot_accepted, verijot_keep) and a last refusal
 * (verijot_issuer_reconsider): read them in the thread that made the call. A thread's end frees them.
 * In what runs at a thread's end (destructors of thread-local objects) only functions ending in _drop
 * and verijot_forget may be called.
 *
 * Lists are entries, each its length in 4 octets, the lowest first, then its octets; verijot_entry
 * writes them. Options are a list of a name and its value in turn: "1" is true, numbers and seconds are
 * decimal digits. Entries that do not fill their list are VERIJOT_UNUSABLE with the code malformed_list;
 * an unknown option, or a value that an option cannot have, with invalid_argument (verijot_issuer:
 * invalid_key_source).
 *
 * Clocks: the wall clock is whole seconds since 1970-01-01T00:00:00Z and nanoseconds from there (below
 * 10^9). The monotonic clock is seconds that never go back, from any beginning, such as CLOCK_BOOTTIME.
 *
 * Bad input gets a status. A fault of the library itself ends the process (abort).
 */
#ifndef VERIJOT_H
#define VERIJOT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a call ended: one of the values below. */
typedef uint32_t verijot_status_t;

enum {
    VERIJOT_DONE = 0,     /**< It did what was asked. */
    VERIJOT_REFUSED = 1,  /**< A token is refused: the text is {"code", "message", "status"} and more. */
    VERIJOT_UNUSABLE = 2, /**< An argument makes no sense: the text is {"code", "message"}. */
    VERIJOT_QUESTION = 3, /**< Verify a signature (only with the option host_verifies). */
    VERIJOT_FETCH = 4,    /**< Start a fetch or a refresh, and wait for its end. */
    VERIJOT_WAIT = 5,     /**< Wait for a fetch or a refresh that is under way. */
    VERIJOT_NOTHING = 6   /**< There is nothing. */
};

/** The number of an object; 0 is none. */
typedef uint32_t verijot_object_t;

/** What a call left. The text has no NUL at its end; its address means nothing if it has 0 octets. */
typedef struct verijot_answer_t {
    const char *text;
    size_t text_octets;
    double numbers[12];
} verijot_answer_t;

/* ---- The answer of a call ---- */

/**
 * The address of the calling thread's answer; always the same, until the thread ends.
 */
const verijot_answer_t *verijot_answer(void);

/* ---- Keys ---- */

/**
 * Reads keys. The numbers are that of the set, and how many usable and how many skipped keys it has.
 *
 * 'form' is 0 for a JWK Set, 1 for one JWK, 2 for a public key or certificate in PEM, 3 for a shared
 * secret. The options can be left out: for 0 and 1 'symmetric_keys', 'padded_base64',
 * 'short_coordinates' ('1'), 'max_octets', 'max_keys', 'purposes', as often as there are values that
 * 'use' may have; for 0 'certificates', as often as there are algorithms, of a map of 'kid' and
 * certificate in PEM; for 2 and 3 'algorithm', as often as there are algorithms, and 'kid'; in the C
 * library 'host_verifies' ('1'), for questions as the WebAssembly module asks them. VERIJOT_UNUSABLE
 * has the core's code, such as 'malformed_jwks', 'jwks_too_large' or 'malformed_key', or
 * 'invalid_argument'.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_keys(
    uint32_t form, /* 0 to 3 */
    const void *octets, size_t length, /* the keys, as form says */
    const void *options, size_t options_length); /* a list: name, value, ... */

/**
 * Describes keys: 'keys' with 'kid', 'kind', 'type', 'algorithms' and, unless it is a secret, the
 * public 'jwk'; 'skipped' with 'index', 'kid', 'type', 'reason' and 'message'. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_keys_describe(
    verijot_object_t keys);

/**
 * Marks the key at a position as one that the host cannot load: it becomes a skipped key. The set
 * keeps its number. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_keys_skip(
    verijot_object_t keys,
    uint32_t position); /* from 0 */

/**
 * Drops keys; nothing happens if they are dropped already.
 */
void verijot_keys_drop(
    verijot_object_t keys);

/* ---- Verifiers ---- */

/**
 * A verifier for the document of a policy. The numbers are that of the verifier, the most octets of a
 * token (one that is longer need not be copied, unless it is explained; give its length all the same),
 * how many seconds the host waits for a revocation check, and the maximum number of such calls that
 * may still run after that time. VERIJOT_UNUSABLE has the code 'invalid_policy' and perhaps 'member'.
 */
verijot_status_t verijot_verifier(
    const void *policy, size_t policy_length); /* UTF-8, JSON */

/**
 * A verifier for the tokens of AWS Application Load Balancers, which are no JWTs, from its document:
 * 'signers', 'clients', 'issuers', 'leeway'. The numbers are those of verijot_verifier. It is for
 * 'verijot_verify' with mode 0, 'verijot_issuer', 'verijot_issuer_keys' and
 * 'verijot_issuer_reconsider', and is dropped like any verifier; elsewhere it is 'unknown_object'.
 */
verijot_status_t verijot_alb_verifier(
    const void *settings, size_t settings_length); /* UTF-8, JSON */

/**
 * The verifier's policy as a document. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_policy(
    verijot_object_t verifier);

/**
 * The tenant in the 'iss' of a token that a verifier has accepted, for a host whose caller knows the
 * tenants: VERIJOT_DONE with the tenant if an issuer template of the policy gives this issuer;
 * VERIJOT_NOTHING for an issuer that is named exactly, and where the policy waives the check. Ask the
 * caller about the tenant of each accepted token, also of one that was kept, after the checks of a
 * profile, and before anything is asked about revocation; refuse an unknown one by
 * verijot_unknown_tenant.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_tenant(
    verijot_object_t verifier,
    const void *issuer, size_t issuer_length); /* UTF-8 */

/**
 * The refusal of an accepted token with this 'iss', whose tenant the caller does not know. Always
 * VERIJOT_REFUSED, with the code 'wrong_issuer'.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_unknown_tenant(
    verijot_object_t verifier,
    const void *issuer, size_t issuer_length); /* UTF-8 */

/**
 * Drops a verifier; nothing happens if it is dropped already.
 */
void verijot_verifier_drop(
    verijot_object_t verifier);

/**
 * Puts verifiers of different issuers side by side. 'policies' are entries, each the document of a
 * policy. The numbers are that of the set, and the most octets of a token. VERIJOT_UNUSABLE has the
 * code 'invalid_policy', or that of policies that do not stand side by side.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_issuers(
    const void *policies, size_t policies_length); /* a list of documents */

/**
 * Chooses the policy for a token by its unverified 'iss'; verify the token with it and with the keys
 * of that issuer only. VERIJOT_DONE with the place of the policy in the list, from 0, or
 * VERIJOT_REFUSED.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuers_choose(
    verijot_object_t issuers,
    const void *token, size_t token_length); /* octets */

/**
 * Drops a set; nothing happens if it is dropped already.
 */
void verijot_issuers_drop(
    verijot_object_t issuers);

/* ---- Verifications ---- */

/**
 * Verifies a token, up to its signature where that is the host's to verify.
 *
 * 'mode' is 0 for a JWT or a load balancer's token, 1 for a JWS whose payload may be anything, 2 to
 * explain a JWT, which is read whatever its length. A load balancer's verifier knows 0 only; another mode is
 * VERIJOT_UNUSABLE with the code 'invalid_argument'. Ends with
 * - VERIJOT_DONE: accepted, and the text is the payload (or, for 2, explained);
 * - VERIJOT_REFUSED;
 * - VERIJOT_QUESTION: the host is to verify a signature. The text is the signature; the numbers are the
 *   question's, the algorithm's (its place in RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
 *   ES512, EdDSA), how many octets of the token are the message, how many keys are to be tried (4 at
 *   most), and their positions in the set.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_verify(
    verijot_object_t verifier,
    verijot_object_t keys,
    const void *token, size_t token_length, /* octets */
    uint32_t mode, /* 0 to 2 */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * Answers a question: 'verified_by' is the place, among the keys that were to be tried, of the key
 * that verifies the signature, or '0xffffffff' if none does. Ends as verijot_verify does, but with no
 * other question. The question is gone.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_answer_question(
    verijot_object_t question,
    uint32_t verified_by, /* from 0, or 0xffffffff */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * Drops a question that nobody will answer; nothing happens if it is gone already.
 */
void verijot_question_drop(
    verijot_object_t question);

/* ---- Tokens that were accepted ---- */

/**
 * A text of the token that this thread's last verification accepted: 0 the payload, 1 the JOSE header,
 * 2 the algorithm, 3 the key's id, 4 'iss', 5 'sub', 6 'jti', 7 'aud' and 8 the scopes as JSON arrays;
 * of a load balancer's token 0 to 5, 10 the 'signer' and 11 the 'client'. The numbers are 'exp', 'nbf'
 * and 'iat' in seconds, not a number where the token has none.
 *
 * 9 is the record of a JWT: 0 to 7 as entries, in this order, and as fourth number which of them there
 * are, a bit each, the lowest for the payload; the entry of one that is missing is empty.
 *
 * VERIJOT_NOTHING where the token has no such text, and where the last verification did not end with
 * VERIJOT_DONE or only explained.
 */
verijot_status_t verijot_accepted(
    uint32_t text); /* 0 to 11 */

/**
 * Keeps the token that this thread's last verification accepted. The number is that of the token;
 * VERIJOT_NOTHING if there is none.
 */
verijot_status_t verijot_keep(void);

/**
 * Checks the dates and ages of a token that was kept again, for the verifier that accepted it:
 * VERIJOT_DONE or VERIJOT_REFUSED. Keep a token only as long as the keys that verified it are in use.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_check_again(
    verijot_object_t verifier,
    verijot_object_t token,
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * Drops a token that was kept; nothing happens if it is dropped already.
 */
void verijot_forget(
    verijot_object_t token);

/**
 * The scopes of a verified payload as a JSON array. Always VERIJOT_DONE; a payload without scopes has
 * none.
 */
verijot_status_t verijot_scopes(
    const void *payload, size_t payload_length); /* octets, JSON */

/**
 * The roles at a path of a verified payload as a JSON array: those of an array of strings, or one
 * string. 'path' are entries, the names from the outermost inwards. VERIJOT_DONE; where there are
 * none, an empty array.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_roles(
    const void *payload, size_t payload_length, /* octets, JSON */
    const void *path, size_t path_length); /* a list of names */

/* ---- Profiles ---- */

/**
 * A profile, for the document of its settings. The text is its name. The numbers are those of the
 * profile and of its verifier, the most octets of a token, and the two limits of revocation checks, as
 * of 'verijot_verifier'. Give the verifier to every function that takes one; drop it as well as the
 * profile. VERIJOT_UNUSABLE has the code 'invalid_policy' and perhaps 'member'.
 */
verijot_status_t verijot_profile(
    const void *settings, size_t settings_length); /* UTF-8, JSON */

/**
 * Drops a profile, but not its verifier; nothing happens if it is dropped already.
 */
void verijot_profile_drop(
    verijot_object_t profile);

/**
 * Reads what a call expects, before its token is verified: VERIJOT_DONE, or VERIJOT_UNUSABLE with the
 * code 'invalid_policy' and perhaps 'member'.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_profile_expect(
    verijot_object_t profile,
    const void *expectations, size_t expectations_length); /* UTF-8, JSON */

/**
 * Makes the profile's checks of a token that its verifier has accepted at this time: that of
 * 'verijot_keep' with this number or, for 0, the one that this thread's last verification accepted. Call
 * it for every use of a token, also of one that was kept. Ends with
 * - VERIJOT_DONE: the text is JSON, 'claims' (those that were checked) and, if the token may be presented once,
 *   'replay_key' (64 hexadecimal digits). Such a token is not admitted yet: admit it by
 *   'verijot_replay_admit', or by a store of the host's. The numbers are until when that remembers it, in
 *   whole seconds since 1970, and nanoseconds from there;
 * - VERIJOT_REFUSED;
 * - VERIJOT_NOTHING if there is no such token;
 * - VERIJOT_UNUSABLE as verijot_profile_expect.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_profile_check(
    verijot_object_t profile,
    verijot_object_t token,
    const void *expectations, size_t expectations_length, /* UTF-8, JSON */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * Continues this thread's last explanation ('verijot_verify' with mode 2) with the profile's checks,
 * once, and gives the whole of it: VERIJOT_DONE, VERIJOT_NOTHING if there is none, or VERIJOT_UNUSABLE
 * as verijot_profile_expect.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_profile_explain(
    verijot_object_t profile,
    const void *expectations, size_t expectations_length, /* UTF-8, JSON */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * An empty window, which remembers at most 'capacity' tokens that may be presented once. The number is
 * that of the window. It forgets nothing before its time; while it is full, tokens are refused.
 */
verijot_status_t verijot_replay_window(
    double capacity); /* how many tokens */

/**
 * Admits a token by what 'verijot_profile_check' gave of it: VERIJOT_DONE, or VERIJOT_REFUSED with the
 * code 'replayed', or 'replay_unavailable' while the window is full.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_replay_admit(
    verijot_object_t window,
    const void *key, size_t key_length, /* UTF-8 */
    double until, /* whole seconds since 1970 */
    uint32_t until_nanoseconds, /* from there */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * Drops a window; nothing happens if it is dropped already.
 */
void verijot_replay_window_drop(
    verijot_object_t window);

/* ---- Presets of providers ---- */

/**
 * The preset of a provider, such as 'cognito:eu-west-1_AbCdEf123', with its options, a JSON object. The
 * text is JSON: 'policy' for 'verijot_verifier', 'profile' for 'verijot_profile' or 'load_balancer' for
 * 'verijot_alb_verifier' with its document, and last 'key_source'. That has
 * - 'issuer' or 'jwks_url', and perhaps 'purposes': options of 'verijot_issuer', which calls the URL 'url';
 * - 'certificates_url' and 'algorithms', which are its options 'url' and 'certificates';
 * - 'of_caller' (what the caller has the keys in), and perhaps 'purposes'.
 *
 * VERIJOT_UNUSABLE has the code 'invalid_policy' and perhaps 'member'.
 */
verijot_status_t verijot_preset(
    const void *provider, size_t provider_length, /* UTF-8 */
    const void *options, size_t options_length); /* UTF-8, JSON */

/**
 * What a client for the tokens of a provider is made of, by its preset. 'given' are entries, the names
 * of further options that the host was given for the client: those that the preset decides are errors.
 * The text is JSON: 'policy' for 'verijot_verifier', and last 'issuer_options' for 'verijot_issuer',
 * names and values in turn.
 *
 * VERIJOT_UNUSABLE has the code 'invalid_policy' and perhaps 'member', also where the tokens are not
 * for a policy, or the code 'invalid_key_source' where the caller has the keys.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_preset_client(
    const void *provider, size_t provider_length, /* UTF-8 */
    const void *options, size_t options_length, /* UTF-8, JSON */
    const void *given, size_t given_length); /* a list of names */

/* ---- Settings of a service ---- */

/**
 * The names of all settings, without a prefix, as a JSON array. Ends with VERIJOT_DONE. The first
 * number is how many octets a file that 'NAME_FILE' names may have.
 */
verijot_status_t verijot_settings_names(void);

/**
 * Reads the settings of a service. 'values' are entries: of each setting that is set its name, which
 * begins with the prefix, and its octets in turn. Pass what is set but empty as well: it is an error.
 * If 'NAME_FILE' is set, the octets are the content of that file, or one more than it may have if it
 * is too large.
 *
 * The text is JSON: 'policy' for 'verijot_verifier' and 'key_source', which has the members that
 * 'verijot_preset' describes, perhaps 'allowed_hosts' and 'plain_http' (true), and always 'max_octets'
 * and 'max_keys': they are options of 'verijot_issuer', which calls an allowed host 'allowed_host'. If
 * the settings have the keys themselves, the first number is that of the set, which is 0 otherwise,
 * and there is no 'key_source'.
 *
 * VERIJOT_UNUSABLE has the code 'invalid_settings', and in 'settings' the names at fault. No value is
 * shown.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_settings(
    const void *prefix, size_t prefix_length, /* UTF-8 */
    const void *values, size_t values_length); /* a list: name, value, ... */

/* ---- Guards ---- */

/**
 * A guard. The numbers are that of the guard, and for how many seconds a verified token stands for all
 * guards of its request; the text is the name of the header to read, in lower case.
 *
 * The rules are options: 'demand' (the document of a demand), one of 'header' and 'cookie' (a name),
 * 'optional' ('1'), 'realm', 'resource_metadata' (a URL); each can be left out. VERIJOT_UNUSABLE has
 * the code 'invalid_demand', also for two places and for a second, other value of an option, or
 * 'invalid_argument'.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_guard(
    const void *rules, size_t rules_length); /* a list: name, value, ... */

/**
 * Drops a guard; nothing happens if it is dropped already.
 */
void verijot_guard_drop(
    verijot_object_t guard);

/**
 * The token of a request, as text: VERIJOT_DONE; VERIJOT_NOTHING if it has none and needs none;
 * VERIJOT_REFUSED.
 *
 * 'values' are entries, the values of every line of the header.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object' or 'malformed_list'.
 */
verijot_status_t verijot_guard_token(
    verijot_object_t guard,
    const void *values, size_t values_length); /* a list */

/**
 * Whether a verified token's payload grants what the guard demands: VERIJOT_DONE or VERIJOT_REFUSED.
 * The time is that by which it was verified.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_guard_check(
    verijot_object_t guard,
    const void *payload, size_t payload_length, /* octets, JSON */
    double now, /* whole seconds since 1970 */
    uint32_t now_nanoseconds); /* from there */

/**
 * The whole answer to a request that is refused, as JSON: 'status', 'headers' (an object), 'body',
 * 'websocket_close_code'. The refusal is options: its 'code', 'status', 'challenge', 'retry_after' in
 * whole seconds. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object' or 'malformed_list'.
 */
verijot_status_t verijot_guard_answer(
    verijot_object_t guard,
    const void *refusal, size_t refusal_length); /* a list: name, value, ... */

/**
 * The URL of the metadata of a protected resource, as text (RFC 9728 section 3.1). VERIJOT_DONE, or
 * VERIJOT_UNUSABLE with the code 'invalid_demand'.
 */
verijot_status_t verijot_resource_metadata_url(
    const void *resource, size_t resource_length); /* UTF-8, a URL */

/**
 * A refusal for what the host has found out itself: 'cause' is 0 for 'missing_token', 1 'revoked', 2
 * 'revocation_unavailable', 3 'keys_unavailable', 4 'missing_claim', 5 'invalid_claim', 6 'replayed',
 * 7 'replay_unavailable'; 'claim' is that of 4 and 5, 'retry_after' in seconds for 2, 3 and 7, not a
 * number for none. Always VERIJOT_REFUSED; another cause counts as 2.
 */
verijot_status_t verijot_refusal(
    uint32_t cause, /* its number */
    const void *claim, size_t claim_length, /* UTF-8 */
    double retry_after); /* seconds, or NAN */

/* ---- Keys over time ---- */

/**
 * An issuer without keys yet, whose key sets are read by a verifier's policy. The number is that of
 * the issuer; the text is where its keys come from.
 *
 * The options are either 'url', that of the keys, or 'issuer', whose metadata says where they are; the
 * others can be left out: 'discovery_only', 'plain_http', 'stale_despite_headers', 'empty_set_revokes'
 * ('1'), 'allowed_host' as often as there are hosts (once and empty for none), those of key sets
 * ('verijot_keys'), which override the policy's, and in decimal seconds 'fresh_for', 'shortest_fresh',
 * 'longest_fresh', 'revalidate_for', 'stale_for', 'unknown_window', 'shortest_rest', 'longest_rest',
 * 'fetch_timeout'. VERIJOT_UNUSABLE has the code 'invalid_key_source'.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object' or 'malformed_list'.
 */
verijot_status_t verijot_issuer(
    verijot_object_t verifier,
    const void *options, size_t options_length); /* a list: name, value, ... */

/**
 * Drops an issuer and its keys; nothing happens if it is dropped already.
 */
void verijot_issuer_drop(
    verijot_object_t issuer);

/**
 * The keys that any token can be verified with now without asking further, for most tokens:
 * VERIJOT_DONE with their number, otherwise VERIJOT_NOTHING.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_present_keys(
    verijot_object_t issuer,
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * The keys for a token or, where its address is null, any keys. Ends with
 * - VERIJOT_DONE: the numbers are the keys' and that of a fetch to start without waiting for it, 0 for none;
 * - VERIJOT_FETCH: start a fetch and wait for its end; the numbers are the fetch's and how many seconds to
 *   wait at most. Then call again with the same 'asked';
 * - VERIJOT_WAIT: wait for the end of the fetch under way, as many seconds at most as the number says;
 * - VERIJOT_REFUSED.
 *
 * 'asked' is what the monotonic clock said when the token came. The keys are the issuer's: they are
 * not dropped by the host, and stay until the set after the next is there. If another thread has them
 * replaced that often meanwhile, so that the number is unknown, ask again.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_keys(
    verijot_object_t issuer,
    verijot_object_t verifier,
    const void *token, size_t token_length, /* octets, or NULL */
    double asked, /* seconds, of the monotonic clock */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * What to do about a refusal that other keys might turn, right after it. 'refusal' is its number,
 * 'keys' that of the keys. Ends as verijot_issuer_keys does; with VERIJOT_DONE verify again; with
 * VERIJOT_REFUSED the refusal stands.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_reconsider(
    verijot_object_t issuer,
    uint32_t refusal, /* its number */
    verijot_object_t keys,
    verijot_object_t verifier,
    const void *token, size_t token_length, /* octets, or NULL */
    double asked, /* seconds, of the monotonic clock */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * What to do so that the issuer's present keys are there; ends as verijot_issuer_keys does.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_refresh_now(
    verijot_object_t issuer,
    double asked, /* seconds, of the monotonic clock */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * The keys that are held, fresh or stale: VERIJOT_DONE with their number, or VERIJOT_NOTHING.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_held_keys(
    verijot_object_t issuer);

/**
 * Withdraws every key with this 'kid', now and in all sets that come later. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_purge(
    verijot_object_t issuer,
    const void *kid, size_t kid_length); /* UTF-8 */

/**
 * Takes back a withdrawal: VERIJOT_DONE, or VERIJOT_NOTHING if the 'kid' was not withdrawn.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_restore(
    verijot_object_t issuer,
    const void *kid, size_t kid_length); /* UTF-8 */

/**
 * Takes over a set that the issuer gave 'age' seconds ago. Nothing happens if newer keys are held.
 * 'sha256', the set's hash in hexadecimal digits, can be null. VERIJOT_DONE, or VERIJOT_UNUSABLE with
 * the core's code if the set cannot be read or has another hash.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_seed(
    verijot_object_t issuer,
    const void *jwks, size_t jwks_length, /* UTF-8, JSON */
    const void *sha256, size_t sha256_length, /* UTF-8, or NULL */
    double age, /* seconds */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * The set that is held, for 'verijot_issuer_seed' elsewhere: 'jwks', 'sha256' and, in seconds, 'age'
 * and 'usable_for', after which it is not used any more; or VERIJOT_NOTHING.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_export(
    verijot_object_t issuer,
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * How the keys are doing, as JSON with the members of the core's 'Health'. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_issuer_health(
    verijot_object_t issuer,
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/* ---- Fetches of keys ---- */

/**
 * Begins a fetch that verijot_issuer_keys gave the number of. The numbers are that of the fetch from
 * here on, and how many seconds all of it may take. VERIJOT_NOTHING if it was begun already, or given
 * long ago.
 *
 * Whatever becomes of it, its end must be told, once, by one of 'verijot_fetch_keys',
 * 'verijot_fetch_failed' and 'verijot_fetch_cancelled', which drop it.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_fetch(
    verijot_object_t issuer,
    uint32_t ticket); /* the fetch's number, of verijot_issuer_keys */

/**
 * The request to make now, 'elapsed' seconds after the fetch began, as JSON: 'for' is 'metadata' or
 * 'keys', 'url', 'headers' (an object), 'timeout' in seconds, 'max_octets' (of a longer body one octet
 * more is read). Redirects are not followed. VERIJOT_NOTHING with the reason as text if there is
 * nothing to request; tell that with 'verijot_fetch_failed'.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_fetch_step(
    verijot_object_t fetch,
    double elapsed); /* seconds */

/**
 * Takes the answer to a request for metadata; a status of 0 means that there was none. Ends with
 * VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_fetch_metadata(
    verijot_object_t fetch,
    uint32_t status, /* of HTTP */
    const void *body, size_t body_length); /* octets */

/**
 * Takes the answer to the request for keys, however late, and drops the fetch. The headers are
 * options: 'cache-control', 'age', 'etag' and 'last-modified', as far as the answer has them.
 * VERIJOT_DONE, or VERIJOT_NOTHING with the reason as text if the answer brings no keys. A list of
 * headers that is malformed does not drop the fetch.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object' or 'malformed_list'.
 */
verijot_status_t verijot_fetch_keys(
    verijot_object_t fetch,
    uint32_t status, /* of HTTP */
    const void *headers, size_t headers_length, /* a list: name, value, ... */
    const void *body, size_t body_length, /* octets */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Takes the news that the fetch brought no answer, and drops it; 'problem' says why, for people.
 * VERIJOT_DONE, or VERIJOT_NOTHING with the failure as text.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_fetch_failed(
    verijot_object_t fetch,
    const void *problem, size_t problem_length, /* UTF-8 */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Takes the news that the host gave the fetch up, which says nothing of the issuer, and drops it.
 * VERIJOT_DONE, or VERIJOT_NOTHING with the failure as text.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_fetch_cancelled(
    verijot_object_t fetch,
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/* ---- Sessions ---- */

/**
 * A session of nobody. The number is that of the session. The options can be left out: 'skew',
 * 'unauthorized_rest', 'shortest_rest', 'longest_rest', 'refresh_timeout', in decimal seconds. The
 * second number is for how many seconds requests wait for new tokens to be stored, the third for how
 * many seconds the result of a refresh is kept for other requests with the old refresh token, the
 * fourth the maximum octets of a token endpoint's answer. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'malformed_list'.
 */
verijot_status_t verijot_session(
    const void *options, size_t options_length); /* a list: name, value, ... */

/**
 * Drops a session; nothing happens if it is dropped already.
 */
void verijot_session_drop(
    verijot_object_t session);

/**
 * Takes up tokens. The number is the one to keep them under. 'expires_in' is the access token's whole
 * life in seconds, not a number if it is unknown; 'age' how many seconds ago they were made;
 * 'is_stored' whether they are stored already or need not be. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_sign_in(
    verijot_object_t session,
    double expires_in, /* seconds, or NAN */
    double age, /* seconds */
    uint32_t is_refreshable, /* 0 or 1 */
    uint32_t is_stored, /* 0 or 1 */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Reports that the tokens of this number are stored. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_stored(
    verijot_object_t session,
    double tokens); /* their number */

/**
 * Forgets the tokens. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_sign_out(
    verijot_object_t session);

/**
 * Which tokens to send with a request. 'can_store' is whether the answer of a refresh could be stored
 * here. The numbers are a decision and what belongs to it:
 * - 0, send with these tokens: the tokens' number, the attempt's (for a 401), that of a refresh to start
 *   without waiting for it (0 for none), its timeout in seconds, and 1 if the tokens have to be stored
 *   first (see 'verijot_session_failed');
 * - 1, refresh first: the tokens' number, 0, the refresh's number, its timeout, 1 to store first;
 * - 2, wait for the refresh under way: how many seconds at most;
 * - 3, a refresh is needed, and its answer could not be stored here;
 * - 4, the last refresh failed: in how many seconds the next may start;
 * - 5, sign in;
 * - 6, the answer with 401 stands.
 *
 * Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_resolve(
    verijot_object_t session,
    uint32_t can_store, /* 0 or 1 */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * What to do about a request that was answered with 401; the numbers are as those of
 * verijot_session_resolve. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_unauthorized(
    verijot_object_t session,
    uint32_t attempt, /* its number */
    uint32_t can_store, /* 0 or 1 */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Takes the news of new tokens. VERIJOT_DONE with the number to keep them under; VERIJOT_NOTHING if
 * they are not to be used, nor to be stored.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_refreshed(
    verijot_object_t session,
    uint32_t refresh, /* its number */
    double expires_in, /* seconds, or NAN */
    double age, /* seconds */
    uint32_t is_refreshable, /* 0 or 1 */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Takes the news that a refresh brought no tokens. 'status' is that of the answer, 0 if there was
 * none, 1 if it took too long, 2 if the tokens had to be stored first and could not be; 'body' is the
 * answer's. The number is 0 if the old tokens stay in use, 1 if the session has ended, 2 if nothing
 * changes. The text is the failure. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_failed(
    verijot_object_t session,
    uint32_t refresh, /* its number */
    uint32_t status, /* of HTTP */
    const void *body, size_t body_length, /* octets */
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Reads a token endpoint's answer to a refresh. The text is JSON: 'access_token', and if they are
 * there 'refresh_token' and 'id_token'; the number the access token's whole life in seconds, not a
 * number if it is unknown. Ends with VERIJOT_DONE, or with VERIJOT_NOTHING for an answer without
 * tokens, which is reported with 'verijot_session_failed'.
 */
verijot_status_t verijot_token_response(
    uint32_t status, /* of HTTP */
    const void *body, size_t body_length); /* octets */

/**
 * How the session is doing, as JSON: 'is_signed_in', 'is_valid', 'expires_in' in seconds, 'failures',
 * 'last_failure', 'is_refreshing'. Ends with VERIJOT_DONE.
 *
 * VERIJOT_UNUSABLE also with 'unknown_object'.
 */
verijot_status_t verijot_session_health(
    verijot_object_t session,
    double monotonic, /* seconds, of the monotonic clock */
    double wall, /* whole seconds since 1970 */
    uint32_t wall_nanoseconds); /* from there */

/**
 * Whether an access token may be sent to a URL: VERIJOT_DONE, or VERIJOT_UNUSABLE with the code
 * 'invalid_key_source'.
 */
verijot_status_t verijot_check_url(
    const void *url, size_t url_length); /* UTF-8 */

/* ---- Memory ---- */

/**
 * Gives room for 'octets' octets; null if there is none. The room belongs to the host until it gives
 * it back with verijot_free.
 */
void *verijot_alloc(
    size_t octets); /* how many */

/**
 * Takes back what verijot_alloc gave for the same number of octets.
 */
void verijot_free(
    void *address, /* what verijot_alloc gave */
    size_t octets); /* as many as were asked for */

/* ---- Helpers ---- */

/** A number of the calling thread's answer as that of an object. 0 if it is none, or the index not below 12. */
static inline verijot_object_t verijot_number(size_t index) {
    const verijot_answer_t *answer = verijot_answer();
    double number = index < sizeof answer->numbers / sizeof *answer->numbers ? answer->numbers[index] : 0;
    return number >= 1 && number <= 4294967295.0 ? (verijot_object_t)number : 0;
}

/** A list in the caller's room. */
typedef struct verijot_list_t {
    unsigned char *octets; /**< The caller's room, */
    size_t room;           /**< and how many octets it has. */
    size_t length;         /**< How many are written; begins with 0. Pass octets and length. */
} verijot_list_t;

/**
 * Adds an entry to a list. If the room is too small the length becomes SIZE_MAX, so that every function
 * refuses the list with malformed_list: check that status, and nothing here.
 */
static inline void verijot_entry(verijot_list_t *list, const void *octets, size_t length) {
    size_t index;
    if (list->length > list->room || list->room - list->length < 4 || list->room - list->length - 4 < length ||
        length > 0x7fffffff) {
        list->length = SIZE_MAX;
        return;
    }
    for (index = 0; index < 4; index++) {
        list->octets[list->length + index] = (unsigned char)(length >> (8 * index) & 0xff);
    }
    if (length > 0) {
        memcpy(list->octets + list->length + 4, octets, length);
    }
    list->length += 4 + length;
}

/** Adds an option to a list, both as text that ends with NUL. */
static inline void verijot_option(verijot_list_t *list, const char *name, const char *value) {
    verijot_entry(list, name, strlen(name));
    verijot_entry(list, value, strlen(value));
}

#ifdef __cplusplus
}
#endif

#endif
