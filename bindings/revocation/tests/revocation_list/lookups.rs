//! Tokens that are revoked, found and pruned.

use std::time::Duration;

use verijot::{Revocation, UnixTime};
use verijot_revocation::{RevocationList, RevocationListError, RevokedToken};

use crate::places::{Place, places};
use crate::tokens::{EXPIRY, token, token_with};
use crate::{migrated, settings, verdict};

#[tokio::test]
async fn a_token_is_clear_until_it_is_revoked() {
    for place in places().await {
        let list = migrated(&place).await;
        let (mine, other) = (token("mine"), token("other"));
        assert_eq!(verdict(&list, &mine).await, Revocation::Clear, "{place}");
        assert!(list.revoke(&mine, Some("logout")).await.unwrap(), "{place}");
        assert_eq!(verdict(&list, &mine).await, Revocation::Revoked, "{place}");
        assert_eq!(verdict(&list, &other).await, Revocation::Clear, "{place}");
        assert_eq!(verdict(&list.clone(), &mine).await, Revocation::Revoked, "{place}");
    }
}

#[tokio::test]
async fn without_a_table_no_token_is_clear() {
    for place in places().await {
        let list = RevocationList::connect(&place.url).await.unwrap();
        let token = token("a");
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        let missing = Err(RevocationListError::MissingTable);
        assert_eq!(list.is_revoked(&token).await, missing, "{place}");
        assert_eq!(list.revoke(&token, None).await, missing, "{place}");
        let prune = list.prune(UnixTime::from_seconds(0)).await;
        assert_eq!(prune, Err(RevocationListError::MissingTable), "{place}");

        list.migrate().await.unwrap();
        list.migrate().await.unwrap();
        assert_eq!(verdict(&list, &token).await, Revocation::Clear, "{place}");
    }
}

#[tokio::test]
async fn a_dropped_table_is_not_an_empty_table() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let token = token("a");
        list.revoke(&token, None).await.unwrap();
        place.execute("DROP TABLE jwt_revocations").await;
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        assert_eq!(
            list.is_revoked(&token).await,
            Err(RevocationListError::MissingTable),
            "{place}"
        );
    }
}

#[tokio::test]
async fn the_first_entry_stays_and_its_expiry_only_moves_later() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let with_expiry = |seconds| {
            RevokedToken::of_any_issuer("a")
                .subject("other")
                .expires_at(UnixTime::from_seconds(seconds))
        };
        let before = UnixTime::now().seconds();
        assert!(list.revoke(&token("a"), Some("first")).await.unwrap());
        let [first] = place.rows().await.try_into().unwrap();
        assert_eq!(first.jti, "a");
        assert_eq!(first.subject.as_deref(), Some("alice"));
        assert_eq!(first.token_expires_at, Some(EXPIRY));
        assert_eq!(first.reason.as_deref(), Some("first"));
        assert!((before..=UnixTime::now().seconds()).contains(&first.revoked_at), "{place}");

        for (expiry, expected) in [(EXPIRY - 1, EXPIRY), (EXPIRY, EXPIRY), (EXPIRY + 9, EXPIRY + 9)]
        {
            assert!(!list.revoke_by_id(&with_expiry(expiry), Some("later")).await.unwrap());
            let mut expected_row = first.clone();
            expected_row.token_expires_at = Some(expected);
            assert_eq!(place.rows().await, [expected_row], "{place}");
        }
        for unknown in [RevokedToken::of_any_issuer("a"), with_expiry(EXPIRY)] {
            assert!(!list.revoke_by_id(&unknown, None).await.unwrap());
            assert_eq!(place.rows().await[0].token_expires_at, None, "{place}");
        }
    }
}

#[tokio::test]
async fn only_expired_tokens_are_pruned() {
    for place in places().await {
        let mut settings = settings();
        settings.keep_expired_for = Duration::from_secs(60);
        let list = RevocationList::open(&place.url, &settings).unwrap();
        list.migrate().await.unwrap();
        let expiries = [("early", 1_000), ("edge", 2_000), ("late", 2_001)];
        for (id, expiry) in expiries {
            let token = RevokedToken::of_any_issuer(id).expires_at(UnixTime::from_seconds(expiry));
            list.revoke_by_id(&token, None).await.unwrap();
        }
        list.revoke_by_id(&RevokedToken::of_any_issuer("endless"), None).await.unwrap();

        for (now, pruned) in [(1_060, 0), (1_061, 1), (2_060, 0), (2_061, 1), (2_061, 0)] {
            let count = list.prune(UnixTime::from_seconds(now)).await.unwrap();
            assert_eq!(count, pruned, "{place} at {now}");
        }
        assert_eq!(verdict(&list, &token("early")).await, Revocation::Clear, "{place}");
        assert_eq!(verdict(&list, &token("edge")).await, Revocation::Clear, "{place}");
        for id in ["late", "endless"] {
            assert_eq!(verdict(&list, &token(id)).await, Revocation::Revoked, "{place}");
        }
        assert_eq!(list.prune(UnixTime::from_seconds(i64::MAX)).await, Ok(1), "{place}");
        assert_eq!(verdict(&list, &token("endless")).await, Revocation::Revoked, "{place}");
        assert_eq!(list.prune(UnixTime::from_seconds(i64::MIN)).await, Ok(0), "{place}");
    }
}

