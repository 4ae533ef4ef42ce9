"""A Flask service. ISSUER=https://issuer.example flask --app flask_service run."""

import os

from flask import Flask, Response, jsonify, request
from verijot import JwksClient, MissingTokenError, VerificationError, VerifiedToken, bearer_token
from verijot.web import Demand, refusal_headers

client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
app = Flask(__name__)


def verified(demand: Demand | None = None) -> VerifiedToken:
    """The token of the request at hand. What it raises becomes the answer."""
    token = client.verify(bearer_token(request.headers.get("Authorization")))
    if demand is not None:
        demand.check(token)
    return token


@app.errorhandler(VerificationError)
def refuse(error: VerificationError) -> Response:
    """The answer to a request that is refused."""
    return Response(error.code, error.http_status, refusal_headers(error))


@app.get("/me")
def me() -> Response:
    """For everybody with a good token."""
    return jsonify(verified().subject)


@app.get("/greeting")
def greeting() -> Response:
    """For everybody."""
    try:
        return jsonify(f"hello {verified().subject}")
    except MissingTokenError:
        return jsonify("hello")


@app.get("/orders")
def orders() -> Response:
    """For tokens with a scope."""
    return jsonify(sorted(verified(Demand(scopes=["orders:read"])).scopes))


@app.get("/admin")
def admin() -> Response:
    """For tokens with a role."""
    verified(Demand(role="admin", at="realm_access.roles"))
    return jsonify("admin")
