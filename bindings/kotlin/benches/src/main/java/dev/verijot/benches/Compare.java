package dev.verijot.benches;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures everything in one run and prints the README's table.
 *
 * <p>The first argument is the program that measures the core alone, the second how many seconds
 * each figure may take (7).
 */
public final class Compare {
    public static void main(String[] arguments) throws Exception {
        String core = arguments[0];
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        Path samples = Files.createTempDirectory("verijot-benches");
        for (String algorithm : ALGORITHMS) {
            Verification.Samples.write(samples, algorithm);
        }
        Map<String, Map<String, Double>> rows = new LinkedHashMap<>();
        rows.put("the core alone, before", core(core, samples));
        run(rows, seconds, samples, "accepted", "");
        run(rows, seconds, samples, "accepted", " through JNA", "-Ddev.verijot.directCalls=false");
        rows.put("the core alone, after", core(core, samples));
        Map<String, Map<String, Double>> refusals = new TreeMap<>();
        run(refusals, seconds, samples, "Refusals", "");
        print(rows);
        System.out.println();
        refusals.forEach((name, figures) -> System.out.printf(
                Locale.ROOT, "an expired token (EdDSA) as %s: %.2f%n", name, figures.get("") / 1000));
    }

    private static void run(
            Map<String, Map<String, Double>> rows,
            int seconds,
            Path samples,
            String include,
            String suffix,
            String... properties)
            throws Exception {
        List<String> jvm = new ArrayList<>(List.of(properties));
        jvm.add("-Dsamples=" + samples);
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\b" + include + "\\b")
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(Math.max(1, seconds - 2))
                .measurementTime(TimeValue.seconds(1))
                .shouldFailOnError(false)
                .jvmArgsAppend(jvm.toArray(String[]::new));
        if (!suffix.isEmpty()) {
            options.param("library", "verijot");
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        for (RunResult result : results) {
            String library = result.getParams().getParam("library");
            String name = library == null ? result.getPrimaryResult().getLabel() : library + suffix;
            String algorithm = result.getParams().getParam("algorithm");
            rows.computeIfAbsent(name, ignored -> new TreeMap<>())
                    .put(
                            algorithm == null ? "" : algorithm,
                            // The fastest second: other work on the machine only adds time.
                            result.getPrimaryResult().getStatistics().getMin());
        }
    }

    /** Lines of an algorithm and nanoseconds. */
    private static Map<String, Double> core(String program, Path samples) throws Exception {
        Process process = new ProcessBuilder(program, samples.toString()).start();
        Map<String, Double> figures = new TreeMap<>();
        new String(process.getInputStream().readAllBytes())
                .lines()
                .map(line -> line.split(" "))
                .forEach(words -> figures.put(words[0], Double.parseDouble(words[1])));
        return figures;
    }

    private static void print(Map<String, Map<String, Double>> rows) {
        System.out.println("| | " + String.join(" | ", ALGORITHMS) + " |");
        System.out.println("|---|" + "---:|".repeat(ALGORITHMS.size()));
        Map<String, Double> verijot = rows.get("verijot");
        rows.forEach((name, figures) -> {
            StringBuilder line = new StringBuilder("| " + name + " |");
            for (String algorithm : ALGORITHMS) {
                Double figure = figures.get(algorithm);
                line.append(figure == null ? " - |" : cell(name, figure, verijot.get(algorithm)));
            }
            System.out.println(line);
        });
    }

    private static String cell(String name, double figure, double verijot) {
        boolean isOther = !name.startsWith("verijot") && !name.startsWith("the core");
        String times = isOther ? String.format(Locale.ROOT, " (%.1fx)", figure / verijot) : "";
        return String.format(Locale.ROOT, " %.1f%s |", figure / 1000, times);
    }

    private static final List<String> ALGORITHMS = List.of("HS256", "RS256", "ES256", "ES384", "EdDSA");

    private Compare() {}
}
