/*
 * Runs a folder of test vectors (testvectors/README.md) through verijot.h: vectors DIR. An unknown member
 * fails its case, so that no expectation is ignored. Prints how many ran, passed, failed and were skipped.
 */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <verijot.h>

static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char *const CASE[] = {"id",    "title",     "why",          "refs", "cves",   "requires", "jwks",
                                   "token", "token_hex", "token_repeat", "mode", "policy", "now",      "expect",
                                   "jwks_text", "jwks_options", "authorization", "skipped_keys",
                                   "jwks_certificates", "jwks_purposes", NULL};
static const char *const EXPECT[] = {"valid", "error", "claim", NULL};
static const char *const VALID[] = {"kid", "alg", "payload", "payload_base64url", NULL};
static const char *const SKIPPED[] = {"index", "kid", "reason", NULL};
static const char *const REPEAT[] = {"prefix", "unit", "times", "suffix", NULL};
static const char *const KINDS[] = {"token", "token_hex", "token_repeat", "authorization", NULL};
static const char *const OPTIONS[] = {"padded_base64", "short_coordinates", "single_key", NULL};
/* What ring lacks, of the words in "requires". */
static const char LACKED[] = "ES512";
/* What this runner lacks. */
static const char PROFILES[] = "profiles", LOAD_BALANCERS[] = "alb";

static int passed, failed, skipped;

/* What a case came to: accepted, or a code with a claim; and the keys, once they are read. */
typedef struct {
    int is_accepted;
    char code[64];
    char claim[256];
    json_t *skipped;
} verdict_t;

static void *need(void *made) {
    if (made == NULL) {
        fputs("out of memory, or the case is invalid\n", stderr);
        abort();
    }
    return made;
}

static int is_among(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return 1;
        }
    }
    return 0;
}

static int are_known(json_t *object, const char *const *names) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        if (!is_among(name, names)) {
            return 0;
        }
    }
    return 1;
}

static int has_word(json_t *list, const char *word) {
    size_t index;
    json_t *value;
    json_array_foreach(list, index, value) {
        if (strcmp(json_string_value(value), word) == 0) {
            return 1;
        }
    }
    return 0;
}

static json_t *answered(void) {
    const verijot_answer_t *answer = verijot_answer();
    return (json_t *)need(json_loadb(answer->text, answer->text_octets, JSON_ALLOW_NUL, NULL));
}

static void is_refused_with(verdict_t *verdict, const char *code, const char *claim) {
    verdict->is_accepted = 0;
    snprintf(verdict->code, sizeof verdict->code, "%s", code);
    snprintf(verdict->claim, sizeof verdict->claim, "%s", claim == NULL ? "" : claim);
}

/* Takes code and claim from the answer of a call that ended with Refused or Unusable. */
static void is_refused(verdict_t *verdict) {
    json_t *refusal = answered();
    is_refused_with(verdict, json_string_value(json_object_get(refusal, "code")),
                    json_string_value(json_object_get(refusal, "claim")));
    json_decref(refusal);
}

/* ---- What a case gives the library ---- */

static char *octets_of_hex(const char *digits, size_t *length) {
    char *octets = (char *)need(malloc(strlen(digits) / 2 + 1));
    for (*length = 0; digits[0] != 0 && digits[1] != 0; digits += 2) {
        unsigned octet;
        if (sscanf(digits, "%2x", &octet) != 1) {
            abort();
        }
        octets[(*length)++] = (char)octet;
    }
    return octets;
}

static char *repeated(json_t *repeat, size_t *length) {
    json_t *parts[3] = {json_object_get(repeat, "prefix"), json_object_get(repeat, "unit"),
                        json_object_get(repeat, "suffix")};
    size_t times = (size_t)json_integer_value(json_object_get(repeat, "times")), index;
    size_t unit = json_string_length(parts[1]);
    char *octets =
        (char *)need(malloc(json_string_length(parts[0]) + unit * times + json_string_length(parts[2]) + 1));
    char *end = octets;
    if (!are_known(repeat, REPEAT)) {
        abort();
    }
    for (index = 0; index < times + 2; index++) {
        json_t *part = parts[index == 0 ? 0 : index <= times ? 1 : 2];
        if (part != NULL) {
            memcpy(end, json_string_value(part), json_string_length(part));
            end += json_string_length(part);
        }
    }
    *length = (size_t)(end - octets);
    return octets;
}

