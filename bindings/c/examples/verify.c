/*
 * Verifies a token: verify JWKS POLICY TOKEN [NOW], of files and, for tests, the time in seconds since 1970.
 * Prints the subject and ends with 0, or the code and the reason and ends with 1; 2 if the arguments are wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <verijot.h>

/* A file, at most 1 MiB, and 0 if it cannot be read. The caller frees the octets. */
static int read_file(const char *name, char **octets, size_t *length) {
    FILE *file = fopen(name, "rb");
    *length = 0;
    *octets = (char *)malloc(1 << 20);
    if (file != NULL && *octets != NULL) {
        *length = fread(*octets, 1, 1 << 20, file);
    }
    if (file == NULL || ferror(file) != 0 || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be read\n", name);
        return 0;
    }
    return *octets != NULL;
}

/* The text of the answer: {"code", "message", ...}. */
static int problem(const char *what) {
    const verijot_answer_t *answer = verijot_answer();
    fprintf(stderr, "%s: %.*s\n", what, (int)answer->text_octets, answer->text);
    return 2;
}

static int verify(const char *jwks, size_t jwks_length, const char *policy, size_t policy_length, const char *token,
                  size_t token_length, double now) {
    const verijot_answer_t *answer = verijot_answer();
    verijot_object_t keys, verifier;
    int result = 1;
    if (verijot_keys(0, jwks, jwks_length, NULL, 0) != VERIJOT_DONE) {
        return problem("the keys");
    }
    keys = verijot_number(0);
    if (verijot_verifier(policy, policy_length) != VERIJOT_DONE) {
        verijot_keys_drop(keys);
        return problem("the policy");
    }
    verifier = verijot_number(0);
    /* Keys and verifier are made once; from here it is for each token. */
    if (verijot_verify(verifier, keys, token, token_length, 0, now, 0) == VERIJOT_DONE) {
        if (verijot_accepted(5) == VERIJOT_DONE) {
            printf("%.*s\n", (int)answer->text_octets, answer->text);
        } else {
            puts("accepted, without a subject");
        }
        result = 0;
    } else {
        printf("%.*s\n", (int)answer->text_octets, answer->text);
    }
    verijot_verifier_drop(verifier);
    verijot_keys_drop(keys);
    return result;
}

/* Seconds since 1970; anything else, such as "soon", must not count as 1970, when no token had expired. */
static int read_seconds(const char *text, double *seconds) {
    char *end;
    *seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(*seconds >= 0 && *seconds < 1e15)) {
        fprintf(stderr, "NOW is not a number of seconds since 1970\n");
        return 0;
    }
    return 1;
}

int main(int count, char **names) {
    char *octets[3] = {NULL, NULL, NULL};
    size_t lengths[3] = {0, 0, 0};
    double now = (double)time(NULL);
    int index, result = 2;
    if (count < 4 || count > 5) {
        fprintf(stderr, "usage: verify JWKS POLICY TOKEN [NOW]\n");
        return 2;
    }
    if (count == 5 && !read_seconds(names[4], &now)) {
        return 2;
    }
    for (index = 0; index < 3 && read_file(names[index + 1], &octets[index], &lengths[index]); index++) {
    }
    if (index == 3) {
        /* A text file ends with a line break, a token does not. */
        while (lengths[2] > 0 && octets[2][lengths[2] - 1] == '\n') {
            lengths[2]--;
        }
        result = verify(octets[0], lengths[0], octets[1], lengths[1], octets[2], lengths[2], now);
    }
    for (index = 0; index < 3; index++) {
        free(octets[index]);
    }
    return result;
}
