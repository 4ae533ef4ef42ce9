/** Signing keys that are the same in every test and every language. They are public: only tests may trust them. */
import { SigningKey } from "./signing_key.js";

/** A key for EdDSA. */
export const ED25519: SigningKey = /* @__PURE__ */ SigningKey.from({
  kty: "OKP",
  crv: "Ed25519",
  kid: "ed25519",
  alg: "EdDSA",
  x: "cJGvi3APGnqD0mAeM0v7tCNslwbja4GZlCmSow8mkIc",
  d: "CeIge4XKeM-a1fdl9hWkyCNkm_fvM7wkWK6cDuTYgPM",
});

/** A key for ES256. */
export const P256: SigningKey = /* @__PURE__ */ SigningKey.from({
  kty: "EC",
  crv: "P-256",
  kid: "p-256",
  alg: "ES256",
  x: "oF_FkjYhRTbUhZkhR5kp3nm3PqEbaLpYlSmNNhTv74I",
  y: "9t83Pzfa1cHAiMUag6KYxf_0FuGOUEQPciDVHmHBfQI",
  d: "AAAAAAAAAAAAAAAAAAAAAP19jUObz0ZwozNZR1mDI6E",
});

/** A key for RS256, of 2048 bits. */
export const RSA: SigningKey = /* @__PURE__ */ SigningKey.from({
  kty: "RSA",
  kid: "rsa",
  alg: "RS256",
  e: "AQAB",
  n:
    "xaLU8H6vcIuvdjq8azRaZrmAfg985ACsO9joxr1_zCTHjRge4xE16zmEVYHXenGcRkLpYTkZYqABRpuxHOopktOTnBDHCWciSZ3P" +
    "ZB6Mknl38d8OpUc4grmQHl-SKdv0YcoU85GUtAH4yD3s9sApSIShWzGsuZSifEb_wiMB2ObQsFUkhsqzkMZDcqPTrnbhs6UBGlB_" +
    "1QBRfvCLV78nvhBPjFeYwM-1njyQT352XfyIhK7_yFIECYty758DaPtUUA-qSYk2uIJANfDAavgy2X-_RQXtNiVPH4OM8vPsoBG_" +
    "ZIM52T-HIb6ZO6zmbx4_MnYOk6e4-1pTDu-O1Wd6bQ",
  d:
    "XRraqflkeOa1YENHZFGjjOUy7TAqq9bNTNxgvM-lFuz0vTlxw5LmDcxo1Ud31Y0UC92VyGF33gh20WajR3Xg4_Scg1c8DOfzNS8M" +
    "9qOVoaNrqBxm7-Hfc2YryMNJPkMKm87xk9UvcqXDJ8JUkeHxEOK6iRWbw0mMSnPAJRsM0bsGWsvr64JnayilflEazNLyeHwX6Ipi" +
    "Ywe5ZKqhUzeNK8yP8Sq_hVQaRK3psPtTNOPKoD7ODHddGRXVXBhgmIbiyhNFQtoxseKIhdcv6_aX1rZfiw0qDya56sC2OTpFgNbK" +
    "oDmhnW1p1nOpC32bz7YgoLBdHZwTPcg2Urqa2EkuGQ",
  p:
    "81Xk4ZQcryINHOp-aRUkRkOc5OFyAI7Pl840zTM-WtG0-PjnGZ6I3X_DKMg568GDO_kIeqRnCp6yF7fSvngqeKcwTcgc67V2CfV2" +
    "KiSvn5vlPTNFsgUICfx5CV04EqSIYTFjhOJR4I9n-N5AsM8ZOooAD_aCAVNGOIctfoXS-Ns",
  q:
    "z-wOZWnL7SLi3ojjMGhrgUHGiSM1Z12WuibGVvYLnjZ8xdINmnJDIgI_YCQsNjuAatfjwriT2RekSQsCC0FzBHr4Ao4yZTaWYe4H" +
    "JqhnbBN6yBs7FuNMQknw2ecWqCgLWqiy79PLvlID2HlcS4mdojYgNaeihJ0Wkt6D8gFfOFc",
  dp:
    "wAet65MeG9uMa6Bmh_kGOmkLPNjpRaVuEAfMRY_GCpfp8H1Eq0QgEGTOF7YDd5isPzzlQxvQsWHRe8Q2jNd59ONDzG463IzEjVFn" +
    "ohR3gEbf3q9Cth0gXfkfb5NgN94ePk1ikzCjmsqxK4YBmUamSzsyl2Za7D7ScLPE5E8p0fc",
  dq:
    "F7ixx8YzOuHRClyJtvsi0MNlWD4JGLrnuGM2G7PEjY9f2t3lKWrB1_5zpo9Z7_IH66in1o5iZ9E3sBGucQRNkARLiVcZzsxUieWz" +
    "MSjja8QpLO1WZ30VNTbkYKfpwNOYwAYhLBV42ETZJXhrHD8eGeSc9iIi-4hEjAsQ-KpJZ88",
  qi:
    "gk7l41BOSFK5Z0tj18_CrAI01fpUd_dZ3_B0zQiC9PHK6_GQ-4cQ6NbQq7-5mmqP2Znnd78Pb8El5ngP3JGG_kJnzlN9r4H4g1Jr" +
    "AUH7VQbNJJxictAfJ0hwoZqwwUnvPnROCXpUK9F96wNauwpU1wzVAfTcC_m0YVflm3CI4U4",
});
