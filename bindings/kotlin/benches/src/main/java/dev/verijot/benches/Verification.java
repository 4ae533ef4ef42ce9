package dev.verijot.benches;

import dev.verijot.JwkSet;
import dev.verijot.VerificationException;
import dev.verijot.Verifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Verifies one token repeatedly. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Verification {
    @Param({"HS256", "RS256", "ES256", "ES384", "EdDSA"})
    public String algorithm;

    @Param({"verijot", "verijot, all claims read", "Nimbus JOSE + JWT", "auth0 java-jwt", "jjwt"})
    public String library;

    private String token;
    private Contender contender;

    @Setup
    public void read() throws Exception {
        Sample sample = Samples.read(Path.of(System.getProperty("samples")), algorithm);
        token = sample.token();
        contender = Contender.of(library, sample);
        if (contender == null) {
            throw new UnsupportedOperationException(library + " has no " + algorithm);
        }
    }

    @Benchmark
    public Object accepted() throws Exception {
        return contender.verify(token);
    }

    /** Refuses an expired token, with an exception and with a value. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @State(Scope.Benchmark)
    public static class Refusals {
        private final Instant late = Instant.now().plusSeconds(1_000_000);
        private String token;
        private JwkSet keys;
        private Verifier verifier;

        @Setup
        public void read() throws Exception {
            Sample sample = Samples.read(Path.of(System.getProperty("samples")), "EdDSA");
            token = sample.token();
            keys = JwkSet.fromJson(sample.jwks());
            verifier = new Verifier(Sample.ISSUER, Sample.AUDIENCE);
        }

        @Benchmark
        public Object exception() {
            try {
                return verifier.verify(token, keys, late);
            } catch (VerificationException refused) {
                return refused.getCode();
            }
        }

        @Benchmark
        public Object value() {
            return verifier.verdict(token, keys, late);
        }
    }

    /** Samples in a folder, which the program for the core reads, too. */
    static final class Samples {
        static void write(Path folder, String algorithm) throws Exception {
            Sample sample = Sample.of(algorithm);
            Files.writeString(folder.resolve(algorithm + ".jwt"), sample.token());
            Files.writeString(folder.resolve(algorithm + ".jwks"), sample.jwks());
            Files.writeString(folder.resolve(algorithm + ".jwk"), sample.key().toJSONString());
        }

        static Sample read(Path folder, String algorithm) throws Exception {
            String key = Files.readString(folder.resolve(algorithm + ".jwk"));
            return new Sample(
                    algorithm,
                    Files.readString(folder.resolve(algorithm + ".jwt")),
                    com.nimbusds.jose.jwk.JWK.parse(key));
        }

        private Samples() {}
    }
}