/* The token of a case, for free(); NULL if it is refused already. */
static char *token_of(json_t *one, size_t *length, verdict_t *verdict) {
    json_t *value;
    const verijot_answer_t *answer = verijot_answer();
    verijot_list_t values = {NULL, 1 << 20, 0};
    verijot_object_t guard;
    verijot_status_t status;
    char *token = NULL;
    if ((value = json_object_get(one, "token_hex")) != NULL) {
        return octets_of_hex(json_string_value(value), length);
    }
    if ((value = json_object_get(one, "token_repeat")) != NULL) {
        return repeated(value, length);
    }
    if ((value = json_object_get(one, "token")) != NULL) {
        *length = json_string_length(value);
        token = (char *)need(malloc(*length + 1));
        memcpy(token, json_string_value(value), *length);
        return token;
    }
    value = json_object_get(one, "authorization");
    values.octets = (unsigned char *)need(malloc(values.room));
    if (json_is_string(value)) {
        verijot_entry(&values, json_string_value(value), json_string_length(value));
    }
    if (verijot_guard(NULL, 0) != VERIJOT_DONE) {
        abort();
    }
    guard = verijot_number(0);
    status = verijot_guard_token(guard, values.octets, values.length);
    if (status == VERIJOT_DONE) {
        *length = answer->text_octets;
        token = (char *)need(malloc(*length + 1));
        memcpy(token, answer->text, *length);
    } else {
        is_refused(verdict);
    }
    verijot_guard_drop(guard);
    free(values.octets);
    return token;
}

static void number_option(verijot_list_t *list, const char *name, json_t *number) {
    if (number != NULL) {
        char *text = (char *)need(json_dumps(number, JSON_ENCODE_ANY));
        verijot_option(list, name, text);
        free(text);
    }
}

/* The keys of a case; 0 if they are unusable. */
static verijot_object_t keys_of(json_t *one, verdict_t *verdict) {
    json_t *jwks = json_object_get(one, "jwks"), *options = json_object_get(one, "jwks_options");
    json_t *policy = json_object_get(one, "policy"), *limits = json_object_get(policy, "limits"), *option;
    unsigned char room[512];
    verijot_list_t list = {room, sizeof room, 0};
    uint32_t form = has_word(options, "single_key") ? 1 : 0;
    verijot_status_t status;
    size_t index;
    char *text = NULL;
    json_array_foreach(options, index, option) {
        if (!is_among(json_string_value(option), OPTIONS)) {
            abort();
        }
        if (strcmp(json_string_value(option), "single_key") != 0) {
            verijot_option(&list, json_string_value(option), "1");
        }
    }
    json_array_foreach(json_object_get(one, "jwks_certificates"), index, option) {
        verijot_option(&list, "certificates", json_string_value(option));
    }
    json_array_foreach(json_object_get(one, "jwks_purposes"), index, option) {
        verijot_option(&list, "purposes", json_string_value(option));
    }
    if (json_is_true(json_object_get(policy, "symmetric_keys"))) {
        verijot_option(&list, "symmetric_keys", "1");
    }
    number_option(&list, "max_octets", json_object_get(limits, "jwks_octets"));
    number_option(&list, "max_keys", json_object_get(limits, "jwks_keys"));
    if (jwks == NULL) {
        json_t *exact = json_object_get(one, "jwks_text");
        status = verijot_keys(form, json_string_value(exact), json_string_length(exact), room, list.length);
    } else if (json_is_null(jwks)) {
        status = verijot_keys(0, "{\"keys\":[]}", 11, NULL, 0);
    } else {
        text = (char *)need(json_dumps(jwks, JSON_COMPACT | JSON_ENCODE_ANY));
        status = verijot_keys(form, text, strlen(text), room, list.length);
    }
    free(text);
    if (status != VERIJOT_DONE) {
        is_refused(verdict);
        return 0;
    }
    return verijot_number(0);
}

/* Decimal seconds, to the nanosecond. */
static void time_of(const char *text, double *seconds, uint32_t *nanoseconds) {
    const char *fraction = text == NULL ? NULL : strchr(text, '.');
    int place;
    *seconds = text == NULL ? 0 : (double)strtoll(text, NULL, 10);
    *nanoseconds = 0;
    if (fraction != NULL) {
        fraction++;
        for (place = 0; place < 9; place++) {
            *nanoseconds = *nanoseconds * 10 + (uint32_t)(*fraction == 0 ? 0 : *fraction++ - '0');
        }
        if (*text == '-' && *nanoseconds > 0) {
            *seconds -= 1;
            *nanoseconds = 1000000000 - *nanoseconds;
        }
    }
}

