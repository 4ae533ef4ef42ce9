/* Runs a case: what verifies first, then the keys, then the token. The first that is wrong decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

json_t *answered(void) {
    const verijot_answer_t *answer = verijot_answer();
    return (json_t *)need(json_loadb(answer->text, answer->text_octets, JSON_ALLOW_NUL, NULL));
}

static void is_refused_with(verdict_t *verdict, const char *code, const char *claim) {
    verdict->is_accepted = 0;
    snprintf(verdict->code, sizeof verdict->code, "%s", code);
    snprintf(verdict->claim, sizeof verdict->claim, "%s", claim == NULL ? "" : claim);
}

/* Takes code and claim from the answer of a call that ended with Refused or Unusable. */
void is_refused(verdict_t *verdict) {
    json_t *refusal = answered();
    is_refused_with(verdict, json_string_value(json_object_get(refusal, "code")),
                    json_string_value(json_object_get(refusal, "claim")));
    json_decref(refusal);
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

/* A load balancer's token is accepted by no verifier of JWTs. */
static int is_accepted_elsewhere(const verifying_t *by, verijot_object_t keys, const presented_t *token) {
    uint32_t mode;
    for (mode = 0; mode < 2; mode++) {
        if (verijot_verify(by->any, keys, token->octets, token->length, mode, token->now, token->nanoseconds) !=
            VERIJOT_REFUSED) {
            return 1;
        }
    }
    return 0;
}

/* Verifies and compares with what the case expects, as long as this thread has the token. */
static const char *verify(json_t *one, const verifying_t *by, verijot_object_t keys, const presented_t *token,
                          verdict_t *verdict) {
    const char *wrong = NULL, *mode = json_string_value(json_object_get(one, "mode"));
    json_t *valid = json_object_get(json_object_get(one, "expect"), "valid");
    int is_jws = mode != NULL && strcmp(mode, "jws") == 0;
    switch (verijot_verify(by->verifier, keys, token->octets, token->length, is_jws ? 1 : 0, token->now,
                           token->nanoseconds)) {
    case VERIJOT_DONE:
        verdict->is_accepted = 1;
        break;
    case VERIJOT_REFUSED:
        is_refused(verdict);
        return NULL;
    default:
        return "the library asks, though it can verify";
    }
    if (by->profile != 0) {
        wrong = check_profile(one, by, token, verdict);
    }
    if (wrong == NULL && verdict->is_accepted && valid != NULL) {
        wrong = difference(valid, verdict);
    }
    if (wrong == NULL && by->any != 0 && is_accepted_elsewhere(by, keys, token)) {
        wrong = "a verifier of JWTs accepts it";
    }
    return wrong;
}

/* Explains the token, and compares that with the verdict. */
static const char *explain(json_t *one, const verifying_t *by, verijot_object_t keys, const presented_t *token,
                           const verdict_t *verdict) {
    const char *wrong = NULL;
    json_t *explanation;
    if (verijot_verify(by->verifier, keys, token->octets, token->length, 2, token->now, token->nanoseconds) !=
        VERIJOT_DONE) {
        return "an explanation that is none";
    }
    if (by->profile != 0 && (wrong = explain_profile(one, by, token)) != NULL) {
        return wrong;
    }
    explanation = answered();
    if (strcmp(explained_code(explanation), verdict->is_accepted ? "" : verdict->code) != 0) {
        wrong = "explain and verify differ";
    }
    json_decref(explanation);
    return wrong;
}

static char *text_of_answer(void) {
    const verijot_answer_t *answer = verijot_answer();
    char *text = (char *)need(malloc(answer->text_octets + 1));
    memcpy(text, answer->text, answer->text_octets);
    text[answer->text_octets] = 0;
    return text;
}

/* Refuses an accepted token whose tenant the caller does not know. */
static void ask_tenant(json_t *known, const verifying_t *by, const char *issuer, verdict_t *verdict) {
    char *tenant;
    if (verijot_tenant(by->verifier, issuer, strlen(issuer)) != VERIJOT_DONE) {
        return;
    }
    tenant = text_of_answer();
    if (!has_word(known, tenant)) {
        verijot_unknown_tenant(by->verifier, issuer, strlen(issuer));
        is_refused(verdict);
    }
    free(tenant);
}

static const char *present(json_t *one, const verifying_t *by, verijot_object_t keys, const presented_t *token,
                           verdict_t *verdict) {
    json_t *revocation = json_object_get(json_object_get(one, "policy"), "revocation");
    json_t *known = json_object_get(json_object_get(one, "policy"), "known_tenants");
    const char *answer = json_string_value(revocation), *wrong;
    char *issuer = NULL;
    int is_jws = json_object_get(one, "mode") != NULL && strcmp(json_string_value(json_object_get(one, "mode")), "jws") == 0;
    if (json_is_null(json_object_get(one, "jwks"))) {
        if (verijot_verify(by->verifier, keys, token->octets, token->length, 2, token->now, token->nanoseconds) !=
            VERIJOT_DONE) {
            return "an explanation that is none";
        }
        without_keys(verdict);
        return NULL;
    }
    wrong = verify(one, by, keys, token, verdict);
    if (known != NULL && verdict->is_accepted && verijot_accepted(4) == VERIJOT_DONE) {
        issuer = text_of_answer();
    }
    /* An explanation knows no window, and explains JWTs only. */
    if (wrong == NULL && !is_jws && by->any == 0 && json_object_get(one, "replay_window") == NULL) {
        wrong = explain(one, by, keys, token, verdict);
    }
    if (issuer != NULL) {
        ask_tenant(known, by, issuer, verdict);
        free(issuer);
    }
    if (verdict->is_accepted && !is_jws && answer != NULL && strcmp(answer, "clear") != 0) {
        verijot_refusal(strcmp(answer, "revoked") == 0 ? 1 : 2, NULL, 0, -1);
        is_refused(verdict);
    }
    return wrong;
}

static json_t *skipped_keys(verijot_object_t keys) {
    json_t *described, *skipped;
    if (verijot_keys_describe(keys) != VERIJOT_DONE) {
        abort();
    }
    described = answered();
    skipped = json_incref(json_object_get(described, "skipped"));
    json_decref(described);
    return skipped;
}

const char *run(json_t *one, verdict_t *verdict) {
    verifying_t by = {0, 0, 0, NULL};
    presented_t token = {NULL, 0, 0, 0};
    verijot_object_t keys = 0;
    const char *wrong = NULL;
    if (verifying_of(one, &by, verdict) && (keys = keys_of(one, by.settings, verdict)) != 0) {
        if (token_of(one, &token, verdict)) {
            wrong = present(one, &by, keys, &token, verdict);
        }
        if (!json_is_null(json_object_get(one, "jwks"))) {
            verdict->skipped = skipped_keys(keys);
        }
    }
    free(token.octets);
    verijot_keys_drop(keys);
    drop_verifying(&by);
    return wrong;
}
