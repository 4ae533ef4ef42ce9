// Runs the test vectors of a folder that Verijot.cs has words for: tokens as text, JWK Sets without
// waivers, no revocation. Prints how many ran, passed, failed and were left out: mono vectors.exe DIR.
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
        Console.WriteLine($"c#: {passed + failed} ran, {passed} passed, {failed} failed, {left} left out");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static void Run(JsonValue file, JsonObject one)
    {
        var policy = one.ContainsKey("policy") ? (JsonObject)one["policy"] : null;
        bool isKnown = policy != null && one.ContainsKey("token") && one.ContainsKey("jwks") && one["jwks"] != null
            && !one.ContainsKey("mode") && !one.ContainsKey("jwks_options") && !one.ContainsKey("requires")
            && !policy.ContainsKey("revocation") && !policy.ContainsKey("limits");
        JsonValue expect = one["expect"];
        bool isValid = expect.ContainsKey("valid");
        if (!isKnown)
        {
            left += isValid ? 2 : 1;
            return;
        }
        JsonValue jwks = one["jwks"].JsonType == JsonType.String ? file["key_sets"][(string)one["jwks"]] : one["jwks"];
        bool isSymmetric = policy.ContainsKey("symmetric_keys") && (bool)policy["symmetric_keys"];
        string id = one["id"], token = one["token"], now = one["now"];
        Compare(id, Verdict(jwks, isSymmetric, policy, token, now), isValid ? Valid(expect["valid"]) : Refused(expect));
        if (isValid)
        {
            int place = token.LastIndexOf('.') + 1;
            char other = Base64Url[Base64Url.IndexOf(token[place]) ^ 1];
            string flipped = token.Substring(0, place) + other + token.Substring(place + 1);
            Compare(id + "-flipped", Verdict(jwks, isSymmetric, policy, flipped, now), got => got == "invalid_signature");
        }
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

    private static string Verdict(JsonValue jwks, bool isSymmetric, JsonObject policy, string token, string now)
    {
        try
        {
            using (var verifier = new Verifier(policy.ToString()))
            using (var keys = isSymmetric ? new KeySet(jwks.ToString(), "symmetric_keys", "1") : new KeySet(jwks.ToString()))
            {
                decimal time = decimal.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
                decimal seconds = Math.Floor(time);
                VerifiedToken accepted = verifier.Verify(token, keys, (double)seconds, (uint)((time - seconds) * 1000000000));
                return string.Join(Separator.ToString(), "valid", accepted.KeyId ?? "", accepted.Algorithm, Encoding.UTF8.GetString(accepted.Payload));
            }
        }
        catch (VerijotException refusal)
        {
            return refusal.Code;
        }
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
