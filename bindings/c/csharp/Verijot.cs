// verijot from C#, over the C library: copy this file. csharp.md says what is tested.
using System;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Verijot
{
    /// <summary>A token is refused, or an argument is unusable.</summary>
    public sealed class VerijotException : Exception
    {
        internal VerijotException(uint status, string details)
            : base(details)
        {
            IsRefusal = status == Native.Refused;
            Details = details;
        }

        /// <summary>Whether a token is refused; otherwise the caller's keys or policy are wrong.</summary>
        public bool IsRefusal { get; }

        /// <summary>The stable code, such as <c>expired</c>.</summary>
        // The library writes the code first, and it has only letters, digits and underscores.
        public string Code => Details.Split('"')[3];

        /// <summary>All that is known, as JSON: code, message, status and more.</summary>
        public string Details { get; }
    }

    /// <summary>Keys, which any number of threads may use.</summary>
    public sealed class KeySet : IDisposable
    {
        private int number;

        /// <summary>Reads a JWK Set.</summary>
        /// <param name="jwks">Its JSON.</param>
        /// <param name="options">Names and values in turn, as verijot_keys documents them.</param>
        public KeySet(string jwks, params string[] options)
        {
            byte[] octets = Native.Octets(jwks), list = Native.List(options);
            Native.Expect(Native.verijot_keys(0, octets, Native.Length(octets), list, Native.Length(list)));
            number = unchecked((int)Native.Number(0));
        }

        internal uint Number => unchecked((uint)number);

        /// <summary>The keys, usable and skipped, as JSON.</summary>
        public string Describe()
        {
            Native.Expect(Native.verijot_keys_describe(Number));
            GC.KeepAlive(this);
            return Encoding.UTF8.GetString(Native.Text());
        }

        /// <summary>Drops the keys; verifications under way end as if it were later.</summary>
        public void Dispose()
        {
            Native.verijot_keys_drop(unchecked((uint)Interlocked.Exchange(ref number, 0)));
            GC.SuppressFinalize(this);
        }

        ~KeySet()
        {
            Dispose();
        }
    }

    /// <summary>A verifier, which any number of threads may use.</summary>
    public sealed class Verifier : IDisposable
    {
        private readonly double longest;
        private int number;

        /// <summary>A verifier for the JSON document of a policy.</summary>
        public Verifier(string policy)
        {
            byte[] octets = Native.Octets(policy);
            Native.Expect(Native.verijot_verifier(octets, Native.Length(octets)));
            number = unchecked((int)Native.Number(0));
            longest = Native.Double(1);
        }

        private Verifier(uint number, double longest)
        {
            this.number = unchecked((int)number);
            this.longest = longest;
        }

        /// <summary>A verifier for tokens of AWS load balancers, from its JSON document.</summary>
        public static Verifier ForLoadBalancers(string settings)
        {
            byte[] octets = Native.Octets(settings);
            Native.Expect(Native.verijot_alb_verifier(octets, Native.Length(octets)));
            return new Verifier(Native.Number(0), Native.Double(1));
        }

        /// <summary>The verifier whose number the library has just given.</summary>
        internal static Verifier Made(int number, int longest)
        {
            return new Verifier(Native.Number(number), Native.Double(longest));
        }

        /// <summary>Verifies a token now.</summary>
        /// <exception cref="VerijotException">It is refused.</exception>
        public VerifiedToken Verify(string token, KeySet keys)
        {
            long ticks = DateTime.UtcNow.Ticks - Epoch;
            return Verify(token, keys, Math.Floor(ticks / 1e7), (uint)(ticks % 10000000 * 100));
        }

        /// <summary>Verifies a token at a time in seconds since 1970, and nanoseconds from there.</summary>
        /// <exception cref="VerijotException">It is refused.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The time is not a number.</exception>
        public VerifiedToken Verify(string token, KeySet keys, double seconds, uint nanoseconds = 0)
        {
            Native.ExpectNumber(seconds);
            // Of a token that is too long the library reads nothing but the length.
            byte[] octets = token.Length > longest ? new byte[token.Length] : Native.Octets(token);
            Native.Expect(
                Native.verijot_verify(unchecked((uint)number), keys.Number, octets, Native.Length(octets), 0, seconds, nanoseconds));
            // Both objects live until here, whatever the garbage collector thinks.
            GC.KeepAlive(keys);
            GC.KeepAlive(this);
            return new VerifiedToken();
        }

        /// <summary>Drops the verifier; verifications under way end as if it were later.</summary>
        public void Dispose()
        {
            Native.verijot_verifier_drop(unchecked((uint)Interlocked.Exchange(ref number, 0)));
            GC.SuppressFinalize(this);
        }

        ~Verifier()
        {
            Dispose();
        }

        private static readonly long Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    }

    /// <summary>A verifier for one kind of token, such as ID tokens, which any number of threads may use.</summary>
    public sealed class Profile : IDisposable
    {
        private readonly Verifier verifier;
        private int number;

        /// <summary>A profile for the JSON document of its settings.</summary>
        public Profile(string settings)
        {
            byte[] octets = Native.Octets(settings);
            Native.Expect(Native.verijot_profile(octets, Native.Length(octets)));
            number = unchecked((int)Native.Number(0));
            verifier = Verifier.Made(1, 2);
        }

        /// <summary>Verifies a token at a time in seconds since 1970, for what a call expects: a JSON document.</summary>
        /// <exception cref="VerijotException">It is refused, or the document is.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The time is not a number.</exception>
        public ProfileToken Verify(string token, KeySet keys, string expectations, double seconds, uint nanoseconds = 0)
        {
            byte[] octets = Native.Octets(expectations);
            uint profile = unchecked((uint)number);
            Native.Expect(Native.verijot_profile_expect(profile, octets, Native.Length(octets)));
            VerifiedToken verified = verifier.Verify(token, keys, seconds, nanoseconds);
            Native.Expect(Native.verijot_profile_check(profile, 0, octets, Native.Length(octets), seconds, nanoseconds));
            GC.KeepAlive(this);
            return new ProfileToken(verified);
        }

        /// <summary>Drops the profile; verifications under way end as if it were later.</summary>
        public void Dispose()
        {
            Native.verijot_profile_drop(unchecked((uint)Interlocked.Exchange(ref number, 0)));
            verifier?.Dispose();
            GC.SuppressFinalize(this);
        }

        ~Profile()
        {
            Native.verijot_profile_drop(unchecked((uint)Interlocked.Exchange(ref number, 0)));
        }
    }

    /// <summary>A token that a profile has accepted.</summary>
    public sealed class ProfileToken
    {
        // Right after the check, in the same thread.
        internal ProfileToken(VerifiedToken token)
        {
            Token = token;
            Checked = Encoding.UTF8.GetString(Native.Text());
            UntilSeconds = Native.Double(0);
            UntilNanoseconds = Native.Double(1);
        }

        /// <summary>The token.</summary>
        public VerifiedToken Token { get; }

        /// <summary>JSON: <c>claims</c>, those that were checked, and <c>replay_key</c> if the token may be presented
        /// once. Admit such a token with a <see cref="ReplayWindow"/>, or a store that several processes share.</summary>
        public string Checked { get; }

        /// <summary>Until when the replay key is remembered.</summary>
        public double UntilSeconds { get; }

        /// <summary>Nanoseconds from there.</summary>
        public double UntilNanoseconds { get; }
    }

    /// <summary>Remembers tokens that may be presented once, in this process.</summary>
    public sealed class ReplayWindow : IDisposable
    {
        private int number;

        /// <summary>An empty window with room for this many tokens.</summary>
        public ReplayWindow(int capacity)
        {
            Native.Expect(Native.verijot_replay_window(capacity));
            number = unchecked((int)Native.Number(0));
        }

        /// <summary>Admits a token by its replay key.</summary>
        /// <exception cref="VerijotException">It was presented before, or the window is full.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The time is not a number.</exception>
        public void Admit(string key, ProfileToken token, double seconds, uint nanoseconds = 0)
        {
            Native.ExpectNumber(seconds);
            byte[] octets = Native.Octets(key);
            Native.Expect(
                Native.verijot_replay_admit(
                    unchecked((uint)number), octets, Native.Length(octets), token.UntilSeconds, (uint)token.UntilNanoseconds,
                    seconds, nanoseconds));
            GC.KeepAlive(this);
        }

        /// <summary>Drops the window.</summary>
        public void Dispose()
        {
            Native.verijot_replay_window_drop(unchecked((uint)Interlocked.Exchange(ref number, 0)));
            GC.SuppressFinalize(this);
        }

        ~ReplayWindow()
        {
            Dispose();
        }
    }

    /// <summary>What a token that was accepted says.</summary>
    public sealed class VerifiedToken
    {
        // In the thread that verified, and before its next verification.
        internal VerifiedToken()
        {
            Payload = Native.Accepted(0) ?? new byte[0];
            Algorithm = Native.AcceptedText(2);
            KeyId = Native.AcceptedText(3);
            Issuer = Native.AcceptedText(4);
            Subject = Native.AcceptedText(5);
            Id = Native.AcceptedText(6);
        }

        /// <summary>The payload as it was signed: JSON in UTF-8.</summary>
        public byte[] Payload { get; }

        /// <summary>The algorithm.</summary>
        public string Algorithm { get; }

        /// <summary>The key's kid, or null.</summary>
        public string KeyId { get; }

        /// <summary>iss, or null.</summary>
        public string Issuer { get; }

        /// <summary>sub, or null.</summary>
        public string Subject { get; }

        /// <summary>jti, or null.</summary>
        public string Id { get; }
    }

    /// <summary>The functions of verijot.h. A call and what reads its answer run in one thread, without await.</summary>
    internal static class Native
    {
        internal const uint Done = 0;
        internal const uint Refused = 1;
        private const string Library = "verijot";

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr verijot_answer();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_keys(
            uint form, byte[] octets, UIntPtr length, byte[] options, UIntPtr optionsLength);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_keys_describe(uint keys);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void verijot_keys_drop(uint keys);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_verifier(byte[] policy, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void verijot_verifier_drop(uint verifier);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_verify(
            uint verifier, uint keys, byte[] token, UIntPtr length, uint mode, double now, uint nanoseconds);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_accepted(uint text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_alb_verifier(byte[] settings, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_profile(byte[] settings, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void verijot_profile_drop(uint profile);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_profile_expect(uint profile, byte[] expectations, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_profile_check(
            uint profile, uint token, byte[] expectations, UIntPtr length, double now, uint nanoseconds);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_replay_window(double capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint verijot_replay_admit(
            uint window, byte[] key, UIntPtr length, double until, uint untilNanoseconds, double now, uint nanoseconds);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void verijot_replay_window_drop(uint window);

        internal static byte[] Octets(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        internal static UIntPtr Length(byte[] octets)
        {
            return new UIntPtr((ulong)octets.LongLength);
        }

        /// <summary>Entries: each its length in 4 octets, the lowest first, and its octets.</summary>
        internal static byte[] List(string[] entries)
        {
            var list = new System.IO.MemoryStream();
            foreach (string entry in entries)
            {
                byte[] octets = Octets(entry);
                for (int shift = 0; shift < 32; shift += 8)
                {
                    list.WriteByte((byte)(octets.Length >> shift));
                }
                list.Write(octets, 0, octets.Length);
            }
            return list.ToArray();
        }

        /// <summary>The answer's text, copied.</summary>
        internal static byte[] Text()
        {
            IntPtr answer = verijot_answer();
            var octets = new byte[checked((int)Marshal.ReadIntPtr(answer, IntPtr.Size).ToInt64())];
            if (octets.Length > 0)
            {
                Marshal.Copy(Marshal.ReadIntPtr(answer), octets, 0, octets.Length);
            }
            return octets;
        }

        internal static double Double(int index)
        {
            int place = 2 * IntPtr.Size + 8 * index;
            return BitConverter.Int64BitsToDouble(Marshal.ReadInt64(verijot_answer(), place));
        }

        internal static uint Number(int index)
        {
            return (uint)Double(index);
        }

        internal static byte[] Accepted(uint text)
        {
            return verijot_accepted(text) == Done ? Text() : null;
        }

        internal static string AcceptedText(uint text)
        {
            byte[] octets = Accepted(text);
            return octets == null ? null : Encoding.UTF8.GetString(octets);
        }

        /// <summary>The library takes what is not a number for 1970, when no token had expired.</summary>
        internal static void ExpectNumber(double seconds)
        {
            if (double.IsNaN(seconds))
            {
                throw new ArgumentOutOfRangeException(nameof(seconds));
            }
        }

        internal static void Expect(uint status)
        {
            if (status != Done)
            {
                throw new VerijotException(status, Encoding.UTF8.GetString(Text()));
            }
        }
    }
}
