"""The tokens of AWS Application Load Balancers, from the header `x-amzn-oidc-data`.

For instance::

    from verijot.alb import AlbVerifier

    load_balancer = AlbVerifier(signers=arn, clients="client-id", issuers="https://issuer.example")
    user = load_balancer.verify(request.headers["x-amzn-oidc-data"], keys).subject
"""

from verijot._native import AlbToken, AlbVerifier

__all__ = ["AlbToken", "AlbVerifier"]
