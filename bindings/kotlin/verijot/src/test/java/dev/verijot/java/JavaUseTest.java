package dev.verijot.java;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.verijot.Admission;
import dev.verijot.Bearer;
import dev.verijot.CacheSettings;
import dev.verijot.ExpiredTokenException;
import dev.verijot.FetchResponse;
import dev.verijot.Guard;
import dev.verijot.InvalidPolicyException;
import dev.verijot.IssuedTokens;
import dev.verijot.JwkSet;
import dev.verijot.JwksClient;
import dev.verijot.KeysUnavailableException;
import dev.verijot.MissingTokenException;
import dev.verijot.Policy;
import dev.verijot.Revocation;
import dev.verijot.RevokedTokenException;
import dev.verijot.SignInNeededException;
import dev.verijot.TokenKeeper;
import dev.verijot.TokenPlace;
import dev.verijot.TokenSession;
import dev.verijot.VerificationException;
import dev.verijot.Verdict;
import dev.verijot.VerifiedToken;
import dev.verijot.Verifier;
import dev.verijot.issuer.Signer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Uses the package from Java. */
class JavaUseTest {
    private final Signer signer = new Signer("k1");
    private final Instant now = Instant.parse("2030-01-01T00:00:00Z");

    @Test
    void verifiesAToken() {
        try (JwkSet keys = JwkSet.fromJson(Signer.Companion.jwks(signer));
                Verifier verifier = new Verifier("https://issuer.example", "https://api.example")) {
            VerifiedToken token = verifier.verify(signer.token("{\"scope\":\"a b\"}", now), keys, now);
            assertEquals("alice", token.getSubject());
            assertEquals(List.of("a", "b"), token.getScopes());
            assertEquals(now.plusSeconds(600), token.getExpiresAt());
            assertNull(token.getNotBefore());
            assertEquals("\"alice\"", token.getClaims().get("sub").toString());
        }
    }

    @Test
    void acceptsAnyIssuerAndAudience() {
        JwkSet keys = JwkSet.fromJson(Signer.Companion.jwks(signer));
        assertEquals("alice", new Verifier(null, null).verify(signer.token("{}", now), keys, now).getSubject());
    }

    @Test
    void refusesAnExpiredToken() {
        JwkSet keys = JwkSet.fromPem(signer.getPem(), List.of("ES256"), "k1");
        Policy policy = Policy.builder()
                .issuer("https://issuer.example")
                .audiences(List.of("https://api.example", "other"))
                .algorithms("ES256")
                .leeway(Duration.ofSeconds(5))
                .maxLifetimeBy("tier", Map.of("staff", Duration.ofHours(1)), Duration.ofMinutes(15))
                .requireClaims("sub")
                .build();
        Verifier verifier = new Verifier(policy);
        String token = signer.token("{}", now);
        ExpiredTokenException refused = assertThrows(
                ExpiredTokenException.class, () -> verifier.verify(token, keys, now.plusSeconds(606)));
        assertEquals("expired", refused.getCode());
        assertEquals(401, refused.getHttpStatus());
        Verdict verdict = verifier.verdict(token, keys, now.plusSeconds(606));
        assertInstanceOf(Verdict.Refused.class, verdict);
        assertEquals("exp", verdict.getRefusal().getClaim());
        assertThrows(InvalidPolicyException.class, () -> Policy.builder().build());
        assertThrows(VerificationException.class, () -> Bearer.token("Basic x"));
    }

    @Test
    void runsTheRevocationCheck() {
        JwkSet keys = JwkSet.fromJson(Signer.Companion.jwks(signer));
        Policy policy = Policy.builder()
                .anyIssuer()
                .anyAudience()
                .revoked(token -> "alice".equals(token.getSubject()) ? Revocation.REVOKED : Revocation.CLEAR)
                .build();
        assertThrows(
                RevokedTokenException.class, () -> new Verifier(policy).verify(signer.token("{}", now), keys, now));
    }

    @Test
    void fetchesKeys() {
        byte[] jwks = Signer.Companion.jwks(signer).getBytes(StandardCharsets.UTF_8);
        CacheSettings settings = CacheSettings.builder()
                .fetcher(request -> new FetchResponse(200, Map.of("ETag", "\"1\""), jwks))
                .freshFor(Duration.ofMinutes(5))
                .build();
        try (JwksClient client = JwksClient.fromIssuer("https://issuer.example", "https://api.example", settings)) {
            // The fetcher returns keys as metadata too, which is invalid.
            assertThrows(KeysUnavailableException.class, () -> client.verify(signer.token("{}", now), now));
        }
        Verifier verifier = new Verifier("https://issuer.example", "https://api.example");
        try (JwksClient client = new JwksClient("https://issuer.example/keys", verifier, settings)) {
            assertEquals("alice", client.verify(signer.token("{}", now), now).getSubject());
            assertEquals(1, client.health().getUsableKeys());
        }
        CacheSettings broken = CacheSettings.builder()
                .fetcher(request -> {
                    throw new IOException("no connection");
                })
                .build();
        try (JwksClient client = new JwksClient("https://issuer.example/keys", verifier, broken)) {
            assertThrows(KeysUnavailableException.class, client::ready);
        }
    }

    @Test
    void guardsARequestWhoseHeaderIsNull() {
        JwkSet keys = JwkSet.fromJson(Signer.Companion.jwks(signer));
        JwksClient client = new JwksClient(keys, new Verifier("https://issuer.example", "https://api.example"));
        // What `request.getHeader(…)` returns without the header.
        List<String> values = Collections.singletonList(null);
        assertThrows(MissingTokenException.class, () -> new Guard().admit(values, client));
        assertInstanceOf(Admission.Refused.class, new Guard().decide(values, client));
        Guard optional = new Guard(null, TokenPlace.AUTHORIZATION, true);
        assertNull(optional.admit(values, client));
        List<String> two = Arrays.asList(null, "Bearer " + signer.token("{}", Instant.now()));
        assertEquals("alice", optional.admit(two, client).getSubject());
    }

    @Test
    void refreshesAnAccessToken() throws Exception {
        TokenKeeper keeper = new TokenKeeper() {
            @Override
            public IssuedTokens refresh(String refreshToken) throws IOException {
                if (!refreshToken.equals("R0")) throw new IOException("not the refresh token");
                return new IssuedTokens("A1", "R1", Duration.ofHours(1));
            }

            @Override
            public void store(IssuedTokens tokens) {
                assertEquals("A1", tokens.getAccessToken());
            }
        };
        TokenSession session = new TokenSession(keeper);
        session.resume(new IssuedTokens("A0", "R0"), Duration.ZERO);
        assertEquals("Bearer A0", session.authorization());
        int status = session.execute("https://api.example/", answer -> answer, authorization -> {
            if (authorization.isEmpty()) throw new IOException();
            return authorization.equals("Bearer A1") ? 200 : 401;
        });
        assertEquals(200, status);
        session.signOut();
        assertThrows(SignInNeededException.class, session::authorization);
    }
}
