/* What a profile checks of a token that its verifier has accepted, and the window that remembers it. */
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* A window in the state that the case describes; 0 if there is no such state. */
static verijot_object_t window_of(const char *state, const char *key, double until, uint32_t nanoseconds,
                                  const presented_t *token) {
    verijot_object_t window;
    int is_full = state != NULL && strcmp(state, "full") == 0;
    int has_token = state != NULL && strcmp(state, "has_token") == 0;
    if (state != NULL && !is_full && !has_token) {
        return 0;
    }
    if (verijot_replay_window(is_full ? 0 : 1) != VERIJOT_DONE) {
        abort();
    }
    window = verijot_number(0);
    if (has_token &&
        verijot_replay_admit(window, key, strlen(key), until, nanoseconds, token->now, token->nanoseconds) !=
            VERIJOT_DONE) {
        abort();
    }
    return window;
}

static const char *admit(json_t *one, const char *key, const presented_t *token, verdict_t *verdict) {
    const verijot_answer_t *answer = verijot_answer();
    const char *state = json_string_value(json_object_get(one, "replay_window"));
    double until = answer->numbers[0];
    uint32_t nanoseconds = (uint32_t)answer->numbers[1];
    verijot_object_t window = window_of(state, key, until, nanoseconds, token);
    if (window == 0) {
        return "unknown replay_window";
    }
    if (verijot_replay_admit(window, key, strlen(key), until, nanoseconds, token->now, token->nanoseconds) !=
        VERIJOT_DONE) {
        is_refused(verdict);
    }
    verijot_replay_window_drop(window);
    return NULL;
}

static char *expectations_of(json_t *one) {
    json_t *expectations = json_object_get(one, "expectations");
    return expectations == NULL ? (char *)need(strdup("{}")) : document_of(expectations);
}

/* Makes the profile's checks of the token that was accepted. */
const char *check_profile(json_t *one, const verifying_t *by, const presented_t *token, verdict_t *verdict) {
    char *expectations = expectations_of(one);
    verijot_status_t status = verijot_profile_check(by->profile, 0, expectations, strlen(expectations), token->now,
                                                    token->nanoseconds);
    const char *wrong = NULL, *key;
    json_t *checked;
    free(expectations);
    if (status != VERIJOT_DONE) {
        is_refused(verdict);
        return status == VERIJOT_REFUSED ? NULL : "a profile's check neither accepts nor refuses";
    }
    checked = answered();
    verdict->checked = json_incref(json_object_get(checked, "claims"));
    key = json_string_value(json_object_get(checked, "replay_key"));
    if (key != NULL) {
        wrong = admit(one, key, token, verdict);
    }
    json_decref(checked);
    return wrong;
}

/* Continues the explanation that was given last. The answer is the whole of it. */
const char *explain_profile(json_t *one, const verifying_t *by, const presented_t *token) {
    char *expectations = expectations_of(one);
    verijot_status_t status = verijot_profile_explain(by->profile, expectations, strlen(expectations), token->now,
                                                      token->nanoseconds);
    free(expectations);
    return status == VERIJOT_DONE ? NULL : "the explanation has no second half";
}
