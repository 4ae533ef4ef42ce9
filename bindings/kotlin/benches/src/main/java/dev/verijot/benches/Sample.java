package dev.verijot.benches;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.Ed25519Signer;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetKeyPairGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;

/**
 * A token of 870 octets with 18 claims, and its key.
 *
 * @param algorithm the algorithm's name
 * @param token the token
 * @param key the whole key; except for HMAC, the public key is {@code key.toPublicJWK()}
 */
record Sample(String algorithm, String token, JWK key) {
    static final String ISSUER = "https://issuer.example";
    static final String AUDIENCE = "https://api.example";

    static Sample of(String algorithm) throws JOSEException {
        for (String keyId : new String[] {"k", "k1", "k12", "k123"}) {
            JWK key = key(algorithm, keyId);
            for (int padding = 0; padding < OCTETS; padding++) {
                String token = sign(algorithm, key, claims(padding));
                if (token.length() == OCTETS) {
                    return new Sample(algorithm, token, key);
                }
                if (token.length() < OCTETS - 8) {
                    padding += (OCTETS - token.length()) * 3 / 4 - 5;
                }
                if (token.length() > OCTETS) {
                    break;
                }
            }
        }
        throw new IllegalStateException("no token of " + OCTETS + " octets for " + algorithm);
    }

    /** The key set in JSON that verifies the token. */
    String jwks() {
        JWK shown = key instanceof OctetSequenceKey ? key : key.toPublicJWK();
        return "{\"keys\":[" + shown.toJSONString() + "]}";
    }

    private static String sign(String algorithm, JWK key, String claims) throws JOSEException {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.parse(algorithm))
                .keyID(key.getKeyID())
                .type(JOSEObjectType.JWT)
                .build();
        JWSObject token = new JWSObject(header, new Payload(claims));
        JWSSigner signer;
        if (key instanceof ECKey pair) {
            signer = new ECDSASigner(pair);
        } else if (key instanceof OctetKeyPair pair) {
            signer = new Ed25519Signer(pair);
        } else if (key instanceof RSAKey pair) {
            signer = new RSASSASigner(pair);
        } else {
            signer = new MACSigner(key.toOctetSequenceKey());
        }
        token.sign(signer);
        return token.serialize();
    }

    private static JWK key(String algorithm, String keyId) throws JOSEException {
        return switch (algorithm) {
            case "HS256" -> new OctetSequenceKeyGenerator(256).keyID(keyId).algorithm(JWSAlgorithm.HS256).generate();
            case "ES256" -> new ECKeyGenerator(Curve.P_256).keyID(keyId).algorithm(JWSAlgorithm.ES256).generate();
            case "ES384" -> new ECKeyGenerator(Curve.P_384).keyID(keyId).algorithm(JWSAlgorithm.ES384).generate();
            case "EdDSA" ->
                new OctetKeyPairGenerator(Curve.Ed25519).keyID(keyId).algorithm(JWSAlgorithm.EdDSA).generate();
            default -> new RSAKeyGenerator(2048).keyID(keyId).algorithm(JWSAlgorithm.RS256).generate();
        };
    }

    private static String claims(int padding) {
        long now = System.currentTimeMillis() / 1000;
        return "{\"iss\":\"" + ISSUER + "\",\"aud\":\"" + AUDIENCE + "\",\"sub\":\"248289761001\",\"exp\":"
                + (now + 86_400) + ",\"nbf\":" + (now - 60) + ",\"iat\":" + (now - 60)
                + ",\"jti\":\"8a7f\",\"azp\":\"web\",\"scope\":\"a:read a:write\",\"sid\":\"17d0\",\"amr\":[\"pwd\"],"
                + "\"org\":42,\"ver\":1.5,\"verified\":true,\"tz\":null,\"act\":{\"sub\":\"x\"},\"role\":\"admin\","
                + "\"pad\":\"" + "p".repeat(padding) + "\"}";
    }

    private static final int OCTETS = 870;
}
