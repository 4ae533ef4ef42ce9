/**
 * Signatures that are known to be right, for the self-test of a host. The private keys were thrown away.
 */
import type { PublicJwk } from "./host.js";

/** What every signature is of. */
export const MESSAGE = "verijot";

/** The public keys, by algorithm; one for all of RSA. */
export const KEYS: Readonly<Record<string, PublicJwk>> = {
  RSA: { kty: "RSA", n: "svihsJn5FM9PV5UIIn2F5xyHMFu4BgleIA20Vj0vAltrdQJNCdy0HwMks5s9sykSn99DD89N6Ioze-ncqEJb_EgN-nP8lYfHVFJ8dNIh3tdhbunV2j_9two3SvbURDl9wo_A_wpq-N_E-9CbYTeEyToEz8QA71tPYBJbmWHrvK-69WKwI0aNngXKXJL8BqEZ1Llg_9c3Zja8U4aCscDj0SyhoPJ0jSIXBDmMnBoY4lQveeesXV-OhK7JgrgndBqJ0e82RmexUZvy9xCD7dcmM812uQVuI1EL6b7ifnx78FKkdVvZFu_PDgzXAnkx-pmLbVcNIKaDENCPPn4RmcZH9w", e: "AQAB" },
  ES256: { kty: "EC", x: "kHUSww5pXvWMsQF5mmz7MGuXtjkjgm4SO6cNAsfVMnc", y: "NGqmKL_WW69YoLeSa6SLS_eve4uN67iY6Aq1yQOfxws", crv: "P-256" },
  ES384: { kty: "EC", x: "hG_6Nf7QU5yUeD_kR2tzHdF9r2Sk3eYrKFhH3j6rLAzwJa_iz6ftvHkwMm4Jz9_B", y: "IwfsFYRbZS5gHt_dJgx208uH5btPuQK6xzcbCQF6VzODTDRC6RJAESk2BZfpV21d", crv: "P-384" },
  ES512: { kty: "EC", x: "ANH4klE1ADbSojOn1V_pqC92IOB-dNR0YakH6BSWYFt_w5SXLp8hXMXlM97-ZWfaNJw5-x8RY-8_1WJCHH7x6Cdv", y: "ARNlnUvFK-urwW4vPZdl-ZUJ4tN0Pa872Id3CRUFetUr16o3tBK37rCmyL_vgH9C0Wqix-DVnjW3eTNT2xtniykP", crv: "P-521" },
  EdDSA: { crv: "Ed25519", x: "PncrRY3oKVA3ZtLeRtlJIIdP-WywrylqFcqY8KzgA58", kty: "OKP" },
};

