/*
 * What verijot.h promises of bad input, objects, memory and threads: misuse JWKS POLICY TOKEN, of files that
 * belong together. Is also compiled as C++.
 */
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>

#include "checks.h"

static const size_t HUGE_LENGTHS[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, 0x80000000u};

static verijot_object_t new_keys(void) {
    return made(verijot_keys(0, jwks.octets, jwks.length, NULL, 0));
}

static verijot_object_t new_verifier(void) {
    return made(verijot_verifier(policy.octets, policy.length));
}

/* ---- Octets that are not there, and lengths that no memory has ---- */

static void octets_that_are_not_there(verijot_object_t verifier, verijot_object_t keys) {
    static const size_t lengths[] = {0, 5, SIZE_MAX};
    size_t index;
    for (index = 0; index < 3; index++) {
        size_t length = lengths[index];
        verijot_object_t object;
        CHECK(verijot_keys(0, NULL, length, NULL, length) == VERIJOT_UNUSABLE && says("\"code\":\"malformed_jwks\""));
        CHECK(verijot_keys(3, NULL, length, NULL, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_verifier(NULL, length) == VERIJOT_UNUSABLE && says("invalid_policy"));
        CHECK(verijot_issuers(NULL, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_issuer(verifier, NULL, length) == VERIJOT_UNUSABLE && says("invalid_key_source"));
        CHECK(verijot_verify(verifier, keys, NULL, length, 0, NOW, 0) == VERIJOT_REFUSED);
        CHECK(says(length == SIZE_MAX ? "token_too_large" : "malformed_token"));
        CHECK(verijot_check_url(NULL, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_resource_metadata_url(NULL, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_scopes(NULL, length) == VERIJOT_DONE && says("[]"));
        object = made(verijot_guard(NULL, length));
        CHECK(verijot_guard_token(object, NULL, length) == VERIJOT_REFUSED && says("missing_token"));
        CHECK(verijot_guard_answer(object, NULL, length) == VERIJOT_DONE);
        verijot_guard_drop(object);
        object = made(verijot_session(NULL, length));
        CHECK(verijot_session_failed(object, 1, 500, NULL, length, 0, NOW, 0) == VERIJOT_DONE);
        verijot_session_drop(object);
    }
}

static void lengths_that_no_memory_has(verijot_object_t verifier, verijot_object_t keys) {
    size_t index;
    for (index = 0; index < sizeof HUGE_LENGTHS / sizeof *HUGE_LENGTHS; index++) {
        /* One octet: a function that read more would be caught. */
        char *one = (char *)malloc(1);
        size_t length = HUGE_LENGTHS[index];
        verijot_object_t object;
        CHECK(one != NULL);
        *one = '{';
        CHECK(verijot_keys(0, one, length, NULL, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_keys(1, one, length, NULL, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_keys(2, one, length, NULL, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_keys(3, one, length, NULL, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_keys(0, jwks.octets, jwks.length, one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(verijot_verifier(one, length) == VERIJOT_UNUSABLE && says("invalid_policy"));
        CHECK(verijot_issuers(one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(verijot_issuer(verifier, one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(verijot_verify(verifier, keys, one, length, 0, NOW, 0) == VERIJOT_REFUSED && says("token_too_large"));
        CHECK(verijot_verify(verifier, keys, one, length, 1, NOW, 0) == VERIJOT_REFUSED && says("token_too_large"));
        CHECK(verijot_verify(verifier, keys, one, length, 2, NOW, 0) == VERIJOT_DONE && says("refusal"));
        CHECK(verijot_guard(one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        object = made(verijot_guard(NULL, 0));
        CHECK(verijot_guard_token(object, one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(verijot_guard_answer(object, one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        verijot_guard_check(object, one, length, NOW, 0);
        verijot_guard_drop(object);
        CHECK(verijot_roles("{}", 2, one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(verijot_roles(one, length, NULL, 0) == VERIJOT_DONE && says("[]"));
        CHECK(verijot_scopes(one, length) == VERIJOT_DONE && says("[]"));
        CHECK(verijot_refusal(4, one, length, NAN) == VERIJOT_REFUSED);
        CHECK(verijot_check_url(one, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_resource_metadata_url(one, length) == VERIJOT_UNUSABLE);
        CHECK(verijot_session(one, length) == VERIJOT_UNUSABLE && says("malformed_list"));
        CHECK(length <= SIZE_MAX / 2 || verijot_alloc(length) == NULL);
        free(one);
    }
}

/* ---- Objects ---- */

static void objects_that_are_gone(verijot_object_t verifier, verijot_object_t keys) {
    verijot_object_t gone = new_keys(), numbers[4] = {0, 0, 0xffffffff, 0x000fffff};
    size_t index;
    verijot_keys_drop(gone);
    verijot_keys_drop(gone);
    numbers[0] = gone;
    for (index = 0; index < 4; index++) {
        verijot_object_t number = numbers[index];
        CHECK(verijot_verify(verifier, number, token.octets, token.length, 0, NOW, 0) == VERIJOT_UNUSABLE);
        CHECK(says("unknown_object"));
        CHECK(verijot_keys_describe(number) == VERIJOT_UNUSABLE && says("unknown_object"));
        CHECK(verijot_keys_skip(number, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_answer_question(number, 0, NOW, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_session_health(number, 0, NOW, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_fetch_step(number, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_guard_check(number, "{}", 2, NOW, 0) == VERIJOT_UNUSABLE);
        CHECK(verijot_issuer_health(number, 0, NOW, 0) == VERIJOT_UNUSABLE);
        verijot_question_drop(number);
        verijot_guard_drop(number);
        verijot_session_drop(number);
        verijot_issuer_drop(number);
        verijot_issuers_drop(number);
        verijot_forget(number);
    }
    /* The place is taken again, by another number. */
    numbers[1] = new_keys();
    CHECK(numbers[1] != gone && numbers[1] != keys);
    verijot_keys_drop(numbers[1]);
    CHECK(verijot_number(12) == 0 && verijot_number(SIZE_MAX) == 0);
}

static void lists_that_do_not_fit(void) {
    unsigned char room[24];
    verijot_list_t list = {room, sizeof room, 0};
    verijot_option(&list, "optional", "1");
    CHECK(list.length == 17);
    CHECK(verijot_guard(list.octets, list.length) == VERIJOT_DONE);
    verijot_guard_drop(verijot_number(0));
    /* A name without a value, and what is cut off. */
    CHECK(verijot_guard(list.octets, 12) == VERIJOT_UNUSABLE && says("malformed_list"));
    CHECK(verijot_guard(list.octets, 16) == VERIJOT_UNUSABLE && says("malformed_list"));
    verijot_option(&list, "demand", "{\"all_scopes\":[\"a\"]}");
    CHECK(list.length == SIZE_MAX);
    CHECK(verijot_guard(list.octets, list.length) == VERIJOT_UNUSABLE && says("malformed_list"));
    verijot_entry(&list, "", 0);
    CHECK(list.length == SIZE_MAX);
}

/* ---- Who verifies ---- */

static void questions(verijot_object_t verifier) {
    unsigned char room[64];
    verijot_list_t options = {room, sizeof room, 0};
    const verijot_answer_t *answer = verijot_answer();
    verijot_object_t keys;
    verijot_option(&options, "host_verifies", "1");
    keys = made(verijot_keys(0, jwks.octets, jwks.length, options.octets, options.length));
    CHECK(verijot_keys_describe(keys) == VERIJOT_DONE && says("\"jwk\":{\"kty\":"));
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_QUESTION);
    CHECK(answer->text_octets == 64 && answer->numbers[3] == 1);
    CHECK(verijot_answer_question(verijot_number(0), 0, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_QUESTION);
    CHECK(verijot_answer_question(verijot_number(0), 0xffffffff, NOW, 0) == VERIJOT_REFUSED);
    CHECK(says("invalid_signature"));
    verijot_keys_drop(keys);
}

/* The text of an answer is given to the next call, as it is. */
static void answers_that_are_passed_on(verijot_object_t verifier, verijot_object_t keys) {
    char line[4096];
    unsigned char room[4096];
    verijot_list_t list = {room, sizeof room, 0};
    const verijot_answer_t *answer = verijot_answer();
    verijot_object_t guard;
    verijot_option(&list, "demand", "{\"all_scopes\":[\"orders:read\"]}");
    guard = made(verijot_guard(list.octets, list.length));
    list.length = 0;
    CHECK(snprintf(line, sizeof line, "Bearer %.*s", (int)token.length, token.octets) < (int)sizeof line);
    verijot_entry(&list, line, strlen(line));
    CHECK(verijot_guard_token(guard, list.octets, list.length) == VERIJOT_DONE);
    CHECK(verijot_verify(verifier, keys, answer->text, answer->text_octets, 0, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_accepted(0) == VERIJOT_DONE);
    CHECK(verijot_guard_check(guard, answer->text, answer->text_octets, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_accepted(0) == VERIJOT_DONE);
    CHECK(verijot_scopes(answer->text, answer->text_octets) == VERIJOT_DONE && says("[\"orders:read\"]"));
    CHECK(verijot_guard_check(guard, answer->text, answer->text_octets, NOW, 0) == VERIJOT_REFUSED);
    CHECK(verijot_policy(verifier) == VERIJOT_DONE);
    CHECK(verijot_verifier(answer->text, answer->text_octets) == VERIJOT_DONE);
    verijot_verifier_drop(verijot_number(0));
    verijot_guard_drop(guard);
}

/* An issuer's keys, from a fetch that the host makes. */
static void fetched_keys(verijot_object_t verifier, verijot_status_t expected, const char *host_verifies) {
    static const char headers[] = "\x0d\0\0\0cache-control\x0b\0\0\0max-age=300";
    unsigned char room[128];
    verijot_list_t options = {room, sizeof room, 0};
    verijot_object_t issuer, fetch;
    verijot_option(&options, "url", "https://issuer.example/keys");
    verijot_option(&options, "host_verifies", host_verifies);
    issuer = made(verijot_issuer(verifier, options.octets, options.length));
    CHECK(verijot_issuer_present_keys(issuer, 1, NOW, 0) == VERIJOT_NOTHING);
    CHECK(verijot_issuer_keys(issuer, verifier, token.octets, token.length, 1, 1, NOW, 0) == VERIJOT_FETCH);
    fetch = made(verijot_fetch(issuer, verijot_number(0)));
    CHECK(verijot_issuer_keys(issuer, verifier, token.octets, token.length, 1, 1, NOW, 0) == VERIJOT_WAIT);
    CHECK(verijot_fetch_step(fetch, 0) == VERIJOT_DONE && says("\"url\":\"https://issuer.example/keys\""));
    CHECK(verijot_fetch_keys(fetch, 200, headers, 5, jwks.octets, jwks.length, 2, NOW, 0) == VERIJOT_UNUSABLE);
    CHECK(verijot_fetch_keys(fetch, 200, headers, sizeof headers - 1, jwks.octets, jwks.length, 2, NOW, 0) ==
          VERIJOT_DONE);
    CHECK(verijot_fetch_step(fetch, 0) == VERIJOT_UNUSABLE);
    CHECK(verijot_issuer_keys(issuer, verifier, token.octets, token.length, 1, 2, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_verify(verifier, verijot_number(0), token.octets, token.length, 0, NOW, 0) == expected);
    if (expected == VERIJOT_QUESTION) {
        verijot_question_drop(verijot_number(0));
    }
    verijot_issuer_drop(issuer);
    options.length = 0;
    verijot_option(&options, "url", "https://issuer.example/keys");
    verijot_option(&options, "host_verifies", "yes");
    CHECK(verijot_issuer(verifier, options.octets, options.length) == VERIJOT_UNUSABLE && says("host_verifies"));
}

static void dates(verijot_object_t verifier, verijot_object_t keys) {
    static const double times[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, -1, 0.5};
    size_t index;
    for (index = 0; index < sizeof times / sizeof *times; index++) {
        verijot_verify(verifier, keys, token.octets, token.length, 0, times[index], 0xffffffff);
    }
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, 9e9, 0) == VERIJOT_REFUSED);
    CHECK(says("\"code\":\"expired\""));
}

/* ---- Memory and threads ---- */

static void round_of_everything(void) {
    verijot_object_t keys = new_keys(), verifier = new_verifier(), kept;
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_accepted(5) == VERIJOT_DONE && says("alice"));
    /* There is no nbf. */
    CHECK(isnan(verijot_answer()->numbers[1]) && verijot_number(1) == 0);
    kept = made(verijot_keep());
    CHECK(verijot_keep() == VERIJOT_NOTHING);
    CHECK(verijot_check_again(verifier, kept, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_check_again(verifier, kept, 9e9, 0) == VERIJOT_REFUSED);
    verijot_forget(kept);
    CHECK(verijot_verify(verifier, keys, token.octets, token.length - 1, 0, NOW, 0) == VERIJOT_REFUSED);
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 2, NOW, 0) == VERIJOT_DONE);
    questions(verifier);
    verijot_keys_drop(keys);
    verijot_verifier_drop(verifier);
}

/* The memory in use; 0 where the allocator is another. */
static size_t in_use(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

static void memory_stays(int rounds) {
    size_t before;
    int round;
    for (round = 0; round < 100; round++) {
        round_of_everything();
    }
    before = in_use();
    for (round = 0; round < rounds; round++) {
        round_of_everything();
    }
    CHECK(in_use() <= before + 4096);
}

typedef struct {
    verijot_object_t verifier, keys, issuer;
    int rounds;
} shared_t;

/* Verifies with what all threads share, and reads its own answer. */
static void *verifies(void *given) {
    const shared_t *shared = (const shared_t *)given;
    int round;
    for (round = 0; round < shared->rounds; round++) {
        CHECK(verijot_verify(shared->verifier, shared->keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
        CHECK(verijot_accepted(5) == VERIJOT_DONE && says("alice"));
        CHECK(verijot_verify(shared->verifier, shared->keys, token.octets, token.length, 0, 9e9, 0) ==
              VERIJOT_REFUSED);
        CHECK(says("\"code\":\"expired\""));
        CHECK(verijot_issuer_keys(shared->issuer, shared->verifier, token.octets, token.length, 1, 1, NOW, 0) ==
              VERIJOT_DONE);
        CHECK(verijot_verify(shared->verifier, verijot_number(0), token.octets, token.length, 0, NOW, 0) ==
              VERIJOT_DONE);
    }
    return NULL;
}

/* Makes and drops objects of its own meanwhile. */
static void *makes(void *given) {
    const shared_t *shared = (const shared_t *)given;
    int round;
    for (round = 0; round < shared->rounds / 4; round++) {
        round_of_everything();
    }
    return NULL;
}

static void threads(shared_t shared) {
    unsigned char room[128];
    verijot_list_t options = {room, sizeof room, 0};
    pthread_t running[8];
    int index;
    verijot_option(&options, "issuer", "https://issuer.example");
    shared.issuer = made(verijot_issuer(shared.verifier, options.octets, options.length));
    CHECK(verijot_issuer_seed(shared.issuer, jwks.octets, jwks.length, NULL, 0, 0, 1, NOW, 0) == VERIJOT_DONE);
    for (index = 0; index < 8; index++) {
        CHECK(pthread_create(&running[index], NULL, index % 4 == 3 ? makes : verifies, &shared) == 0);
    }
    for (index = 0; index < 8; index++) {
        CHECK(pthread_join(running[index], NULL) == 0);
    }
    verijot_issuer_drop(shared.issuer);
}

int main(int count, char **names) {
    shared_t shared = {0, 0, 0, 0};
    int rounds = count == 5 ? atoi(names[4]) : 2000;
    CHECK(count == 4 || count == 5);
    read_file(names[1], &jwks);
    read_file(names[2], &policy);
    read_file(names[3], &token);
    CHECK(sizeof(verijot_answer_t) == 2 * sizeof(size_t) + 12 * sizeof(double));
    shared.verifier = new_verifier();
    shared.keys = new_keys();
    shared.rounds = rounds;
    octets_that_are_not_there(shared.verifier, shared.keys);
    lengths_that_no_memory_has(shared.verifier, shared.keys);
    objects_that_are_gone(shared.verifier, shared.keys);
    lists_that_do_not_fit();
    questions(shared.verifier);
    answers_that_are_passed_on(shared.verifier, shared.keys);
    fetched_keys(shared.verifier, VERIJOT_DONE, "0");
    fetched_keys(shared.verifier, VERIJOT_QUESTION, "1");
    dates(shared.verifier, shared.keys);
    memory_stays(rounds);
    threads(shared);
    verijot_keys_drop(shared.keys);
    verijot_verifier_drop(shared.verifier);
    puts("misuse: as verijot.h says");
    return 0;
}