#[tokio::test]
async fn a_pruned_token_can_be_revoked_again() {
    for place in places().await {
        let list = migrated(&place).await;
        let token = RevokedToken::of_any_issuer("a").expires_at(UnixTime::from_seconds(1));
        assert!(list.revoke_by_id(&token, None).await.unwrap(), "{place}");
        assert_eq!(list.prune(UnixTime::now()).await, Ok(1), "{place}");
        assert!(list.revoke_by_id(&token, None).await.unwrap(), "{place}");
    }
}

#[tokio::test]
async fn many_expired_tokens_are_pruned_in_batches() {
    const MANY: i64 = 2_500;
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        place
            .execute(&format!(
                "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < \
                 {MANY}) INSERT INTO jwt_revocations (jti, token_expires_at, revoked_at) SELECT \
                 'old-' || CAST(n AS TEXT), n, 0 FROM count"
            ))
            .await;
        list.revoke(&token("young"), None).await.unwrap();
        let now = UnixTime::from_seconds(EXPIRY);
        assert_eq!(list.prune(now).await, Ok(MANY.unsigned_abs()), "{place}");
        assert_eq!(place.rows().await.len(), 1, "{place}");
    }
}

#[tokio::test]
async fn ids_are_compared_octet_for_octet() {
    // It does not compress: unchanged, it would not fit PostgreSQL's index.
    let mut state: u64 = 88_172_645_463_325_252;
    let noise: String = (0..16_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(33 + u8::try_from(state % 90).unwrap())
        })
        .collect();
    let other_noise = noise.chars().rev().collect::<String>();
    let long = "x".repeat(256);
    let longer = "x".repeat(257);
    let ids = [
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "a\t",
        "a\0",
        "\0",
        "\0a",
        "a\0b",
        "a\0c",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "ﬁ",
        "fi",
        "İ",
        "i",
        "%",
        "_",
        "'; DROP TABLE jwt_revocations; --",
        "\\",
        "\\x61",
        "1",
        "01",
        "1.0",
        "1e0",
        "null",
        "\u{feff}a",
        "\u{10ffff}",
        "sha256:",
        "a b",
        "b a",
        &long,
        &longer,
        &noise,
        &other_noise,
    ];
    for place in places().await {
        let list = migrated(&place).await;
        let tokens = ids.map(token);
        for (number, token) in tokens.iter().enumerate() {
            assert_eq!(verdict(&list, token).await, Revocation::Clear, "{place}: {number}");
            assert!(list.revoke(token, None).await.unwrap(), "{place}: {number}");
            assert_eq!(verdict(&list, token).await, Revocation::Revoked, "{place}: {number}");
        }
        for (number, token) in tokens.iter().enumerate() {
            assert!(!list.revoke(token, None).await.unwrap(), "{place}: {number}");
        }
    }
}

#[tokio::test]
async fn a_digest_as_an_id_is_a_different_id() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        list.revoke(&token("a b"), None).await.unwrap();
        let digest = place.rows().await.remove(0).jti;
        assert!(digest.starts_with("sha256:"), "{place}");
        assert_eq!(verdict(&list, &token(&digest)).await, Revocation::Clear, "{place}");
    }
}

#[tokio::test]
async fn subject_and_reason_can_be_anything() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let strange = token_with(r#"{"jti": "a", "sub": "x\u0000y'é"}"#);
        assert!(list.revoke(&strange, Some("be\0cause")).await.unwrap(), "{place}");
        let row = place.rows().await.remove(0);
        assert_eq!(row.subject.as_deref(), Some("x\u{fffd}y'é"), "{place}");
        assert_eq!(row.reason.as_deref(), Some("be\u{fffd}cause"), "{place}");
    }
}

