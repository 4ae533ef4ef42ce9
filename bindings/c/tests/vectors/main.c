/*
 * Runs a folder of test vectors (testvectors/README.md) through verijot.h: vectors DIR. An unknown member
 * fails its case, so that no expectation is ignored. Prints how many ran, passed, failed and were skipped.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* Every member of a case. */
static const char *const CASE[] = {
    "id", "title", "why", "refs", "cves", "requires", "jwks", "jwks_text", "jwks_options", "jwks_certificates",
    "jwks_purposes", "token", "token_hex", "token_repeat", "authorization", "mode", "policy", "profile",
    "expectations", "replay_window", "alb", "now", "expect", "skipped_keys", NULL};
static const char *const EXPECT[] = {"valid", "error", "claim", NULL};
static const char *const KINDS[] = {"token", "token_hex", "token_repeat", "authorization", NULL};
/* Words in "requires": what ring lacks, and what this runner can do. */
static const char LACKED[] = "ES512";
static const char *const ABLE[] = {"ES512", "RSA-8192", "RSA-exponent", "profiles", "alb", "certificate-map",
                                   "key-purposes", NULL};

static int passed, failed, skipped;

static int kinds_of(json_t *one) {
    int index, count = 0;
    for (index = 0; KINDS[index] != NULL; index++) {
        count += json_object_get(one, KINDS[index]) != NULL;
    }
    return count;
}

static int are_able(json_t *required) {
    size_t index;
    json_t *word;
    json_array_foreach(required, index, word) {
        if (!is_among(json_string_value(word), ABLE)) {
            return 0;
        }
    }
    return 1;
}

static void judge(json_t *one, const char *suffix) {
    verdict_t verdict = {0, "", "", NULL, NULL};
    const char *wrong = NULL;
    int is_lacking = has_word(json_object_get(one, "requires"), LACKED);
    if (!are_known(one, CASE) || !are_known(json_object_get(one, "expect"), EXPECT) || kinds_of(one) != 1 ||
        !are_able(json_object_get(one, "requires")) ||
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
    json_decref(verdict.checked);
}

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
