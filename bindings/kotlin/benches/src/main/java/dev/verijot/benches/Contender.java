package dev.verijot.benches;

import com.auth0.jwt.JWT;
import com.auth0.jwt.JWTVerifier;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.Ed25519Verifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.verijot.JwkSet;
import dev.verijot.Policy;
import dev.verijot.Verifier;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import java.security.Key;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Set;
import javax.crypto.SecretKey;

/** A library that verifies signature, dates, issuer and audience of a token, and returns its claims. */
interface Contender {
    Object verify(String token) throws Exception;

    /** Returns null if the library does not support the algorithm. */
    static Contender of(String library, Sample sample) throws Exception {
        return switch (library) {
            case "verijot" -> verijot(sample);
            case "verijot, all claims read" -> {
                Verifier verifier = verifier(sample);
                JwkSet keys = JwkSet.fromJson(sample.jwks(), true);
                yield token -> verifier.verify(token, keys).getClaims();
            }
            case "Nimbus JOSE + JWT" -> nimbus(sample);
            case "auth0 java-jwt" -> auth0(sample);
            case "jjwt" -> jjwt(sample);
            default -> throw new IllegalArgumentException(library);
        };
    }

    private static Contender verijot(Sample sample) {
        Verifier verifier = verifier(sample);
        JwkSet keys = JwkSet.fromJson(sample.jwks(), true);
        return token -> verifier.verify(token, keys);
    }

    private static Verifier verifier(Sample sample) {
        return new Verifier(Policy.builder()
                .issuer(Sample.ISSUER)
                .audience(Sample.AUDIENCE)
                .algorithms(sample.algorithm())
                .build());
    }

    private static Contender nimbus(Sample sample) throws Exception {
        JWTClaimsSet exact = new JWTClaimsSet.Builder().issuer(Sample.ISSUER).build();
        DefaultJWTClaimsVerifier<SecurityContext> claims =
                new DefaultJWTClaimsVerifier<>(Sample.AUDIENCE, exact, Set.of("exp"));
        if (sample.algorithm().equals("EdDSA")) {
            // Its key selector does not support EdDSA; its documentation does it like this.
            Ed25519Verifier verifier =
                    new Ed25519Verifier(sample.key().toOctetKeyPair().toPublicJWK());
            return token -> {
                SignedJWT signed = SignedJWT.parse(token);
                if (!signed.verify(verifier)) {
                    throw new IllegalStateException("not verified");
                }
                claims.verify(signed.getJWTClaimsSet(), null);
                return signed.getJWTClaimsSet();
            };
        }
        JWK publicKey = sample.algorithm().equals("HS256") ? sample.key() : sample.key().toPublicJWK();
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                JWSAlgorithm.parse(sample.algorithm()), new ImmutableJWKSet<>(new JWKSet(publicKey))));
        processor.setJWTClaimsSetVerifier(claims);
        return token -> processor.process(token, null);
    }

    private static Contender auth0(Sample sample) throws Exception {
        com.auth0.jwt.algorithms.Algorithm algorithm =
                switch (sample.algorithm()) {
                    case "HS256" ->
                        com.auth0.jwt.algorithms.Algorithm.HMAC256(
                                sample.key().toOctetSequenceKey().toByteArray());
                    case "RS256" -> com.auth0.jwt.algorithms.Algorithm.RSA256((RSAPublicKey) publicKey(sample), null);
                    case "ES256" -> com.auth0.jwt.algorithms.Algorithm.ECDSA256((ECPublicKey) publicKey(sample), null);
                    case "ES384" -> com.auth0.jwt.algorithms.Algorithm.ECDSA384((ECPublicKey) publicKey(sample), null);
                    default -> null;
                };
        if (algorithm == null) {
            return null;
        }
        JWTVerifier verifier = JWT.require(algorithm)
                .withIssuer(Sample.ISSUER)
                .withAudience(Sample.AUDIENCE)
                .build();
        return token -> verifier.verify(token);
    }

    private static Contender jjwt(Sample sample) throws Exception {
        JwtParserBuilder builder =
                Jwts.parser().requireIssuer(Sample.ISSUER).requireAudience(Sample.AUDIENCE);
        Key key = publicKey(sample);
        builder = key instanceof SecretKey secret ? builder.verifyWith(secret) : builder.verifyWith((PublicKey) key);
        JwtParser parser = builder.build();
        return token -> parser.parseSignedClaims(token);
    }

    private static Key publicKey(Sample sample) throws Exception {
        return switch (sample.algorithm()) {
            case "HS256" -> sample.key().toOctetSequenceKey().toSecretKey("HmacSHA256");
            case "RS256" -> sample.key().toRSAKey().toPublicKey();
            case "ES256", "ES384" -> sample.key().toECKey().toPublicKey();
            default ->
                (Key) Jwks.parser()
                        .build()
                        .parse(sample.key().toPublicJWK().toJSONString())
                        .toKey();
        };
    }
}