/* ---- The verdict ---- */

/* Whether the payload is the one that is expected, in base64url. */
static int is_same_in_base64url(const char *expected, const verijot_answer_t *answer) {
    const unsigned char *octets = (const unsigned char *)answer->text;
    size_t index, length = answer->text_octets, digit = 0;
    for (index = 0; index < length; index += 3) {
        size_t count = length - index < 3 ? length - index : 3, place;
        uint32_t bits = (uint32_t)octets[index] << 16;
        bits |= count > 1 ? (uint32_t)octets[index + 1] << 8 : 0;
        bits |= count > 2 ? octets[index + 2] : 0;
        for (place = 0; place <= count; place++) {
            if (expected[digit++] != BASE64URL[bits >> (18 - 6 * place) & 63]) {
                return 0;
            }
        }
    }
    return expected[digit] == 0;
}

static int is_text(json_t *expected, verijot_status_t status) {
    const verijot_answer_t *answer = verijot_answer();
    if (!json_is_string(expected)) {
        return status == VERIJOT_NOTHING;
    }
    return status == VERIJOT_DONE && answer->text_octets == json_string_length(expected) &&
           memcmp(answer->text, json_string_value(expected), answer->text_octets) == 0;
}

/* What differs from the token that is expected, or NULL. */
static const char *difference(json_t *valid) {
    json_t *value;
    if (!are_known(valid, VALID)) {
        return "unknown members";
    }
    if ((value = json_object_get(valid, "kid")) != NULL && !is_text(value, verijot_accepted(3))) {
        return "another kid";
    }
    if ((value = json_object_get(valid, "alg")) != NULL && !is_text(value, verijot_accepted(2))) {
        return "another alg";
    }
    if ((value = json_object_get(valid, "payload")) != NULL && !is_text(value, verijot_accepted(0))) {
        return "another payload";
    }
    value = json_object_get(valid, "payload_base64url");
    if (value != NULL && (verijot_accepted(0) != VERIJOT_DONE ||
                          !is_same_in_base64url(json_string_value(value), verijot_answer()))) {
        return "another payload";
    }
    return NULL;
}

/* Whatever needs no keys is checked before keys are missed: the first four steps. */
static void without_keys(verdict_t *verdict) {
    json_t *explanation = answered(), *step;
    size_t index;
    is_refused_with(verdict, "keys_unavailable", NULL);
    json_array_foreach(json_object_get(explanation, "steps"), index, step) {
        if (index < 4 && strcmp(json_string_value(json_object_get(step, "outcome")), "failed") == 0) {
            json_t *refusal = json_object_get(explanation, "refusal");
            is_refused_with(verdict, json_string_value(json_object_get(refusal, "code")),
                            json_string_value(json_object_get(refusal, "claim")));
        }
    }
    json_decref(explanation);
}

static const char *explained_code(json_t *explanation) {
    const char *code = json_string_value(json_object_get(json_object_get(explanation, "refusal"), "code"));
    return code == NULL ? "" : code;
}

static const char *verify(json_t *one, verijot_object_t verifier, verijot_object_t keys, verdict_t *verdict,
                          const char *revocation) {
    size_t length = 0;
    double now;
    uint32_t nanoseconds;
    const char *wrong = NULL, *mode = json_string_value(json_object_get(one, "mode"));
    char *token = token_of(one, &length, verdict);
    int is_jws = mode != NULL && strcmp(mode, "jws") == 0;
    json_t *explanation;
    if (token == NULL) {
        return NULL;
    }
    time_of(json_string_value(json_object_get(one, "now")), &now, &nanoseconds);
    if (verijot_verify(verifier, keys, token, length, 2, now, nanoseconds) != VERIJOT_DONE) {
        abort();
    }
    if (json_is_null(json_object_get(one, "jwks"))) {
        without_keys(verdict);
        free(token);
        return NULL;
    }
    explanation = answered();
    switch (verijot_verify(verifier, keys, token, length, is_jws ? 1 : 0, now, nanoseconds)) {
    case VERIJOT_DONE:
        verdict->is_accepted = 1;
        break;
    case VERIJOT_REFUSED:
        is_refused(verdict);
        break;
    default:
        wrong = "the library asks, though it can verify";
    }
    if (!is_jws && strcmp(explained_code(explanation), verdict->is_accepted ? "" : verdict->code) != 0) {
        wrong = "explain and verify differ";
    }
    if (verdict->is_accepted && !is_jws && revocation != NULL && strcmp(revocation, "clear") != 0) {
        verijot_refusal(strcmp(revocation, "revoked") == 0 ? 1 : 2, NULL, 0, -1);
        is_refused(verdict);
    }
    json_decref(explanation);
    free(token);
    return wrong;
}

