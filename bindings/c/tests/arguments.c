/*
 * Every function with arguments that a caller can get wrong, each a documented error: arguments JWKS POLICY TOKEN.
 * The memory checkers that it runs under say whether anything is read that is not there. Is also compiled as C++.
 */
#include <math.h>

#include "checks.h"

enum { KEYS, VERIFIER, ISSUERS, ISSUER, PROFILE, GUARD, SESSION, WINDOW, FETCH, KEPT, QUESTION, KINDS };

/* One object of each kind, and a verifier of load balancers' tokens. */
static verijot_object_t of_kind[KINDS], alb;

static const char PROFILE_SETTINGS[] =
    "{\"profile\":\"id-token\",\"issuer\":\"https://issuer.example\",\"client_id\":\"c\"}";
static const char ALB_SETTINGS[] =
    "{\"signers\":[\"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/b\"],"
    "\"clients\":null,\"issuers\":null}";

static const char GOOGLE[] = "{\"client_ids\":[\"c\"]}";

static verijot_object_t new_issuer(void) {
    unsigned char room[128];
    verijot_list_t options = {room, sizeof room, 0};
    verijot_option(&options, "url", "https://issuer.example/keys");
    return made(verijot_issuer(of_kind[VERIFIER], options.octets, options.length));
}

