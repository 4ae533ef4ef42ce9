package dev.verijot.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs the service on one port of this machine, and an issuer on another. */
class NotesTest {
    private static final TokenIssuer ISSUER = new TokenIssuer();

    private static final ConfigurableApplicationContext SERVICE = SpringApplication.run(
            Notes.class,
            "--server.address=127.0.0.1",
            "--server.port=0",
            "--notes.issuer=" + ISSUER.url(),
            "--notes.audience=" + TokenIssuer.AUDIENCE);

    private final String port = SERVICE.getEnvironment().getRequiredProperty("local.server.port");

    @AfterAll
    static void stop() {
        SERVICE.close();
        ISSUER.close();
    }

    @Test
    void admitsAValidToken() throws Exception {
        HttpResponse<String> answer = ask(ISSUER.token("\"sub\":\"alice\",\"scope\":\"notes:read\""));
        assertEquals(200, answer.statusCode());
        assertEquals("alice", answer.body());
    }

    @Test
    void answersEachRefusalWithItsStatus() throws Exception {
        assertEquals(401, ask(null).statusCode());
        HttpResponse<String> malformed = ask("x");
        assertEquals(401, malformed.statusCode());
        assertEquals("{\"detail\":\"malformed_token\"}", malformed.body());
        assertTrue(malformed.headers().firstValue("WWW-Authenticate").orElseThrow().contains("invalid_token"));
        HttpResponse<String> insufficient = ask(ISSUER.token("\"sub\":\"alice\""));
        assertEquals(403, insufficient.statusCode());
        assertEquals("{\"detail\":\"insufficient_scope\"}", insufficient.body());
    }

    private HttpResponse<String> ask(String token) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/me"));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