/* The policy first, then the keys, then the token: the first that is wrong decides. */
static const char *run(json_t *one, verdict_t *verdict) {
    json_t *policy = (json_t *)need(json_copy(json_object_get(one, "policy")));
    json_t *revocation = json_incref(json_object_get(policy, "revocation"));
    verijot_object_t verifier, keys;
    verijot_status_t status;
    const char *wrong;
    char *document;
    json_object_del(policy, "revocation");
    document = (char *)need(json_dumps(policy, JSON_COMPACT));
    status = verijot_verifier(document, strlen(document));
    free(document);
    json_decref(policy);
    if (status != VERIJOT_DONE) {
        is_refused(verdict);
        json_decref(revocation);
        return NULL;
    }
    verifier = verijot_number(0);
    keys = keys_of(one, verdict);
    wrong = keys == 0 ? NULL : verify(one, verifier, keys, verdict, json_string_value(revocation));
    json_decref(revocation);
    if (keys != 0 && !json_is_null(json_object_get(one, "jwks"))) {
        json_t *described = NULL;
        const char *differs = NULL;
        json_t *valid = json_object_get(json_object_get(one, "expect"), "valid");
        if (wrong == NULL && verdict->is_accepted && valid != NULL) {
            differs = difference(valid);
        }
        if (verijot_keys_describe(keys) != VERIJOT_DONE) {
            abort();
        }
        described = answered();
        verdict->skipped = json_incref(json_object_get(described, "skipped"));
        json_decref(described);
        wrong = differs != NULL ? differs : wrong;
    }
    verijot_keys_drop(keys);
    verijot_verifier_drop(verifier);
    return wrong;
}

/* ---- The expectation ---- */

static int are_same_skipped(json_t *expected, json_t *got) {
    size_t index;
    json_t *key;
    if (json_array_size(expected) != json_array_size(got)) {
        return 0;
    }
    json_array_foreach(expected, index, key) {
        json_t *other = json_array_get(got, index);
        if (!are_known(key, SKIPPED) || !json_equal(json_object_get(key, "index"), json_object_get(other, "index")) ||
            !json_equal(json_object_get(key, "reason"), json_object_get(other, "reason"))) {
            return 0;
        }
    }
    return 1;
}

