/* What the tests of verijot.h share. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <verijot.h>

#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);        \
            exit(1);                                                                       \
        }                                                                                  \
    } while (0)

static const double NOW = 1800000000;

typedef struct {
    char octets[65536];
    size_t length;
} text_t;

static text_t jwks, policy, token;

static void read_file(const char *name, text_t *text) {
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL);
    text->length = fread(text->octets, 1, sizeof text->octets, file);
    CHECK(fclose(file) == 0);
    while (text->length > 0 && text->octets[text->length - 1] == '\n') {
        text->length--;
    }
}

static int says(const char *words) {
    const verijot_answer_t *answer = verijot_answer();
    size_t length = strlen(words), index;
    for (index = 0; index + length <= answer->text_octets; index++) {
        if (memcmp(answer->text + index, words, length) == 0) {
            return 1;
        }
    }
    return 0;
}

static verijot_object_t made(verijot_status_t status) {
    CHECK(status == VERIJOT_DONE && verijot_number(0) > 0);
    return verijot_number(0);
}

#endif
