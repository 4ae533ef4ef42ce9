"""A Flask service. ISSUER=https://issuer.example flask --app flask_service run."""

import os

from flask import Flask, Response, jsonify, request
from verijot import JwksClient, VerificationError, VerifiedToken
from verijot.web import BlockingGuard, Demand

client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
everybody = BlockingGuard(client)
visitors = everybody.optional()
readers = everybody.requires(Demand(scopes=["orders:read"]))
admins = everybody.requires(Demand(role="admin", at="realm_access.roles"))
app = Flask(__name__)


def admitted(guard: BlockingGuard) -> VerifiedToken:
    """The token of the request that is being served. What this raises becomes the answer."""
    return guard.admit(request.headers.getlist(guard.header_name))


@app.errorhandler(VerificationError)
def refuse(error: VerificationError) -> Response:
    """The answer to a request that is refused."""
    answer = everybody.answer(error)
    return Response(answer.body, answer.status, answer.headers)


@app.get("/me")
def me() -> Response:
    """For everybody with a good token."""
    return jsonify(admitted(everybody).subject)


@app.get("/greeting")
def greeting() -> Response:
    """For everybody."""
    token = visitors.admit_or_none(request.headers.getlist(visitors.header_name))
    return jsonify("hello" if token is None else f"hello {token.subject}")


@app.get("/orders")
def orders() -> Response:
    """For tokens with a scope."""
    return jsonify(sorted(admitted(readers).scopes))


@app.get("/admin")
def admin() -> Response:
    """For tokens with a role."""
    admitted(admins)
    return jsonify("admin")