static verijot_object_t new_question(void) {
    unsigned char room[64];
    verijot_list_t options = {room, sizeof room, 0};
    verijot_object_t keys;
    verijot_option(&options, "host_verifies", "1");
    keys = made(verijot_keys(0, jwks.octets, jwks.length, options.octets, options.length));
    CHECK(verijot_verify(of_kind[VERIFIER], keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_QUESTION);
    /* A question keeps its keys. */
    of_kind[QUESTION] = verijot_number(0);
    verijot_keys_drop(keys);
    return of_kind[QUESTION];
}

static void make_everything(void) {
    unsigned char room[65536];
    verijot_list_t policies = {room, sizeof room, 0};
    of_kind[KEYS] = made(verijot_keys(0, jwks.octets, jwks.length, NULL, 0));
    of_kind[VERIFIER] = made(verijot_verifier(policy.octets, policy.length));
    verijot_entry(&policies, policy.octets, policy.length);
    of_kind[ISSUERS] = made(verijot_issuers(policies.octets, policies.length));
    of_kind[ISSUER] = new_issuer();
    of_kind[PROFILE] = made(verijot_profile(PROFILE_SETTINGS, strlen(PROFILE_SETTINGS)));
    verijot_verifier_drop(verijot_number(1));
    of_kind[GUARD] = made(verijot_guard(NULL, 0));
    of_kind[SESSION] = made(verijot_session(NULL, 0));
    of_kind[WINDOW] = made(verijot_replay_window(1));
    CHECK(verijot_issuer_refresh_now(of_kind[ISSUER], 1, 1, NOW, 0) == VERIJOT_FETCH);
    of_kind[FETCH] = made(verijot_fetch(of_kind[ISSUER], verijot_number(0)));
    CHECK(verijot_verify(of_kind[VERIFIER], of_kind[KEYS], token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
    of_kind[KEPT] = made(verijot_keep());
    new_question();
    alb = made(verijot_alb_verifier(ALB_SETTINGS, strlen(ALB_SETTINGS)));
}

static void drop_everything(void) {
    verijot_keys_drop(of_kind[KEYS]);
    verijot_verifier_drop(of_kind[VERIFIER]);
    verijot_verifier_drop(alb);
    verijot_issuers_drop(of_kind[ISSUERS]);
    verijot_fetch_cancelled(of_kind[FETCH], 1, NOW, 0);
    verijot_issuer_drop(of_kind[ISSUER]);
    verijot_profile_drop(of_kind[PROFILE]);
    verijot_guard_drop(of_kind[GUARD]);
    verijot_session_drop(of_kind[SESSION]);
    verijot_replay_window_drop(of_kind[WINDOW]);
    verijot_forget(of_kind[KEPT]);
    verijot_question_drop(of_kind[QUESTION]);
}

/* ---- Every function that takes an object ---- */

#define USE(name, call)                                                                          \
    static verijot_status_t name(verijot_object_t object, const void *octets, size_t length) {   \
        (void)object;                                                                            \
        (void)octets;                                                                            \
        (void)length;                                                                            \
        return call;                                                                             \
    }

USE(describe, verijot_keys_describe(object))
USE(skip, verijot_keys_skip(object, 99))
USE(policy_of, verijot_policy(object))
USE(tenant_of, verijot_tenant(object, octets, length))
USE(unknown_tenant, verijot_unknown_tenant(object, octets, length))
USE(choose, verijot_issuers_choose(object, octets, length))
USE(verify_by, verijot_verify(object, of_kind[KEYS], octets, length, 0, NOW, 0))
USE(verify_with, verijot_verify(of_kind[VERIFIER], object, octets, length, 0, NOW, 0))
USE(verify_jws, verijot_verify(of_kind[VERIFIER], object, octets, length, 1, NOW, 0))
USE(explain, verijot_verify(of_kind[VERIFIER], object, octets, length, 2, NOW, 0))
USE(answer_to, verijot_answer_question(object, 0, NOW, 0))
USE(check_again_by, verijot_check_again(object, of_kind[KEPT], NOW, 0))
USE(check_again, verijot_check_again(of_kind[VERIFIER], object, NOW, 0))
USE(expect, verijot_profile_expect(object, octets, length))
USE(check, verijot_profile_check(object, of_kind[KEPT], octets, length, NOW, 0))
USE(explain_more, verijot_profile_explain(object, octets, length, NOW, 0))
USE(admit, verijot_replay_admit(object, octets, length, NOW + 60, 0, NOW, 0))
USE(guard_token, verijot_guard_token(object, octets, length))
USE(guard_check, verijot_guard_check(object, octets, length, NOW, 0))
USE(guard_answer, verijot_guard_answer(object, octets, length))
USE(issuer_by, verijot_issuer(object, octets, length))
USE(present_keys, verijot_issuer_present_keys(object, 1, NOW, 0))
USE(issuer_keys, verijot_issuer_keys(object, of_kind[VERIFIER], octets, length, 1, 1, NOW, 0))
USE(issuer_keys_by, verijot_issuer_keys(of_kind[ISSUER], object, token.octets, token.length, 1, 1, NOW, 0))
USE(reconsider, verijot_issuer_reconsider(object, 1, of_kind[KEYS], of_kind[VERIFIER], octets, length, 1, 1, NOW, 0))
USE(refresh, verijot_issuer_refresh_now(object, 1, 1, NOW, 0))
USE(held_keys, verijot_issuer_held_keys(object))
USE(purge, verijot_issuer_purge(object, octets, length))
USE(restore, verijot_issuer_restore(object, octets, length))
USE(seed, verijot_issuer_seed(object, octets, length, NULL, 0, 0, 1, NOW, 0))
USE(seed_hash, verijot_issuer_seed(object, jwks.octets, jwks.length, octets == NULL ? "" : octets, length, 0, 1, NOW, 0))
USE(export_of, verijot_issuer_export(object, 1, NOW, 0))
USE(issuer_health, verijot_issuer_health(object, 1, NOW, 0))
USE(fetch, verijot_fetch(object, 12345))
USE(fetch_step, verijot_fetch_step(object, 0))
USE(fetch_metadata, verijot_fetch_metadata(object, 200, octets, length))
USE(fetch_keys, verijot_fetch_keys(object, 200, NULL, 0, octets, length, 1, NOW, 0))
USE(fetch_failed, verijot_fetch_failed(object, octets, length, 1, NOW, 0))
USE(fetch_cancelled, verijot_fetch_cancelled(object, 1, NOW, 0))
USE(sign_in, verijot_session_sign_in(object, 60, 0, 1, 1, 1, NOW, 0))
USE(stored, verijot_session_stored(object, 1))
USE(sign_out, verijot_session_sign_out(object))
USE(resolve, verijot_session_resolve(object, 1, 1, NOW, 0))
USE(unauthorized, verijot_session_unauthorized(object, 1, 1, 1, NOW, 0))
USE(refreshed, verijot_session_refreshed(object, 1, 60, 0, 1, 1, NOW, 0))
USE(failed, verijot_session_failed(object, 1, 500, octets, length, 1, NOW, 0))
USE(session_health, verijot_session_health(object, 1, NOW, 0))

/* What octets that are not there may lead to. */
enum { NO_OCTETS, ANY, NOT_DONE };

static const struct {
    verijot_status_t (*use)(verijot_object_t object, const void *octets, size_t length);
    int kind;
    int octets;
} ALL[] = {
    {describe, KEYS, NO_OCTETS},        {skip, KEYS, NO_OCTETS},            {policy_of, VERIFIER, NO_OCTETS},
    {tenant_of, VERIFIER, NOT_DONE},    {unknown_tenant, VERIFIER, NOT_DONE},
    {choose, ISSUERS, NOT_DONE},        {verify_by, VERIFIER, NOT_DONE},    {verify_with, KEYS, NOT_DONE},
    {verify_jws, KEYS, NOT_DONE},       {explain, KEYS, ANY},               {answer_to, QUESTION, NO_OCTETS},
    {check_again_by, VERIFIER, NO_OCTETS}, {check_again, KEPT, NO_OCTETS},  {expect, PROFILE, NOT_DONE},
    {check, PROFILE, NOT_DONE},         {explain_more, PROFILE, NOT_DONE},  {admit, WINDOW, ANY},
    {guard_token, GUARD, NOT_DONE},     {guard_check, GUARD, ANY},          {guard_answer, GUARD, ANY},
    {issuer_by, VERIFIER, NOT_DONE},    {present_keys, ISSUER, NO_OCTETS},  {issuer_keys, ISSUER, NOT_DONE},
    {issuer_keys_by, VERIFIER, NO_OCTETS}, {reconsider, ISSUER, NOT_DONE},  {refresh, ISSUER, NO_OCTETS},
    {held_keys, ISSUER, NO_OCTETS},     {purge, ISSUER, ANY},               {restore, ISSUER, ANY},
    {seed, ISSUER, NOT_DONE},           {seed_hash, ISSUER, NOT_DONE},      {export_of, ISSUER, NO_OCTETS},
    {issuer_health, ISSUER, NO_OCTETS}, {fetch, ISSUER, NO_OCTETS},         {fetch_step, FETCH, NO_OCTETS},
    {fetch_metadata, FETCH, ANY},       {fetch_keys, FETCH, NO_OCTETS},     {fetch_failed, FETCH, NO_OCTETS},
    {fetch_cancelled, FETCH, NO_OCTETS}, {sign_in, SESSION, NO_OCTETS},     {stored, SESSION, NO_OCTETS},
    {sign_out, SESSION, NO_OCTETS},     {resolve, SESSION, NO_OCTETS},      {unauthorized, SESSION, NO_OCTETS},
    {refreshed, SESSION, NO_OCTETS},    {failed, SESSION, ANY},             {session_health, SESSION, NO_OCTETS},
};

/* No function takes the object of another kind for its own, nor one that is gone. */
static void other_objects(void) {
    verijot_object_t gone = made(verijot_keys(0, jwks.octets, jwks.length, NULL, 0));
    size_t index;
    verijot_keys_drop(gone);
    for (index = 0; index < sizeof ALL / sizeof *ALL; index++) {
        verijot_object_t numbers[KINDS + 3] = {0};
        int other;
        memcpy(numbers, of_kind, sizeof of_kind);
        numbers[ALL[index].kind] = gone;
        numbers[KINDS] = 0;
        numbers[KINDS + 1] = 0xffffffff;
        numbers[KINDS + 2] = 0x000fffff;
        for (other = 0; other < KINDS + 3; other++) {
            if (ALL[index].use(numbers[other], token.octets, token.length) != VERIJOT_UNUSABLE ||
                !says("\"code\":\"unknown_object\"")) {
                fprintf(stderr, "row %d takes the object of kind %d\n", (int)index, other);
                exit(1);
            }
        }
    }
    CHECK(verijot_profile_check(of_kind[PROFILE], of_kind[KEYS], "{\"any_nonce\":true}", 18, NOW, 0) == VERIJOT_NOTHING);
    /* Dropping by the wrong function drops nothing. */
    for (index = 0; index < KINDS; index++) {
        if (index != KEYS) {
            verijot_keys_drop(of_kind[index]);
        }
        if (index != SESSION) {
            verijot_session_drop(of_kind[index]);
        }
        if (index != QUESTION) {
            verijot_question_drop(of_kind[index]);
        }
    }
    CHECK(verijot_keys_describe(of_kind[KEYS]) == VERIJOT_DONE);
    CHECK(verijot_session_health(of_kind[SESSION], 1, NOW, 0) == VERIJOT_DONE);
}

/* ---- Octets ---- */

static void octets_of(verijot_status_t (*use)(verijot_object_t, const void *, size_t), verijot_object_t object,
                      int allowed) {
    static const size_t lengths[] = {0, 1, 5, 0x80000000u, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 3, SIZE_MAX};
    size_t index;
    for (index = 0; index < sizeof lengths / sizeof *lengths; index++) {
        /* One octet: whatever reads more is caught. */
        char *one = (char *)malloc(1);
        verijot_status_t of_null = use(object, NULL, lengths[index]), of_one = VERIJOT_REFUSED;
        CHECK(one != NULL);
        *one = '{';
        if (lengths[index] != 5) {
            of_one = use(object, one, lengths[index]);
        }
        CHECK(of_null <= VERIJOT_NOTHING && of_one <= VERIJOT_NOTHING);
        CHECK(allowed == ANY || (of_null != VERIJOT_DONE && of_one != VERIJOT_DONE));
        free(one);
    }
}

USE(new_keys, verijot_keys(object, octets, length, NULL, 0))
USE(key_options, verijot_keys(0, jwks.octets, jwks.length, octets, length))
USE(new_verifier, verijot_verifier(octets, length))
USE(new_alb_verifier, verijot_alb_verifier(octets, length))
USE(new_issuers, verijot_issuers(octets, length))
USE(new_profile, verijot_profile(octets, length))
USE(preset, verijot_preset(octets, length, "{}", 2))
USE(preset_options, verijot_preset("google", 6, octets, length))
USE(preset_client, verijot_preset_client(octets, length, "{}", 2, NULL, 0))
USE(preset_client_options, verijot_preset_client("google", 6, octets, length, NULL, 0))
USE(preset_client_given, verijot_preset_client("google", 6, GOOGLE, strlen(GOOGLE), octets, length))
USE(settings, verijot_settings("VERIJOT_", 8, octets, length))
USE(settings_prefix, verijot_settings(octets, length, NULL, 0))
USE(guard_rules, verijot_guard(octets, length))
USE(session_options, verijot_session(octets, length))
USE(metadata_url, verijot_resource_metadata_url(octets, length))
USE(check_url, verijot_check_url(octets, length))
USE(scopes, verijot_scopes(octets, length))
USE(roles, verijot_roles(octets, length, NULL, 0))
USE(role_path, verijot_roles("{}", 2, octets, length))
USE(refusal, verijot_refusal(4, octets, length, NAN))
USE(alb_verify, verijot_verify(alb, of_kind[KEYS], octets, length, 0, NOW, 0))

static void octets_that_are_not_there(void) {
    size_t index;
    for (index = 0; index < sizeof ALL / sizeof *ALL; index++) {
        if (ALL[index].octets != NO_OCTETS) {
            octets_of(ALL[index].use, of_kind[ALL[index].kind], ALL[index].octets);
        }
    }
    for (index = 0; index < 5; index++) {
        octets_of(new_keys, (verijot_object_t)index, NOT_DONE);
    }
    octets_of(new_verifier, 0, NOT_DONE);
    octets_of(new_alb_verifier, 0, NOT_DONE);
    octets_of(new_issuers, 0, NOT_DONE);
    octets_of(new_profile, 0, NOT_DONE);
    octets_of(preset, 0, NOT_DONE);
    octets_of(preset_options, 0, NOT_DONE);
    octets_of(preset_client, 0, NOT_DONE);
    octets_of(preset_client_options, 0, NOT_DONE);
    octets_of(preset_client_given, 0, ANY);
    octets_of(settings, 0, NOT_DONE);
    octets_of(settings_prefix, 0, NOT_DONE);
    octets_of(metadata_url, 0, NOT_DONE);
    octets_of(check_url, 0, NOT_DONE);
    octets_of(alb_verify, 0, NOT_DONE);
    octets_of(refusal, 0, NOT_DONE);
    octets_of(scopes, 0, ANY);
    octets_of(roles, 0, ANY);
    octets_of(role_path, 0, ANY);
    /* These may be left out, and make an object then. */
    octets_of(key_options, 0, ANY);
    octets_of(guard_rules, 0, ANY);
    octets_of(session_options, 0, ANY);
    verijot_free(NULL, 0);
    verijot_free(NULL, SIZE_MAX);
    CHECK(verijot_alloc(SIZE_MAX) == NULL && verijot_alloc(SIZE_MAX / 2 + 1) == NULL);
    verijot_free(verijot_alloc(0), 0);
    /* The octets of a token that is too long need not be there. */
    CHECK(verijot_verify(of_kind[VERIFIER], of_kind[KEYS], "x", 20000, 0, NOW, 0) == VERIJOT_REFUSED);
    CHECK(says("token_too_large"));
    CHECK(verijot_issuers_choose(of_kind[ISSUERS], "x", 20000) == VERIJOT_REFUSED && says("token_too_large"));
    CHECK(verijot_issuer_keys(of_kind[ISSUER], of_kind[VERIFIER], "x", 20000, 1, 1, NOW, 0) == VERIJOT_REFUSED);
    CHECK(says("token_too_large"));
}

/* ---- Numbers and options ---- */

static int is_invalid(verijot_status_t status) {
    return status == VERIJOT_UNUSABLE && says("\"code\":\"invalid_argument\"");
}

static void unknown_options(void) {
    static const char *const options[][2] = {
        {"symetric_keys", "1"}, {"purpose", "sig"}, {"symmetric_keys", "true"}, {"max_keys", "-1"},
        {"max_octets", ""},     {"", ""},           {"demands", "{}"},          {"skew", "1"},
    };
    unsigned char room[128];
    size_t index;
    for (index = 0; index < sizeof options / sizeof *options; index++) {
        verijot_list_t list = {room, sizeof room, 0};
        verijot_option(&list, options[index][0], options[index][1]);
        CHECK(is_invalid(verijot_keys(0, jwks.octets, jwks.length, list.octets, list.length)));
        CHECK(is_invalid(verijot_guard(list.octets, list.length)));
        CHECK(strcmp(options[index][0], "skew") == 0 || is_invalid(verijot_session(list.octets, list.length)));
        CHECK(verijot_issuer(of_kind[VERIFIER], list.octets, list.length) == VERIJOT_UNUSABLE);
        CHECK(says("invalid_key_source"));
        list.length = 0;
        verijot_option(&list, "skew", "soon");
        CHECK(is_invalid(verijot_session(list.octets, list.length)));
        list.length = 0;
        verijot_option(&list, "optional", "yes");
        CHECK(is_invalid(verijot_guard(list.octets, list.length)));
    }
}

static void unknown_numbers(void) {
    static const uint32_t numbers[] = {4, 7, 255, 0x7fffffff, 0x80000000u, 0xffffffffu};
    static const double times[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, -1, 0.5};
    size_t index;
    for (index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        uint32_t number = numbers[index];
        /* A set in a form that does not exist is not taken for a secret. */
        CHECK(is_invalid(verijot_keys(number, jwks.octets, jwks.length, NULL, 0)));
        CHECK(is_invalid(verijot_verify(of_kind[VERIFIER], of_kind[KEYS], token.octets, token.length, number, NOW, 0)));
        CHECK(is_invalid(verijot_verify(alb, of_kind[KEYS], token.octets, token.length, number, NOW, 0)));
        CHECK(verijot_refusal(number + 4, NULL, 0, NAN) == VERIJOT_REFUSED);
        CHECK(verijot_keys_skip(of_kind[KEYS], number) == VERIJOT_DONE);
        CHECK(verijot_answer_question(new_question(), number, NOW, 0) == VERIJOT_REFUSED && says("invalid_signature"));
        CHECK(verijot_verify(of_kind[VERIFIER], of_kind[KEYS], token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
        CHECK(verijot_accepted(number < 12 ? 12 : number) == VERIJOT_NOTHING);
        CHECK(verijot_fetch(of_kind[ISSUER], number) == VERIJOT_NOTHING);
    }
    CHECK(is_invalid(verijot_verify(alb, of_kind[KEYS], token.octets, token.length, 1, NOW, 0)));
    CHECK(is_invalid(verijot_verify(alb, of_kind[KEYS], token.octets, token.length, 2, NOW, 0)));
    for (index = 0; index < sizeof times / sizeof *times; index++) {
        double time = times[index];
        verijot_object_t window = made(verijot_replay_window(time));
        /* What is no number is no time, at which an expired token could be accepted. */
        if (isnan(time)) {
            CHECK(is_invalid(verijot_check_again(of_kind[VERIFIER], of_kind[KEPT], time, 0)));
            CHECK(is_invalid(verijot_verify(of_kind[VERIFIER], of_kind[KEYS], token.octets, token.length, 0, time, 0)));
            CHECK(is_invalid(verijot_replay_admit(window, "k", 1, NOW, 0, time, 0)));
            CHECK(is_invalid(verijot_replay_admit(window, "k", 1, time, 0, NOW, 0)));
        } else {
            CHECK(verijot_check_again(of_kind[VERIFIER], of_kind[KEPT], time, 0xffffffff) <= VERIJOT_REFUSED);
            CHECK(verijot_replay_admit(window, "k", 1, time, 0, time, 0xffffffff) <= VERIJOT_REFUSED);
        }
        CHECK(verijot_issuer_health(of_kind[ISSUER], time, time, 0xffffffff) == VERIJOT_DONE);
        CHECK(verijot_session_sign_in(of_kind[SESSION], time, time, 1, 1, time, time, 0) == VERIJOT_DONE);
        CHECK(verijot_session_resolve(of_kind[SESSION], 7, time, time, 0) == VERIJOT_DONE);
        CHECK(verijot_session_stored(of_kind[SESSION], time) == VERIJOT_DONE);
        CHECK(verijot_refusal(3, NULL, 0, time) == VERIJOT_REFUSED);
        CHECK(verijot_fetch_step(of_kind[FETCH], time) <= VERIJOT_NOTHING);
        verijot_replay_window_drop(window);
    }
}

/* ---- The order of calls ---- */

/* After a refusal nothing is left of the token before, so nobody is taken for its subject. */
static void accepted_tokens_are_over(void) {
    verijot_object_t verifier = of_kind[VERIFIER], keys = of_kind[KEYS];
    uint32_t mode;
    for (mode = 0; mode < 4; mode++) {
        CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
        CHECK(verijot_accepted(5) == VERIJOT_DONE && says("alice"));
        verijot_verify(verifier, keys, mode == 2 ? token.octets : "x.y.z", mode == 2 ? token.length : 5, mode, NOW, 0);
        CHECK(verijot_accepted(5) == VERIJOT_NOTHING && verijot_accepted(0) == VERIJOT_NOTHING);
        CHECK(verijot_keep() == VERIJOT_NOTHING);
        CHECK(verijot_profile_check(of_kind[PROFILE], 0, "{\"any_nonce\":true}", 18, NOW, 0) == VERIJOT_NOTHING);
    }
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_answer_question(new_question(), 0xffffffff, NOW, 0) == VERIJOT_REFUSED);
    CHECK(verijot_accepted(5) == VERIJOT_NOTHING);
    /* A question is answered once, and an explanation continued once. */
    CHECK(verijot_answer_question(of_kind[QUESTION], 0, NOW, 0) == VERIJOT_UNUSABLE && says("unknown_object"));
    CHECK(verijot_verify(verifier, keys, token.octets, token.length, 2, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_profile_explain(of_kind[PROFILE], "{\"any_nonce\":true}", 18, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_profile_explain(of_kind[PROFILE], "{\"any_nonce\":true}", 18, NOW, 0) == VERIJOT_NOTHING);
}

/* The keys of an issuer are its own: a host that drops them all the same harms no later token. */
static void keys_of_an_issuer(void) {
    verijot_object_t issuer = new_issuer(), keys;
    CHECK(verijot_issuer_seed(issuer, jwks.octets, jwks.length, NULL, 0, 0, 1, NOW, 0) == VERIJOT_DONE);
    CHECK(verijot_issuer_held_keys(issuer) == VERIJOT_DONE);
    keys = verijot_number(0);
    verijot_keys_drop(keys);
    CHECK(verijot_verify(of_kind[VERIFIER], keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_UNUSABLE);
    CHECK(verijot_issuer_held_keys(issuer) == VERIJOT_DONE && verijot_number(0) != keys);
    keys = verijot_number(0);
    CHECK(verijot_verify(of_kind[VERIFIER], keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
    verijot_issuer_drop(issuer);
    CHECK(verijot_keys_describe(keys) == VERIJOT_UNUSABLE);
}

/* The settings of a service, with a policy and keys. */
static void settings_of_a_service(void) {
    static unsigned char room[2 * sizeof(text_t)];
    verijot_list_t values = {room, sizeof room, 0};
    verijot_object_t keys;
    CHECK(verijot_settings_names() == VERIJOT_DONE && says("\"POLICY\"") && says("\"JWKS_URL\""));
    CHECK(verijot_settings("APP_", 4, NULL, 0) == VERIJOT_UNUSABLE && says("invalid_settings") && says("APP_ISSUER"));
    verijot_entry(&values, "APP_POLICY", 10);
    verijot_entry(&values, policy.octets, policy.length);
    CHECK(verijot_settings("APP_", 4, values.octets, values.length - 1) == VERIJOT_UNUSABLE && says("malformed_list"));
    verijot_entry(&values, "APP_JWKS", 8);
    verijot_entry(&values, jwks.octets, jwks.length);
    CHECK(verijot_settings("APP_", 4, values.octets, values.length) == VERIJOT_DONE && says("{\"policy\":{"));
    keys = verijot_number(0);
    CHECK(verijot_verify(of_kind[VERIFIER], keys, token.octets, token.length, 0, NOW, 0) == VERIJOT_DONE);
    verijot_keys_drop(keys);
    verijot_option(&values, "APP_JWKS_URL", "https://issuer.example/keys");
    CHECK(verijot_settings("APP_", 4, values.octets, values.length) == VERIJOT_UNUSABLE && says("APP_JWKS_URL"));
}

int main(int count, char **names) {
    CHECK(count == 4);
    read_file(names[1], &jwks);
    read_file(names[2], &policy);
    read_file(names[3], &token);
    make_everything();
    other_objects();
    octets_that_are_not_there();
    unknown_options();
    unknown_numbers();
    drop_everything();
    make_everything();
    accepted_tokens_are_over();
    keys_of_an_issuer();
    settings_of_a_service();
    drop_everything();
    puts("arguments: as verijot.h says");
    return 0;
}
