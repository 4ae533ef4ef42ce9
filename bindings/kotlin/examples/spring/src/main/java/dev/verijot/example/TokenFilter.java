package dev.verijot.example;

import dev.verijot.Answer;
import dev.verijot.Guard;
import dev.verijot.JwksClient;
import dev.verijot.VerificationException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.filter.OncePerRequestFilter;

/** Admits only requests with a valid token, and puts the token into a request attribute. */
@Component
class TokenFilter extends OncePerRequestFilter {
    static final String TOKEN = "token";

    private static final Guard GUARD = new Guard();

    private final JwksClient tokens;

    TokenFilter(JwksClient tokens) {
        this.tokens = tokens;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            var values = Collections.list(request.getHeaders(GUARD.getHeaderName()));
            request.setAttribute(TOKEN, GUARD.admit(values, tokens));
        } catch (VerificationException refused) {
            answer(refused, response);
            return;
        }
        chain.doFilter(request, response);
    }

    private static void answer(VerificationException refused, HttpServletResponse response) throws IOException {
        Answer answer = GUARD.answer(refused);
        response.setStatus(answer.getStatus());
        answer.getHeaders().forEach(response::setHeader);
        response.getWriter().write(answer.getBody());
    }

    /** Answers the refusals of controllers in the same way. */
    @RestControllerAdvice
    static class Refusals {
        @ExceptionHandler
        void refused(VerificationException refused, HttpServletResponse response) throws IOException {
            answer(refused, response);
        }
    }
}
