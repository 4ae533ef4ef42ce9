package dev.verijot.example

import dev.verijot.Demand
import dev.verijot.Guard
import dev.verijot.JwksClient
import dev.verijot.VerificationException
import dev.verijot.VerifiedToken
import dev.verijot.coroutines.SuspendingJwksClient
import dev.verijot.coroutines.admit
import dev.verijot.coroutines.suspending
import io.ktor.http.ContentType
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

/** A service for callers with tokens of one issuer. */
fun main() {
    val client = JwksClient.fromIssuer(issuer = "https://issuer.example", audience = "https://api.example")
    embeddedServer(CIO, port = 8080) { notes(client.suspending()) }.start(wait = true)
}

private val readers = Guard(Demand.allScopes("notes:read"), realm = "notes")

fun Application.notes(tokens: SuspendingJwksClient) {
    install(Refusals)
    routing {
        get("/me") {
            call.respondText("${readers.tokenOf(call, tokens)?.subject}")
        }
    }
}

suspend fun Guard.tokenOf(
    call: ApplicationCall,
    tokens: SuspendingJwksClient,
): VerifiedToken? {
    val values = call.request.headers.getAll(headerName)
    return admit(values.orEmpty(), tokens)
}

/** Answers every refusal with the whole response. */
val Refusals =
    createApplicationPlugin("Refusals") {
        on(CallFailed) { call, refused ->
            if (refused !is VerificationException) throw refused
            val answer = readers.answer(refused)
            for ((name, value) in answer.headers - HttpHeaders.ContentType) call.response.header(name, value)
            call.respondText(answer.body, ContentType.Application.Json, HttpStatusCode.fromValue(answer.status))
        }
    }
