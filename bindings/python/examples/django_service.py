"""A Django service. ISSUER=https://issuer.example python django_service.py runserver."""

import os
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from verijot import JwksClient, MissingTokenError, VerificationError, VerifiedToken, bearer_token
from verijot.web import Demand, refusal_headers

client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")

View = Callable[[HttpRequest], HttpResponse]


def verified(request: HttpRequest, demand: Demand | None = None) -> VerifiedToken:
    """The token of a request. What it raises becomes the answer."""
    token = client.verify(bearer_token(request.headers.get("Authorization")))
    if demand is not None:
        demand.check(token)
    return token


def refusals(view: View) -> View:
    """Middleware that answers where a token is refused."""
    return _Refusals(view)


class _Refusals:
    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._view(request)

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, VerificationError):
            return None
        return HttpResponse(error.code, status=error.http_status, headers=refusal_headers(error))


def me(request: HttpRequest) -> HttpResponse:
    """For everybody with a good token."""
    return JsonResponse(verified(request).subject, safe=False)


def greeting(request: HttpRequest) -> HttpResponse:
    """For everybody."""
    try:
        return JsonResponse(f"hello {verified(request).subject}", safe=False)
    except MissingTokenError:
        return JsonResponse("hello", safe=False)


def orders(request: HttpRequest) -> HttpResponse:
    """For tokens with a scope."""
    token = verified(request, Demand(scopes=["orders:read"]))
    return JsonResponse(sorted(token.scopes), safe=False)


def admin(request: HttpRequest) -> HttpResponse:
    """For tokens with a role."""
    verified(request, Demand(role="admin", at="realm_access.roles"))
    return JsonResponse("admin", safe=False)


urlpatterns = [
    path("me", me),
    path("greeting", greeting),
    path("orders", orders),
    path("admin", admin),
]

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    MIDDLEWARE=[f"{__name__}.refusals"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing in this service uses it",  # noqa: S106
)
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
