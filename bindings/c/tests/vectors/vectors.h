/* The parts of the runner of test vectors, and what they share. */
#ifndef VECTORS_H
#define VECTORS_H

#include <jansson.h>
#include <verijot.h>

static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The result of a case: accepted, or a code with a claim. */
typedef struct {
    int is_accepted;
    char code[64];
    char claim[256];
    json_t *skipped; /* the keys that cannot be used, once the set is read */
    json_t *checked; /* the claims that a profile has checked */
} verdict_t;

/* What verifies the tokens of a case. */
typedef struct {
    verijot_object_t verifier;
    verijot_object_t profile;  /* or 0 */
    verijot_object_t any;      /* verifies JWTs, of a case with the token of a load balancer; or 0 */
    json_t *settings;          /* the document with the limits of the keys; borrowed */
} verifying_t;

/* A token at a time. */
typedef struct {
    char *octets; /* for free() */
    size_t length;
    double now;
    uint32_t nanoseconds;
} presented_t;

/* case.c */
void *need(void *made);
int is_among(const char *name, const char *const *names);
int are_known(json_t *object, const char *const *names);
int has_word(json_t *list, const char *word);
char *document_of(json_t *value);
int token_of(json_t *one, presented_t *token, verdict_t *verdict);
verijot_object_t keys_of(json_t *one, json_t *settings, verdict_t *verdict);

/* verifying.c */
int verifying_of(json_t *one, verifying_t *by, verdict_t *verdict);
void drop_verifying(verifying_t *by);

/* run.c */
json_t *answered(void);
void is_refused(verdict_t *verdict);
const char *run(json_t *one, verdict_t *verdict);

/* profile.c */
const char *check_profile(json_t *one, const verifying_t *by, const presented_t *token, verdict_t *verdict);
const char *explain_profile(json_t *one, const verifying_t *by, const presented_t *token);

/* expectation.c */
const char *difference(json_t *valid, const verdict_t *verdict);
const char *compared(json_t *one, const verdict_t *verdict, int is_lacking);

#endif
