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

        /// <summary>Verifies a token now.</summary>
        /// <exception cref="VerijotException">It is refused.</exception>
        public VerifiedToken Verify(string token, KeySet keys)
        {
            long ticks = DateTime.UtcNow.Ticks - Epoch;
            return Verify(token, keys, Math.Floor(ticks / 1e7), (uint)(ticks % 10000000 * 100));
        }

        /// <summary>Verifies a token at a time in seconds since 1970, and nanoseconds from there.</summary>
        /// <exception cref="VerijotException">It is refused.</exception>
        public VerifiedToken Verify(string token, KeySet keys, double seconds, uint nanoseconds = 0)
        {
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

        internal static void Expect(uint status)
        {
            if (status != Done)
            {
                throw new VerijotException(status, Encoding.UTF8.GetString(Text()));
            }
        }
    }
}
