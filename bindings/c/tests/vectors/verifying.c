/* What verifies the token of a case: a policy, a profile, or the verifier for tokens of load balancers. */
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

typedef verijot_status_t (*make_t)(const void *document, size_t length);

/* Makes an object of a document. Its number is 0 if the document is refused. */
static verijot_object_t made_of(make_t make, json_t *settings, verdict_t *verdict) {
    char *document = document_of(settings);
    verijot_status_t status = make(document, strlen(document));
    free(document);
    if (status != VERIJOT_DONE) {
        is_refused(verdict);
        return 0;
    }
    return verijot_number(0);
}

/* Whether what the call expects can be read. A mistake there does not depend on the token. */
static int expects(json_t *one, verijot_object_t profile, verdict_t *verdict) {
    json_t *expectations = json_object_get(one, "expectations");
    char *document = expectations == NULL ? NULL : document_of(expectations);
    verijot_status_t status = document == NULL ? verijot_profile_expect(profile, "{}", 2)
                                               : verijot_profile_expect(profile, document, strlen(document));
    free(document);
    if (status != VERIJOT_DONE) {
        is_refused(verdict);
    }
    return status == VERIJOT_DONE;
}

/* Makes what verifies. Returns 0 if its document is refused; drop it all the same. */
int verifying_of(json_t *one, verifying_t *by, verdict_t *verdict) {
    json_t *profile = json_object_get(one, "profile"), *alb = json_object_get(one, "alb"), *policy;
    if (profile != NULL) {
        by->settings = profile;
        by->profile = made_of(verijot_profile, profile, verdict);
        by->verifier = by->profile == 0 ? 0 : verijot_number(1);
        return by->profile != 0 && expects(one, by->profile, verdict);
    }
    by->settings = json_object_get(one, "policy");
    policy = (json_t *)need(json_copy(by->settings));
    /* What only the caller knows is no part of a policy. */
    json_object_del(policy, "known_tenants");
    json_object_del(policy, "revocation");
    by->verifier = made_of(verijot_verifier, policy, verdict);
    json_decref(policy);
    if (by->verifier != 0 && alb != NULL) {
        by->any = by->verifier;
        by->verifier = made_of(verijot_alb_verifier, alb, verdict);
    }
    return by->verifier != 0;
}

void drop_verifying(verifying_t *by) {
    verijot_profile_drop(by->profile);
    verijot_verifier_drop(by->verifier);
    verijot_verifier_drop(by->any);
}
