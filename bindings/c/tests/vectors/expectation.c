/* What a case expects: compares it with the verdict. */
#include <string.h>

#include "vectors.h"

static const char *const VALID[] = {"kid", "alg", "payload", "payload_base64url", "checked", NULL};
static const char *const SKIPPED[] = {"index", "kid", "reason", NULL};

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
const char *difference(json_t *valid, const verdict_t *verdict) {
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
    value = json_object_get(valid, "checked");
    if (value != NULL && !json_equal(value, verdict->checked)) {
        return "other claims are checked";
    }
    return NULL;
}

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

const char *compared(json_t *one, const verdict_t *verdict, int is_lacking) {
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