#[tokio::test]
async fn expiries_beyond_every_clock_are_stored() {
    for place in places().await {
        let list = migrated(&place).await;
        for (id, exp) in [("far", "1e308"), ("fraction", "1700000600.9")] {
            let token = token_with(&format!(r#"{{"jti": "{id}", "exp": {exp}}}"#));
            assert!(list.revoke(&token, None).await.unwrap(), "{place}");
        }
        // 1700000600.9 plus 24 hours has not passed before the next whole second.
        assert_eq!(list.prune(UnixTime::from_seconds(1_700_000_600 + 86_400)).await, Ok(0));
        assert_eq!(list.prune(UnixTime::from_seconds(1_700_000_601 + 86_400)).await, Ok(1));
    }
}

#[tokio::test]
async fn a_token_without_id_is_never_clear() {
    for place in places().await {
        let list = migrated(&place).await;
        let token = token_with("{}");
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        let refusal = list.revoke(&token, None).await;
        assert_eq!(refusal, Err(RevocationListError::MissingTokenId), "{place}");
    }
}

#[tokio::test]
async fn issuers_are_distinguished() {
    for place in places().await {
        let list = migrated(&place).await;
        let of = |issuer: &str| token_with(&format!(r#"{{"jti": "a", "iss": "{issuer}"}}"#));
        let unnamed = token_with(r#"{"jti": "a"}"#);
        assert!(list.revoke(&of("https://one.example"), None).await.unwrap());
        assert_eq!(verdict(&list, &of("https://one.example")).await, Revocation::Revoked);
        for other in ["https://two.example", "https://one.example/", "HTTPS://one.example", ""] {
            assert_eq!(verdict(&list, &of(other)).await, Revocation::Clear, "{place}");
        }
        assert_eq!(verdict(&list, &unnamed).await, Revocation::Clear, "{place}");
        let by_id = RevokedToken::new("https://two.example", "a");
        assert!(list.revoke_by_id(&by_id, None).await.unwrap(), "{place}");
        assert!(!list.revoke_by_id(&by_id, None).await.unwrap(), "{place}");
        assert_eq!(verdict(&list, &of("https://two.example")).await, Revocation::Revoked);
        assert_eq!(verdict(&list, &of("https://three.example")).await, Revocation::Clear);
    }
}

#[tokio::test]
async fn an_entry_without_issuer_holds_for_every_issuer() {
    for place in places().await {
        let list = migrated(&place).await;
        let of = |issuer: &str| token_with(&format!(r#"{{"jti": "a", "iss": "{issuer}"}}"#));
        let unnamed = token_with(r#"{"jti": "a"}"#);
        assert!(list.revoke(&of("https://one.example"), None).await.unwrap(), "{place}");
        assert!(list.revoke_by_id(&RevokedToken::of_any_issuer("a"), None).await.unwrap());
        for issuer in ["https://one.example", "https://two.example", ""] {
            assert_eq!(verdict(&list, &of(issuer)).await, Revocation::Revoked, "{place}");
        }
        assert_eq!(verdict(&list, &unnamed).await, Revocation::Revoked, "{place}");
        // It was already revoked, although it gets its own entry with its own expiry.
        assert!(!list.revoke(&of("https://two.example"), None).await.unwrap(), "{place}");
        assert!(!list.revoke(&unnamed, None).await.unwrap(), "{place}");
        if place.is_shared() {
            let mut keys: Vec<_> = place.rows().await.into_iter().map(|row| row.jti).collect();
            keys.sort();
            assert_eq!(keys, ["a", "https://one.example a", "https://two.example a"], "{place}");
            place.execute("DELETE FROM jwt_revocations WHERE jti = 'a'").await;
            assert_eq!(verdict(&list, &of("https://two.example")).await, Revocation::Revoked);
            assert_eq!(verdict(&list, &of("https://three.example")).await, Revocation::Clear);
        }
    }
}

#[tokio::test]
async fn rows_of_other_programs_count() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        place.execute("INSERT INTO jwt_revocations (jti, revoked_at) VALUES ('by-hand', 0)").await;
        assert_eq!(verdict(&list, &token("by-hand")).await, Revocation::Revoked, "{place}");
        let of_issuer = token_with(r#"{"jti": "by-hand", "iss": "https://one.example"}"#);
        assert_eq!(verdict(&list, &of_issuer).await, Revocation::Revoked, "{place}");
    }
}

#[tokio::test]
async fn a_closed_list_finds_no_token_clear() {
    for place in places().await {
        let list = migrated(&place).await;
        let other = list.clone();
        list.close().await;
        assert_eq!(verdict(&other, &token("a")).await, Revocation::Unavailable, "{place}");
        let refusal = other.is_revoked(&token("a")).await;
        assert_eq!(refusal, Err(RevocationListError::Closed), "{place}");
    }
}
