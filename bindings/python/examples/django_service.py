"""A Django service. ISSUER=https://issuer.example python django_service.py runserver."""

import os
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from verijot import JwksClient, VerificationError, VerifiedToken
from verijot.web import BlockingGuard, Demand

client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
signed_in = BlockingGuard(client)
visitors = signed_in.optional()
readers = signed_in.requires(Demand(scopes=["orders:read"]))
admins = signed_in.requires(Demand(role="admin", at="realm_access.roles"))

View = Callable[[HttpRequest], HttpResponse]


def admitted(request: HttpRequest, guard: BlockingGuard) -> VerifiedToken:
    """Returns the token of a request. `refusals` turns errors into responses."""
    return guard.admit(values(request, guard))


def values(request: HttpRequest, guard: BlockingGuard) -> list[str]:
    """Returns the values of the guard's header, which WSGI joins into one."""
    value = request.headers.get(guard.header_name)
    return [] if value is None else [value]


def refusals(view: View) -> View:
    """Middleware that responds to requests whose token is refused."""
    return _Refusals(view)


class _Refusals:
    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._view(request)

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, VerificationError):
            return None
        answer = signed_in.answer(error)
        return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


def me(request: HttpRequest) -> HttpResponse:
    """For requests with a valid token."""
    return JsonResponse(admitted(request, signed_in).subject, safe=False)


def greeting(request: HttpRequest) -> HttpResponse:
    """For all requests, with or without a token."""
    token = visitors.admit_or_none(values(request, visitors))
    return JsonResponse("hello" if token is None else f"hello {token.subject}", safe=False)


def orders(request: HttpRequest) -> HttpResponse:
    """For tokens with a scope."""
    return JsonResponse(sorted(admitted(request, readers).scopes), safe=False)


def admin(request: HttpRequest) -> HttpResponse:
    """For tokens with a role."""
    admitted(request, admins)
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
