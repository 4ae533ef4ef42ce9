package dev.verijot.example;

import dev.verijot.Demand;
import dev.verijot.JwksClient;
import dev.verijot.VerifiedToken;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;

/** A service for callers with tokens of one issuer. */
@SpringBootApplication
public class Notes {
    public static void main(String[] arguments) {
        SpringApplication.run(Notes.class, arguments);
    }

    @Bean(destroyMethod = "close")
    JwksClient tokens(@Value("${notes.issuer}") String issuer, @Value("${notes.audience}") String audience) {
        return JwksClient.fromIssuer(issuer, audience);
    }

    @RestController
    static class Me {
        private static final Demand READERS = Demand.allScopes("notes:read");

        @GetMapping("/me")
        String me(@RequestAttribute(TokenFilter.TOKEN) VerifiedToken token) {
            READERS.check(token);
            return token.getSubject();
        }
    }
}
