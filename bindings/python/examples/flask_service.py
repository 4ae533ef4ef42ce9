"""A Flask service. ISSUER=https://issuer.example flask --app flask_service run."""

import os

from flask import Flask, Response, jsonify, request
from verijot import JwksClient, VerificationError, VerifiedToken
from verijot.web import BlockingGuard, Demand

client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
signed_in = BlockingGuard(client)
visitors = signed_in.optional()
readers = signed_in.requires(Demand(scopes=["orders:read"]))
admins = signed_in.requires(Demand(role="admin", at="realm_access.roles"))
app = Flask(__name__)


def admitted(guard: BlockingGuard) -> VerifiedToken:
    """Returns the token of the current request. `refuse` turns errors into responses."""
    return guard.admit(request.headers.getlist(guard.header_name))


@app.errorhandler(VerificationError)
def refuse(error: VerificationError) -> Response:
    """Returns the response to a refused request."""
    answer = signed_in.answer(error)
    return Response(answer.body, answer.status, answer.headers)


@app.get("/me")
def me() -> Response:
    """For requests with a valid token."""
    return jsonify(admitted(signed_in).subject)


@app.get("/greeting")
def greeting() -> Response:
    """For all requests, with or without a token."""
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
