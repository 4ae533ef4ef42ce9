// Runs the test vectors of a folder that Verijot.cs has words for: tokens as text, sets of keys, policies,
// profiles and load balancers, nothing that only the caller knows. Prints how many ran, passed, failed and were left out: mono vectors.exe DIR.
using System;
using System.Collections.Generic;
using System.IO;
using System.Json;
using System.Linq;
using System.Text;
using Verijot;

internal static class Vectors
{
    private const string Base64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private const char Separator = '\uffff';
    private static int passed, failed, left;

    private static int Main(string[] arguments)
    {
        foreach (string path in Directory.GetFiles(arguments[0], "*.json").OrderBy(name => name, StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path);
            if (name == "codes.json" || name.EndsWith("schema.json", StringComparison.Ordinal))
            {
                continue;
            }
            JsonValue file = JsonValue.Parse(File.ReadAllText(path, Encoding.UTF8));
            foreach (JsonValue one in (JsonArray)file["cases"])
            {
                Run(file, (JsonObject)one);
            }
        }
        TimesAreNumbers();
        Console.WriteLine($"c#: {passed + failed} ran, {passed} passed, {failed} failed, {left} left out");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    /// <summary>The library takes what is not a number for 1970, when no token had expired.</summary>
    private static void TimesAreNumbers()
    {
        using (var keys = new KeySet("{\"keys\": []}"))
        using (var verifier = new Verifier("{\"issuers\": null, \"audiences\": null}"))
        {
            try
            {
                verifier.Verify("a.b.c", keys, double.NaN);
                failed++;
            }
            catch (ArgumentOutOfRangeException)
            {
            }
            catch (VerijotException)
            {
                failed++;
            }
        }
    }

    private static void Run(JsonValue file, JsonObject one)
    {
        JsonObject settings = Member(one, "profile") ?? Member(one, "policy");
        bool isKnown = settings != null && one.ContainsKey("token")
            && (one.ContainsKey("jwks_text") || one["jwks"] != null)
            && !one.ContainsKey("mode") && !Requires(one, "ES512") && !settings.ContainsKey("revocation")
            && !settings.ContainsKey("known_tenants");
        JsonValue expect = one["expect"];
        bool isValid = expect.ContainsKey("valid");
        if (!isKnown || Options(one).Contains("single_key"))
        {
            left += isValid ? 2 : 1;
            return;
        }
        string jwks = one.ContainsKey("jwks_text") ? (string)one["jwks_text"]
            : (one["jwks"].JsonType == JsonType.String ? file["key_sets"][(string)one["jwks"]] : one["jwks"]).ToString();
        string id = one["id"], token = one["token"];
        Compare(id, Verdict(jwks, one, token), isValid ? Valid(expect["valid"]) : Refused(expect));
        if (isValid)
        {
            int place = token.LastIndexOf('.') + 1;
            char other = Base64Url[Base64Url.IndexOf(token[place]) ^ 1];
            string flipped = token.Substring(0, place) + other + token.Substring(place + 1);
            Compare(id + "-flipped", Verdict(jwks, one, flipped), got => got == "invalid_signature");
        }
    }

    private static JsonObject Member(JsonObject one, string name)
    {
        return one.ContainsKey(name) ? (JsonObject)one[name] : null;
    }

    private static IEnumerable<string> Names(JsonObject one, string name)
    {
        return one.ContainsKey(name) ? ((JsonArray)one[name]).Select(value => (string)value) : new string[0];
    }

    private static bool Requires(JsonObject one, string word)
    {
        return Names(one, "requires").Contains(word);
    }

    /// <summary>The options of the key set: names and values in turn.</summary>
    private static string[] Options(JsonObject one)
    {
        JsonObject settings = Member(one, "profile") ?? Member(one, "policy");
        var options = Names(one, "jwks_options").SelectMany(name => new[] { name, "1" }).ToList();
        options.AddRange(Names(one, "jwks_certificates").SelectMany(name => new[] { "certificates", name }));
        options.AddRange(Names(one, "jwks_purposes").SelectMany(name => new[] { "purposes", name }));
        if (settings.ContainsKey("symmetric_keys") && settings["symmetric_keys"].JsonType == JsonType.Boolean && (bool)settings["symmetric_keys"])
        {
            options.AddRange(new[] { "symmetric_keys", "1" });
        }
        if (settings.ContainsKey("limits") && settings["limits"].JsonType == JsonType.Object)
        {
            foreach (string name in new[] { "octets", "keys" })
            {
                if (settings["limits"].ContainsKey("jwks_" + name))
                {
                    options.AddRange(new[] { "max_" + name, settings["limits"]["jwks_" + name].ToString() });
                }
            }
        }
        return options.ToArray();
    }

    private static Func<string, bool> Refused(JsonValue expect)
    {
        string code = expect["error"];
        return got => code == "any" ? !got.StartsWith("valid", StringComparison.Ordinal) : got == code;
    }

    private static Func<string, bool> Valid(JsonValue facts)
    {
        return got =>
        {
            string[] parts = got.Split(new[] { Separator }, 4);
            return parts[0] == "valid"
                && (!facts.ContainsKey("kid") || (facts["kid"] == null ? "" : (string)facts["kid"]) == parts[1])
                && (!facts.ContainsKey("alg") || facts["alg"] == parts[2])
                && (!facts.ContainsKey("payload") || facts["payload"] == parts[3]);
        };
    }

    private static string Verdict(string jwks, JsonObject one, string token)
    {
        decimal time = decimal.Parse(one["now"], System.Globalization.CultureInfo.InvariantCulture);
        var seconds = (double)Math.Floor(time);
        var nanoseconds = (uint)((time - Math.Floor(time)) * 1000000000);
        try
        {
            if (one.ContainsKey("profile"))
            {
                return OfProfile(jwks, one, token, seconds, nanoseconds);
            }
            using (var verifier = one.ContainsKey("alb") ? Verifier.ForLoadBalancers(one["alb"].ToString()) : new Verifier(one["policy"].ToString()))
            using (var keys = new KeySet(jwks, Options(one)))
            {
                return Accepted(verifier.Verify(token, keys, seconds, nanoseconds));
            }
        }
        catch (VerijotException refusal)
        {
            return refusal.Code;
        }
    }

    private static string OfProfile(string jwks, JsonObject one, string token, double seconds, uint nanoseconds)
    {
        string expectations = one.ContainsKey("expectations") ? one["expectations"].ToString() : "{}";
        string state = one.ContainsKey("replay_window") ? (string)one["replay_window"] : "empty";
        using (var profile = new Profile(one["profile"].ToString()))
        using (var keys = new KeySet(jwks, Options(one)))
        using (var window = new ReplayWindow(state == "full" ? 0 : 1))
        {
            ProfileToken found = profile.Verify(token, keys, expectations, seconds, nanoseconds);
            JsonValue said = JsonValue.Parse(found.Checked);
            if (said.ContainsKey("replay_key"))
            {
                for (int times = state == "has_token" ? 2 : 1; times > 0; times--)
                {
                    window.Admit(said["replay_key"], found, seconds, nanoseconds);
                }
            }
            return Accepted(found.Token);
        }
    }

    private static string Accepted(VerifiedToken accepted)
    {
        return string.Join(Separator.ToString(), "valid", accepted.KeyId ?? "", accepted.Algorithm, Encoding.UTF8.GetString(accepted.Payload));
    }

    private static void Compare(string id, string got, Func<string, bool> fits)
    {
        if (fits(got))
        {
            passed++;
            return;
        }
        failed++;
        Console.WriteLine($"FAILED {id}: got {got}");
    }
}
