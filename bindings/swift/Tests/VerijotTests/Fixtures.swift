/// Tokens of `https://issuer.example` for `https://api.example`, which expire in 2100, and their
/// keys: Ed25519 keys that are the SHA-256 of a text.
enum Fixtures {
    static let keyA =
        #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":""#
        + #"9qqi1S2dt1Qh7gUfRv55CJieQWEzTMcVmE6FvoA7srY"}"#
    static let keyB =
        #"{"kty":"OKP","crv":"Ed25519","kid":"b","x":""#
        + #"di08_aCxyGujEbtixFwvOCamvhrKYLGR1JQ81N6pD64"}"#
    static let composedKey = keyA.replacing(#""a""#, with: "\"caf\u{e9}\"")
    static let decomposedKey = keyB.replacing(#""b""#, with: "\"cafe\u{301}\"")
    static let secret = "0123456789abcdef0123456789abcdef"

    /// A set of keys.
    static func jwks(_ keys: String...) -> String {
        #"{"keys":["# + keys.joined(separator: ",") + "]}"
    }

    /// Signed with `keyA`.
    static let tokenA = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5le\
        GFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzAwMDAwM\
        DAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.rG3e1Zrnj\
        JNK514GVQLjeXRMlhNZuDwrkSE532EJG81qMKZDjKqwxVHQ2GMv6WlAQVmx6wRLg5if8_uhzV_sBw
        """
    /// Signed with `keyB`.
    static let tokenB = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImIiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5le\
        GFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzAwMDAwM\
        DAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.fPvqqft0V\
        qvrcXXfl-GlqffsnFeWJ0nuvLcTFF-cR3EpZ8P5YNnyP1ZOJJ_kXPHIk_22-UTIYJP6mpUEr-BtAA
        """
    /// Signed with a key that is in no set.
    static let tokenOfUnknownKey = """
        eyJhbGciOiJFZERTQSIsImtpZCI6Im5vYm9keSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lzc3V\
        lci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzA\
        wMDAwMDAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.K_n\
        jGixK8n7m-J_whaL5hg61SYvKISnWiL5ninFhmQPFiJF_jyMeggP1_XL6_oCca0h4i0Z_L1WzLoEaOH_XAQ
        """
    /// The `kid` has an é of one scalar.
    static let composedToken = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImNhZsOpIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vl\
        ci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzAw\
        MDAwMDAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.zXQj\
        iTcif5WsvNQBpNiotj5dfKUUYS3CUB4dm3pFv2kvsJcdvy7p2j8tMZcxvSM3eQkvqXBLra4svv3jyQ3MAg
        """
    /// The `kid` has an é of two scalars.
    static let decomposedToken = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImNhZmXMgSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lzc3V\
        lci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzA\
        wMDAwMDAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.mV4\
        IJntE2gxfraCTADUfQjFhFdKfQhEAQ2FO7WFW6IVa5Jv6xnLnAya_Ll7f2eHthale6vEKIFYI1r-NGa35DQ
        """
    /// A NUL in `sub`, an é of two scalars and a Kelvin sign among the scopes, an é of one among
    /// the roles.
    static let oddToken = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5le\
        GFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFcdTAwMDBiIiwiaWF0IjoxNzAwM\
        DAwMDAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoiY2FmZcyBIOKEqiByZWFkIiwicmVhbG0iOnsicm9sZ\
        XMiOlsiY2Fmw6kiLCLihKoiXX0sImNvdW50IjoibWFueSJ9.lr3IafhxEKSmla7oesOPRLWTj6hwsn5ZhEcC\
        sviARLBxava6yZuKWPopo2uWxb4GfXQd2A1fgAtLxUmEXLt6DA
        """
    /// `nbf` is 1700000000.25.
    static let fractionToken = """
        eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5le\
        GFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzAwMDAwM\
        DAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIiwibmJmIjoxN\
        zAwMDAwMDAwLjI1fQ.IsNwLpe9DmZJrqHdxW9lIHfiveTM3pnz2SnKPeCAm-l4U_kBTJ6jAo5Cz8i1ztZ7uP\
        CuAqIZpkBc-rjnSjKCDg
        """
    /// Signed with `secret`, HS256.
    static let secretToken = """
        eyJhbGciOiJIUzI1NiIsImtpZCI6InMiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5le\
        GFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsInN1YiI6ImFsaWNlIiwiaWF0IjoxNzAwMDAwM\
        DAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzOnJlYWQgb3JkZXJzOndyaXRlIn0.X6_TkCJHz\
        lgsL3hnIxaZliTAmb7Lz22nZZCLdG52Pqs
        """
    /// `keyA` in PEM.
    static let pemA = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA9qqi1S2dt1Qh7gUfRv55CJieQWEzTMcVmE6FvoA7srY=
        -----END PUBLIC KEY-----
        """
}
