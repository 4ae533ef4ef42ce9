package dev.verijot

import dev.verijot.internal.UrlConnectionFetcher
import java.io.IOException
import java.lang.ref.WeakReference
import java.time.Duration

/**
 * Makes GET requests for keys and for issuers' metadata. Each request has a thread of its own.
 *
 * A fetcher must not follow redirects, must return responses of any status, and throws if it gets no
 * response; the message of its exception is logged. A request that exceeds its timeout is interrupted, and nobody
 * waits for it any longer. While four of them go on in spite of that, no other request is made.
 */
public fun interface Fetcher {
    /** Makes the request and returns the response. */
    @Throws(IOException::class, InterruptedException::class)
    public fun fetch(request: FetchRequest): FetchResponse

    public companion object {
        /**
         * Returns a fetcher for `java.net.http` or, where that is missing (Android), for `HttpURLConnection`. All
         * clients share it: an `HttpClient` has threads, which end when nobody uses it any longer.
         */
        @JvmStatic
        public fun ofPlatform(): Fetcher = PlatformFetcher.shared()
    }
}

private object PlatformFetcher {
    private var latest = WeakReference<Fetcher>(null)

    @Synchronized
    fun shared(): Fetcher = latest.get() ?: made().also { latest = WeakReference(it) }

    private fun made(): Fetcher =
        try {
            Class.forName("java.net.http.HttpClient")
            HttpClientFetcher()
        } catch (_: ClassNotFoundException) {
            UrlConnectionFetcher
        }
}

/**
 * One GET request.
 *
 * @property url where the request goes: over https, or to this machine.
 * @property headers the headers to send.
 * @property timeout for the whole exchange, to the last octet of the body.
 * @property maxOctets the maximum number of octets of the body. Of a longer body, read one more octet.
 */
public class FetchRequest internal constructor(
    public val url: String,
    public val headers: Map<String, String>,
    public val timeout: Duration,
    public val maxOctets: Int,
)

/**
 * An HTTP response.
 *
 * @property status the status; a redirect is a response like any other.
 * @property headers the headers; the case of their names does not matter.
 * @property body the body, up to one octet more than the maximum.
 */
public class FetchResponse(
    public val status: Int,
    public val headers: Map<String, String>,
    public val body: ByteArray,
)