static int has_unsupported(json_t *skipped_keys) {
    size_t index;
    json_t *key;
    json_array_foreach(skipped_keys, index, key) {
        if (strcmp(json_string_value(json_object_get(key, "reason")), "unsupported_algorithm") == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *compared(json_t *one, const verdict_t *verdict, int is_lacking) {
    json_t *expect = json_object_get(one, "expect"), *keys = json_object_get(one, "skipped_keys");
    const char *error = json_string_value(json_object_get(expect, "error"));
    const char *claim = json_string_value(json_object_get(expect, "claim"));
    if (is_lacking) {
        /* The key is skipped, and its token neither accepted nor a forgery. */
        int is_well = !verdict->is_accepted && strcmp(verdict->code, "invalid_signature") != 0;
        return is_well && has_unsupported(verdict->skipped) ? NULL : "expected a key that is skipped";
    }
    if (keys != NULL && verdict->skipped != NULL && !are_same_skipped(keys, verdict->skipped)) {
        return "other keys are skipped";
    }
    if (error == NULL) {
        return verdict->is_accepted ? NULL : "expected valid";
    }
    if (verdict->is_accepted || (strcmp(error, "any") != 0 && strcmp(error, verdict->code) != 0)) {
        return error;
    }
    return claim != NULL && strcmp(claim, verdict->claim) != 0 ? claim : NULL;
}

static int kinds_of(json_t *one) {
    int index, count = 0;
    for (index = 0; KINDS[index] != NULL; index++) {
        count += json_object_get(one, KINDS[index]) != NULL;
    }
    return count;
}

static void judge(json_t *one, const char *suffix) {
    verdict_t verdict = {0, "", "", NULL};
    const char *wrong = NULL;
    int is_lacking = has_word(json_object_get(one, "requires"), LACKED);
    if (!are_known(one, CASE) || !are_known(json_object_get(one, "expect"), EXPECT) || kinds_of(one) != 1 ||
        (json_object_get(one, "jwks") == NULL) == (json_object_get(one, "jwks_text") == NULL)) {
        wrong = "the case cannot be run";
    } else {
        wrong = run(one, &verdict);
        wrong = wrong != NULL ? wrong : compared(one, &verdict, is_lacking);
    }
    if (wrong != NULL) {
        failed++;
        printf("FAILED %s%s: %s, got %s %s\n", json_string_value(json_object_get(one, "id")), suffix, wrong,
               verdict.is_accepted ? "valid" : verdict.code, verdict.claim);
    } else if (is_lacking) {
        skipped++;
    } else {
        passed++;
    }
    json_decref(verdict.skipped);
}

/* ---- Files ---- */

/* Flips the lowest bit of the first character after the last dot. */
static json_t *flipped(json_t *text) {
    char *copy = (char *)need(strdup(json_string_value(text)));
    char *digit = strrchr(copy, '.') + 1;
    json_t *other;
    *digit = BASE64URL[(strchr(BASE64URL, *digit) - BASE64URL) ^ 1];
    other = json_string(copy);
    free(copy);
    return other;
}

static json_t *twin_of(json_t *one) {
    json_t *twin = (json_t *)need(json_copy(one)), *token = json_object_get(one, "token_repeat");
    if (token != NULL) {
        token = (json_t *)need(json_copy(token));
        json_object_set_new(token, "suffix", flipped(json_object_get(token, "suffix")));
        json_object_set_new(twin, "token_repeat", token);
    } else {
        const char *kind = json_object_get(one, "token") != NULL ? "token" : "authorization";
        json_object_set_new(twin, kind, flipped(json_object_get(one, kind)));
    }
    json_object_set_new(twin, "expect", json_pack("{s:s}", "error", "invalid_signature"));
    return twin;
}

static int run_file(const char *path) {
    json_error_t error;
    json_t *file = json_load_file(path, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error), *one;
    const char *schema = json_string_value(json_object_get(file, "schema"));
    int has_twins;
    size_t index;
    if (schema == NULL || strncmp(schema, "verijot-testvectors-v", 21) != 0) {
        printf("FAILED %s: not a file of test vectors: %s\n", path, file == NULL ? error.text : "");
        json_decref(file);
        failed++;
        return 0;
    }
    has_twins = strcmp(schema, "verijot-testvectors-v1") != 0;
    json_array_foreach(json_object_get(file, "cases"), index, one) {
        json_t *jwks = json_object_get(one, "jwks");
        json_t *required = json_object_get(one, "requires");
        if (has_word(required, PROFILES) || has_word(required, LOAD_BALANCERS)) {
            int is_valid = json_object_get(json_object_get(one, "expect"), "valid") != NULL;
            skipped += has_twins && is_valid ? 2 : 1;
            continue;
        }
        if (has_twins && json_is_string(jwks)) {
            jwks = json_object_get(json_object_get(file, "key_sets"), json_string_value(jwks));
            json_object_set(one, "jwks", jwks);
        }
        judge(one, "");
        if (has_twins && json_object_get(json_object_get(one, "expect"), "valid") != NULL) {
            json_t *twin = twin_of(one);
            judge(twin, "-flipped");
            json_decref(twin);
        }
    }
    json_decref(file);
    return 1;
}

static int is_vectors(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0 &&
           strcmp(entry->d_name, "codes.json") != 0 &&
           (length < 11 || strcmp(entry->d_name + length - 11, "schema.json") != 0);
}

int main(int count, char **names) {
    struct dirent **entries;
    int files, index;
    char path[4096];
    if (count != 2 || (files = scandir(names[1], &entries, is_vectors, alphasort)) < 0) {
        fputs("usage: vectors DIR\n", stderr);
        return 2;
    }
    for (index = 0; index < files; index++) {
        snprintf(path, sizeof path, "%s/%s", names[1], entries[index]->d_name);
        run_file(path);
        free(entries[index]);
    }
    free(entries);
    printf("c: %d ran, %d passed, %d failed, %d skipped\n", passed + failed, passed, failed, skipped);
    return failed > 0 || passed == 0;
}
