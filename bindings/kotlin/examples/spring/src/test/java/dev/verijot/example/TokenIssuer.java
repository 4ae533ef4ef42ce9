package dev.verijot.example;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;

/** An issuer on this machine with one Ed25519 key. */
class TokenIssuer implements AutoCloseable {
    static final String AUDIENCE = "https://api.example";

    private final KeyPair pair;
    private final HttpServer server;

    TokenIssuer() {
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
        // The encoding ends with the key itself (RFC 8410).
        byte[] encoded = pair.getPublic().getEncoded();
        String x = encoded(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        answer("/keys", "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k1\",\"x\":\"" + x + "\"}]}");
        answer(
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + url() + "\",\"jwks_uri\":\"" + url() + "/keys\"}");
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Makes a token that is valid for a minute, with these additional claims. */
    String token(String claims) throws GeneralSecurityException {
        long expiry = System.currentTimeMillis() / 1000 + 60;
        String payload = "{\"iss\":\"" + url() + "\",\"aud\":\"" + AUDIENCE + "\",\"exp\":" + expiry + "," + claims + "}";
        String input = encoded("{\"alg\":\"EdDSA\",\"kid\":\"k1\"}".getBytes(StandardCharsets.UTF_8))
                + "."
                + encoded(payload.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(input.getBytes(StandardCharsets.UTF_8));
        return input + "." + encoded(signature.sign());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(String path, String body) {
        byte[] octets = body.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, octets.length);
            exchange.getResponseBody().write(octets);
            exchange.close();
        });
    }

    private static String encoded(byte[] octets) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(octets);
    }
}
