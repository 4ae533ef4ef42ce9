package dev.verijot

import dev.verijot.internal.UrlConnectionFetcher
import java.io.IOException
import java.time.Duration

/**
 * Makes one GET request for keys or an issuer's metadata, in a thread that is its own.
 *
 * It follows no redirect, gives the answer of any status, and throws whatever kept it from an
 * answer. One that takes longer than the request's timeout is interrupted and no longer waited for.
 */
public fun interface Fetcher {
    /** The answer. */
    @Throws(IOException::class, InterruptedException::class)
    public fun fetch(request: FetchRequest): FetchResponse

    public companion object {
        /** With `java.net.http` where that is there, otherwise (on Android) with HttpURLConnection. */
        @JvmStatic
        public fun ofPlatform(): Fetcher =
            try {
                Class.forName("java.net.http.HttpClient")
                HttpClientFetcher()
            } catch (_: ClassNotFoundException) {
                UrlConnectionFetcher
            }
    }
}

/**
 * One GET request.
 *
 * @property url over https, or on this very machine.
 * @property headers what to send along.
 * @property timeout for all of it, to the last octet of the body.
 * @property maxOctets the most octets that a body may have. Of a longer one, one octet more is read.
 */
public class FetchRequest internal constructor(
    public val url: String,
    public val headers: Map<String, String>,
    public val timeout: Duration,
    public val maxOctets: Int,
)

/**
 * An HTTP answer.
 *
 * @property status the status, that of a redirect too.
 * @property headers the headers; their names may be in any case.
 * @property body the body, read up to one octet more than was allowed.
 */
public class FetchResponse(
    public val status: Int,
    public val headers: Map<String, String>,
    public val body: ByteArray,
)
