package dev.verijot.example

import dev.verijot.Bearer
import dev.verijot.JwksClient
import dev.verijot.VerificationException
import dev.verijot.VerifiedToken
import dev.verijot.coroutines.SuspendingJwksClient
import dev.verijot.coroutines.suspending
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.application.createApplicationPlugin
import io.ktor.server.application.hooks.CallFailed
import io.ktor.server.application.install
import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import io.ktor.server.response.header
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.routing

/** A service whose callers carry tokens of one issuer. */
fun main() {
    val client = JwksClient.fromIssuer(issuer = "https://issuer.example", audience = "https://api.example")
    embeddedServer(CIO, port = 8080) { notes(client.suspending()) }.start(wait = true)
}

fun Application.notes(tokens: SuspendingJwksClient) {
    install(Refusals)
    routing {
        get("/me") {
            val token = tokens.of(call)
            token.requireScopes("notes:read")
            call.respondText("${token.subject}")
        }
    }
}

suspend fun SuspendingJwksClient.of(call: ApplicationCall): VerifiedToken =
    verify(Bearer.token(call.request.headers[HttpHeaders.Authorization]))

/** Answers every refusal with its status and its headers. */
val Refusals =
    createApplicationPlugin("Refusals") {
        on(CallFailed) { call, refused ->
            if (refused !is VerificationException) throw refused
            refused.wwwAuthenticate?.let { call.response.header(HttpHeaders.WWWAuthenticate, it) }
            refused.retryAfter?.let { call.response.header(HttpHeaders.RetryAfter, it.seconds) }
            call.respondText(refused.code, status = HttpStatusCode.fromValue(refused.httpStatus))
        }
    }
