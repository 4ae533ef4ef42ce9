import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenValidator;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Runs the scoreboard's requests through Spring Security: lines of JSON in, verdicts out, as in
 * ../python/protocol.py.
 */
public final class SpringSecurity {
    private static final List<String> ALGORITHMS =
            Arrays.stream(SignatureAlgorithm.values()).map(SignatureAlgorithm::getName).toList();

    // The provider of a login compares nothing of the token with these.
    private static final Set<String> EXPECTATIONS = Set.of("nonce", "any_nonce", "channel");

    private SpringSecurity() {}

    public static void main(String[] arguments) throws IOException, ParseException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(JSONObjectUtils.toJSONString(Map.of(
                "library", "Spring Security",
                "version", NimbusJwtDecoder.class.getPackage().getImplementationVersion(),
                "runtime", "Java " + Runtime.version().feature(),
                "algorithms", ALGORITHMS)));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, Object> request = JSONObjectUtils.parse(line);
            Map<String, Object> answer = new HashMap<>();
            answer.put("id", request.get("id"));
            answer.put("verdict", "refuse");
            try {
                verify(request);
                answer.put("verdict", "accept");
                answer.put("error", null);
            } catch (CannotSay what) {
                answer.put("verdict", "cannot");
                answer.put("error", what.getMessage());
            } catch (JwtException | Refused error) {
                answer.put("error", error.getMessage());
            } catch (Exception | StackOverflowError error) {
                // An unexpected exception is a refusal too, but not a documented one.
                answer.put("error", "!" + error);
            }
            out.println(JSONObjectUtils.toJSONString(answer));
        }
    }

    private static void verify(Map<String, Object> request) throws ParseException {
        if (Boolean.TRUE.equals(request.get("symmetric"))) {
            throw new CannotSay("a secret of a key set");
        }
        switch (text(request, "kind")) {
            case "id-token" -> idToken(request);
            case "access-token" -> accessToken(request);
            // OidcBackChannelLogoutTokenValidator is not public.
            default -> throw new CannotSay(text(request, "kind"));
        }
    }

    /** Decodes as OidcIdTokenDecoderFactory does, then does what OidcAuthorizationCodeAuthenticationProvider does. */
    private static void idToken(Map<String, Object> request) throws ParseException {
        Map<String, Object> said = JSONObjectUtils.getJSONObject(request, "expectations");
        if (!EXPECTATIONS.containsAll(said.keySet()) || "front".equals(said.get("channel"))) {
            throw new CannotSay("the login but for its nonce");
        }
        ClientRegistration client = ClientRegistration.withRegistrationId("scoreboard")
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                .clientId(text(request, "audience"))
                .issuerUri(text(request, "issuer"))
                .redirectUri("https://client.example/callback")
                .authorizationUri("https://issuer.example/authorize")
                .tokenUri("https://issuer.example/token")
                .build();
        OidcIdTokenValidator validator = new OidcIdTokenValidator(client);
        validator.setClock(clock(request));
        validator.setClockSkew(leeway(request));
        JwtTypeValidator types = new JwtTypeValidator("JWT", "application/jwt");
        types.setAllowEmpty(true);
        NimbusJwtDecoder decoder = decoder(request);
        decoder.setClaimSetConverter(OidcIdTokenDecoderFactory.createDefaultClaimTypeConverter());
        decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(List.of(types, timestamps(request), validator)));
        Jwt decoded = decoder.decode(text(request, "token"));
        OidcIdToken token = new OidcIdToken(
                decoded.getTokenValue(), decoded.getIssuedAt(), decoded.getExpiresAt(), decoded.getClaims());
        // The provider compares the nonce with a hash, because it keeps the nonce itself in the session.
        Object nonce = said.get("nonce");
        if (nonce != null && !nonce.equals(token.getNonce())) {
            throw new Refused("the nonce differs");
        }
    }

    /** Verifies with the validator of RFC 9068, whose clock and leeway are set where it lets its user replace parts. */
    private static void accessToken(Map<String, Object> request) throws ParseException {
        if (!JSONObjectUtils.getJSONObject(request, "expectations").isEmpty()) {
            throw new CannotSay("a login");
        }
        JwtTimestampValidator timestamps = timestamps(request);
        timestamps.setAllowEmptyExpiryClaim(false);
        NimbusJwtDecoder decoder = decoder(request);
        decoder.setJwtValidator(JwtValidators.createAtJwtValidator()
                .issuer(text(request, "issuer"))
                .audience(text(request, "audience"))
                .validators(parts -> {
                    parts.put("exp", timestamps);
                    parts.put("iat", new JwtClaimValidator<>("iat", Objects::nonNull));
                })
                .build());
        decoder.decode(text(request, "token"));
    }

    private static NimbusJwtDecoder decoder(Map<String, Object> request) throws ParseException {
        List<String> named = request.get("algorithms") == null
                ? ALGORITHMS
                : JSONObjectUtils.getStringList(request, "algorithms").stream().filter(ALGORITHMS::contains).toList();
        if (named.isEmpty()) {
            throw new CannotSay("an algorithm");
        }
        return NimbusJwtDecoder.withJwkSource(new ImmutableJWKSet<SecurityContext>(keySet(text(request, "jwks"))))
                .jwsAlgorithms(chosen -> named.forEach(name -> chosen.add(SignatureAlgorithm.from(name))))
                .build();
    }

    private static JWKSet keySet(String text) {
        try {
            return JWKSet.parse(text);
        } catch (ParseException error) {
            throw new Refused("the key set: " + error.getMessage());
        }
    }

    private static JwtTimestampValidator timestamps(Map<String, Object> request) throws ParseException {
        JwtTimestampValidator validator = new JwtTimestampValidator(leeway(request));
        validator.setClock(clock(request));
        return validator;
    }

    private static Clock clock(Map<String, Object> request) throws ParseException {
        return Clock.fixed(Instant.EPOCH.plus(seconds(request, "now")), ZoneOffset.UTC);
    }

    private static Duration leeway(Map<String, Object> request) throws ParseException {
        return seconds(request, "leeway");
    }

    private static Duration seconds(Map<String, Object> request, String name) throws ParseException {
        BigDecimal[] parts = new BigDecimal(text(request, name)).divideAndRemainder(BigDecimal.ONE);
        return Duration.ofSeconds(parts[0].longValueExact(), parts[1].movePointRight(9).longValue());
    }

    private static String text(Map<String, Object> request, String name) throws ParseException {
        return JSONObjectUtils.getString(request, name);
    }

    /** The library has no parameter for the request. */
    private static final class CannotSay extends RuntimeException {
        private static final long serialVersionUID = 1;

        CannotSay(String what) {
            super(what);
        }
    }

    /** A refusal by what the provider of a login does itself. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }
}
