/* What a case gives the library: its token, keys and time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

static const char *const REPEAT[] = {"prefix", "unit", "times", "suffix", NULL};
static const char *const OPTIONS[] = {"padded_base64", "short_coordinates", "single_key", NULL};

void *need(void *made) {
    if (made == NULL) {
        fputs("out of memory, or the case is invalid\n", stderr);
        abort();
    }
    return made;
}

int is_among(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return 1;
        }
    }
    return 0;
}

int are_known(json_t *object, const char *const *names) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        if (!is_among(name, names)) {
            return 0;
        }
    }
    return 1;
}

int has_word(json_t *list, const char *word) {
    size_t index;
    json_t *value;
    json_array_foreach(list, index, value) {
        if (strcmp(json_string_value(value), word) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A value as the text of a document, for free(). */
char *document_of(json_t *value) {
    return (char *)need(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
}

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

/* The octets of a token, for free(); NULL if it is refused already. */
static char *octets_of(json_t *one, size_t *length, verdict_t *verdict) {
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
verijot_object_t keys_of(json_t *one, json_t *settings, verdict_t *verdict) {
    json_t *jwks = json_object_get(one, "jwks"), *options = json_object_get(one, "jwks_options");
    json_t *limits = json_object_get(settings, "limits"), *option;
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
    if (json_is_true(json_object_get(settings, "symmetric_keys"))) {
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

/* Reads the token of a case, whose octets are freed by the caller. Returns 0 if it is refused already. */
int token_of(json_t *one, presented_t *token, verdict_t *verdict) {
    time_of(json_string_value(json_object_get(one, "now")), &token->now, &token->nanoseconds);
    token->octets = octets_of(one, &token->length, verdict);
    return token->octets != NULL;
}