/** A signature for each algorithm, in its JWS encoding, as base64url. */
export const SIGNATURES: Readonly<Record<string, string>> = {
  RS256: "cYv3RjG7d9NQb5K2ZECR3drnzlhiDcRpBZEnBp-w6dvqflneryuUzuKSdWej_LhmYo5xc7bIWLGppJ-U_w4QjGgmce-fLpIm-9YvYyqH4nZtbQ-xwIMaOr_GwrUl5D6-zQIcPxg4r55AOa-NKO1BXGJZgflkafLhrxKZuiVzG_bB8EmCPhSLSXiymEPZaUpaAOQY9iL8kbPaxoJ2opL9YWR2ihlYpG-lDsGQUIgR87YHXau_RFLQz3q2OYDluBVT0oLAJl7fBLRFKBkDYaDokfPjU-3Tk8Ig3Sogb-lXQyDeKV3aNTJ4eJc6t2E9a9UAZeXiUWi_fV6vxvT82Ur9PA",
  PS256: "YeggFeAM3uqXy8mXdfnslDSjIGKEq-w6zZuWzqpA_qxJCUhtp0ZlQ3q50cRBEL1lhqNLyADgfnlXsqOcPR08x7_N8sOsOhOedtgoUHBHBO3-TdcBXAbuBGuO5tB5uKlup99xyZ7Bj2gcZjkO5-v9cxgxDkE-y9y1v5Qky0WyXmQ1nuMLnw7QWNYZyGhoCu2JYgbasFaLNDRQQNsrC0Uaq4z1E6pWoSgmdsvj4Cud5KFzzbRV-CbKwWBBnVjH_MkVHNKjZePSZqi4UPBCd6Lrzuyou8L4aSJnh9TZLhP9Z91436995rC1ByTNdK1oYiAzL5exE3P_X1YgDR8dclOv_g",
  RS384: "q9crcyX38ZzzC3yDfwuyldBjvCTl-y27q2NOzMU5Cj9BbRpgBz5IUI32YpIaKBYbbBrtXjQA7BbUYiW2Tez-jdYLi2kvc8npX8VPYvg7dVVz_cssZ6HyWlvO42fEZFvbGi78curE3jEK0K52f7IBzw9nMFQPL73J79qUQ1zAYupqKfSm_1eAGKp5i5M6PkLD1gdW1glhBkkj3OcTTo6QJ2_9_MSVKZDuUtoH2sslAVHytIMvULlJD6ScjM-bZWZfeCJ4uBuvctVosJTWMd_rqqXtrG3MMoQt1uhO1ElMCq-ae0rTeyibwJS_xh5DJVPBGoZg3b3Fp1TaSDq9Aqebug",
  PS384: "CIHx6G6J3Sxxru6zoJG-We1Sty8w6sVnuSdGqQ0_vyodN8QLwU-ZxakVdSn-EA162SWsJ8vhMUA4F9y2sInEn3xm_tFVTt9vUHsRHAYpALOqZpohSVekgE66uEAko6JU5OvVAJ3DW_Ubwe-rkfMzvrnIucMteH5YPI1GVDtCoFazZsHV9lGoxZ-iqXlL3cUn1M1rMzZB4tMzRd_rWKP80s-j-LivZGBWaDUAwrV8p1cPK_h_bX4EdF87StBcO7bIy8qR2ZJTzwblcg-393HlKw60TGmD2IVmgVEgx75IQmCalW_6sXNhc35hgrqdty4Wg8mj3246CUTKMKdX1kYrww",
  RS512: "G5CPA6EjFHLlHlMClyP3Dp-m0WopfwHthPJTzuDBSwZj6IKi8ZkjSid1wTRhmSitgIwktQR7bqNRRuaf7eEEZvcfYJbDaCpOs6udHqjKd1rDSWqNN3J8MZNd6NdJc6hUe2LDA59LCn4zN76Ja7BIDebM192imnEPA1Ltk0qO2gvbvGs5x__nPxPAmFb_407W_oYohOa9CGrSP2MVnROdUHgzuZcM7Ptz8bXUQPMJtfRigfabGYSEbhLm46EYfQNEmsM36RLT9X1FrU2LdsrD9kKeaqIgFENz6FK3yQzvDSrq8Cbycdmlv8LB_vI9Sl5ExhhK91GjsE_W_Qu6xtWNhA",
  PS512: "Ny4k6Z9leMZoavG1WRMhVD00jTs8iSWhBXr50C68CfklVLbA1WDhAYnO5SpTx3DvDw8eNOsMC0hFcMCydByZyrcGIDsPauxj4tJgVQz8mG_BP8Qzl5Dvc7vymLT92wN3tQu_d_sRAECIwFvMulT7Zlkkpl5xn0UBP8IuPKOvtuoG61gNF0B9bAOeVeei4ykP77nJhEBWm691DlPV-kKmzHKnetKaYbfyLgTHdM3ggHKX139Hkz2PR81xUJyWDHldJrloQhcYWdFWVYlcIAcL-cgOXbNIxRnA7Z0ccqUFKMqCH-Y4BlpWAqLEOZcqEkT2_mylm2Uha0CoowBbkz9AVA",
  ES256: "OCHUI8oQhFcyfrM-3ovNe9GYlr5NrhTq4lPTQDmHU0Me6N2emrY05mF_vZEc92y24eoQUeRXXWU52c6c2D9czg",
  ES384: "8qy7ZfaTNpcVjiQu9IqykL3h1Gp55MekCxPxoZ14XuoopvLVjjoFYi-zRV52z6LLvTRlslNIqr5Od6OvWmNWf8KrAGnsUJNw8_sp8b7ppFCeG0ALhCiezM-a9ukE_KDq",
  ES512: "AAls6ZsJzcXR8NsllBagtutnP3iUZcpJfeam1w460yWwDMVUDsg2Y7RVUDRnzfFqF7eo2t-0JMZcnLjYZy69KGH6Ac_PEPQjUQLAdgD2RXgdAJGd54pCu7gwJ1kqMyaUWYx4ObhoB1b6siG4yVII8ncukY1oC2VFUlFNpMlns7aR6krX",
  EdDSA: "aGR6vOz55ifV_17CP2HMpe_NS0rI2fFj5YpT0l4sR9675JZl9J7qZ_sTbMM5riOssfwXOpjQ7CkyUSauXNxyAw",
};
